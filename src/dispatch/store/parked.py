"""Stories that a storm brought. They are whole, but no articles until released."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from dispatch.model import Alias, Collected, PubStatus
from dispatch.store import contents, pictures
from dispatch.store.schema import parked
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

BATCH = 500
MOMENTS = ("published_at", "updated_at", "embargo_until")


@dataclass(frozen=True, slots=True)
class Parked:
    """A story that waits, with the stamp it was collected with."""

    story: Collected
    stamp: str
    parked_at: datetime


def put(tx: Tx, source: str, story: Collected, stamp: str, *, now: datetime) -> None:
    """Park a story; a later version of it takes its place."""
    pictures.put(tx, story.media)
    remove(tx, source, [story.locator])
    tx.execute(
        insert(parked).values(
            source=source,
            locator=story.locator,
            stamp=stamp,
            story=_to_json(story),
            parked_at=now,
        )
    )


def of(tx: Tx, source: str, limit: int | None = None) -> tuple[Parked, ...]:
    """Return what a source has parked, the oldest first; at most `limit`."""
    query = (
        select(parked)
        .where(parked.c.source == source)
        .order_by(parked.c.parked_at, parked.c.locator)
    )
    return tuple(_parked(row) for row in tx.execute(query.limit(limit)))


def count(tx: Tx, source: str) -> int:
    """Return how many stories a source has parked."""
    query = select(func.count()).where(parked.c.source == source)
    return int(tx.execute(query).scalar_one())


def remove(tx: Tx, source: str, locators: Iterable[str]) -> None:
    """Forget what was parked under these names."""
    wanted = sorted(set(locators))
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        tx.execute(
            delete(parked).where(parked.c.source == source, parked.c.locator.in_(batch))
        )


def _to_json(story: Collected) -> dict[str, Any]:
    moments = {name: getattr(story, name) for name in MOMENTS}
    return {
        "content": contents.to_json(story.content),
        "aliases": [[a.kind, a.value, a.scope] for a in story.aliases],
        "status": story.status.value,
        "guid": story.guid,
        "findings": contents.findings_to_json(story.findings),
        **{name: None if at is None else to_micros(at) for name, at in moments.items()},
    }


def _parked(row: Row[Any]) -> Parked:
    stored: Mapping[str, Any] = row.story
    moments = {
        name: None if stored[name] is None else from_micros(stored[name])
        for name in MOMENTS
    }
    story = Collected(
        locator=row.locator,
        stamp=row.stamp,
        content=contents.from_json(stored["content"]),
        aliases=tuple(Alias(*one) for one in stored["aliases"]),
        status=PubStatus(stored["status"]),
        guid=stored["guid"],
        findings=contents.findings_from_json(stored["findings"]),
        published_at=moments["published_at"],
        updated_at=moments["updated_at"],
        embargo_until=moments["embargo_until"],
    )
    return Parked(story, row.stamp, row.parked_at)
