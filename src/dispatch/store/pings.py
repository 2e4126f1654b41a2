"""What hubs were told of our own feeds (WebSub), and which of them are silent.

Nothing is queued: a file whose recorded bytes are not those that a hub was told of is
due. So a crash loses no ping, and ten changes while a hub is down make one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select

from dispatch.model import FeedFormat
from dispatch.store.schema import feed_file, ping, silent_hub
from dispatch.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Untold:
    """A feed's file that a hub does not know the present edition of."""

    feed: str
    format: FeedFormat
    sha256: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A hub that does not answer, since when, and when it is asked again."""

    hub: str
    failures: int
    since: datetime
    next_at: datetime
    error: str


def untold(tx: Tx, hub: str, *, limit: int) -> tuple[Untold, ...]:
    """Return files that `hub` is to be told of, those that changed first before."""
    known = and_(
        ping.c.hub == hub,
        ping.c.feed == feed_file.c.feed,
        ping.c.format == feed_file.c.format,
    )
    rows = tx.execute(
        select(feed_file.c.feed, feed_file.c.format, feed_file.c.sha256)
        .select_from(feed_file.outerjoin(ping, known))
        .where(feed_file.c.sha256 != "", feed_file.c.error == "")
        .where(or_(ping.c.sha256.is_(None), ping.c.sha256 != feed_file.c.sha256))
        .order_by(feed_file.c.changed_at, feed_file.c.feed, feed_file.c.format)
        .limit(limit)
    )
    return tuple(Untold(r.feed, FeedFormat(r.format), r.sha256) for r in rows)


def told(tx: Tx, hub: str, one: Untold, *, now: datetime, error: str = "") -> None:
    """Note that `hub` knows of this edition, or (`error`) does not want to."""
    drop = and_(ping.c.hub == hub, ping.c.feed == one.feed, ping.c.format == one.format)
    tx.execute(delete(ping).where(drop))
    tx.execute(
        ping.insert().values(
            hub=hub,
            feed=one.feed,
            format=one.format,
            sha256=one.sha256,
            told_at=now,
            error=error,
        )
    )
    if not error:
        tx.execute(delete(silent_hub).where(silent_hub.c.hub == hub))


def failed(
    tx: Tx, hub: str, error: str, *, now: datetime, pauses: tuple[timedelta, ...]
) -> Silence:
    """Note that `hub` did not answer; it is asked again after the next of `pauses`."""
    before = silence(tx, hub)
    failures = before.failures + 1 if before else 1
    since = before.since if before else now
    next_at = now + pauses[min(failures, len(pauses)) - 1]
    tx.execute(delete(silent_hub).where(silent_hub.c.hub == hub))
    tx.execute(
        silent_hub.insert().values(
            hub=hub, failures=failures, since=since, next_at=next_at, error=error
        )
    )
    return Silence(hub, failures, since, next_at, error)


def silence(tx: Tx, hub: str) -> Silence | None:
    """Return how long `hub` has been silent, or None when it answers."""
    row = tx.execute(select(silent_hub).where(silent_hub.c.hub == hub)).one_or_none()
    if row is None:
        return None
    return Silence(row.hub, row.failures, row.since, row.next_at, row.error)
