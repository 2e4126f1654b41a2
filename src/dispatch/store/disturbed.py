"""Which stories of closed archives have changed, and up to when we looked.

Publishing asks, so that a correction makes its own archives anew and no other.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, text, union

from dispatch.model import Place
from dispatch.model.content import label_key, section_key
from dispatch.store import labels
from dispatch.store.schema import article, feed_archive, label, revision
from dispatch.store.stirred import SECTION
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

KEY = "feed archives"  # in `meta`: up to when changes were looked at

GET = text("SELECT value FROM meta WHERE key = :key")
PUT = text("""
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A story that an archive may hold, and that was changed since we last looked.

    `labels` are those it has and all it ever had, as (kind, key).
    """

    place: Place
    revision: int
    first_seen_at: datetime
    labels: frozenset[tuple[str, str]]


def looked_at(tx: Tx) -> datetime | None:
    """Return up to when changes were looked at; None if there was no need yet."""
    value = tx.execute(GET, {"key": KEY}).scalar_one_or_none()
    return None if value is None else from_micros(int(value))


def look(tx: Tx, upto: datetime) -> None:
    """Remember that the archives show every change until then."""
    tx.execute(PUT, {"key": KEY, "value": str(to_micros(upto))})


def since(tx: Tx, *, moment: datetime, now: datetime) -> tuple[Disturbed, ...]:
    """Return stories that an archive may hold and that changed from `moment` on.

    Also those that time alone has released.
    """
    ends = select(func.max(feed_archive.c.until_at)).scalar_subquery()
    due = article.c.embargo_until
    chosen = union(
        select(revision.c.article.label("id")).where(revision.c.seen_at >= moment),
        select(article.c.id).where(and_(due >= moment, due <= now)),
    ).subquery()
    rows = tx.execute(
        select(
            article.c.id,
            article.c.published_at,
            article.c.revision,
            article.c.first_seen_at,
            article.c.section,
        ).where(
            article.c.id.in_(select(chosen.c.id)),
            unsought(article.c.published_at) <= ends,
        )
    ).all()
    return tuple(
        Disturbed(
            Place(row.published_at, row.id),
            row.revision,
            row.first_seen_at,
            _labels(tx, row.id) | {(SECTION, row.section)},
        )
        for row in rows
    )


def unsought(column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The column, but no index of it: few rows are chosen by something else.

    Without it, SQLite reads every story that is older than the newest archive.
    """
    return column.op("+")(text("0"))


def _labels(tx: Tx, one: int) -> frozenset[tuple[str, str]]:
    """Return every label that a story has or had, in whatever revision."""
    now = select(label.c.kind, label.c.key).where(label.c.article == one)
    found = {(row.kind, row.key) for row in tx.execute(now)}
    ever = select(revision.c.content).where(revision.c.article == one)
    for row in tx.execute(ever):
        content = row.content
        found.add((SECTION, section_key(content.get("section", ""))))
        for kind, name in ((labels.TAG, "tags"), (labels.AUTHOR, "bylines")):
            found |= {(kind, label_key(word)) for word in content.get(name, ())}
    return frozenset(found)
