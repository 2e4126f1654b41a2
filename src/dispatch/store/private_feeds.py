"""Readers' own feeds at rest: made, listed, revoked."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from dispatch.model import PrivateFeed
from dispatch.store.schema import private_feed
from dispatch.store.transaction import Tx


def make(tx: Tx, subscription: int, name: str, *, now: datetime) -> PrivateFeed:
    """Give a subscription one more feed of its own."""
    id_ = tx.execute(
        insert(private_feed)
        .values(subscription=subscription, name=name, made_at=now)
        .returning(private_feed.c.id)
    ).scalar_one()
    return PrivateFeed(id_, subscription, name, now)


def by_id(tx: Tx, id: int) -> PrivateFeed | None:  # noqa: A002 - as every store module
    """Return one feed, revoked or not, or None."""
    query = select(private_feed).where(private_feed.c.id == id)
    row = tx.execute(query).one_or_none()
    return None if row is None else _feed(row)


def living(tx: Tx, subscription: int) -> tuple[PrivateFeed, ...]:
    """Return the feeds of a subscription that can be read, the oldest first."""
    rows = tx.execute(
        select(private_feed)
        .where(private_feed.c.subscription == subscription)
        .where(private_feed.c.revoked_at.is_(None))
        .order_by(private_feed.c.id)
    )
    return tuple(map(_feed, rows))


def revoke(tx: Tx, subscription: int, id: int, *, now: datetime) -> None:  # noqa: A002
    """End one feed of this subscription; one that ended already stays so."""
    tx.execute(
        update(private_feed)
        .where(private_feed.c.id == id, private_feed.c.subscription == subscription)
        .where(private_feed.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _feed(row: Row[Any]) -> PrivateFeed:
    return PrivateFeed(row.id, row.subscription, row.name, row.made_at, row.revoked_at)
