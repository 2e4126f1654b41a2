"""Where else a story is found: other sources, and their own names and pages for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from dispatch.store.schema import also_in, article
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

PUT = text(
    "INSERT INTO also_in (article, source, locator, url, seen_at)"
    " VALUES (:article, :source, :locator, :url, :now)"
    " ON CONFLICT (article, source, locator) DO UPDATE SET url = excluded.url,"
    " seen_at = excluded.seen_at"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Another source that has the story, its name for it, and its page if any."""

    source: str
    locator: str
    url: str
    seen_at: datetime


def put(
    tx: Tx,
    id: int,  # noqa: A002
    source: str,
    locator: str,
    url: str,
    *,
    now: datetime,
) -> None:
    """Note that a source has a story."""
    tx.execute(
        PUT,
        {
            "article": id,
            "source": source,
            "locator": locator,
            "url": url,
            "now": to_micros(now),
        },
    )


def of(tx: Tx, id: int) -> tuple[Place, ...]:  # noqa: A002
    """Return the sources that have a story beside the one whose words it has."""
    rows = tx.execute(
        select(also_in)
        .join(article, article.c.id == also_in.c.article)
        .where(also_in.c.article == id, also_in.c.source != article.c.source)
        .order_by(also_in.c.source, also_in.c.locator)
    )
    return tuple(Place(row.source, row.locator, row.url, row.seen_at) for row in rows)
