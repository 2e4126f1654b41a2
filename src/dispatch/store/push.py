"""Our subscriptions at hubs (WebSub), and the documents that they pushed."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from dispatch.model import Push
from dispatch.store.schema import push, pushed
from dispatch.store.transaction import Tx

MOST_WAITING = 20  # documents of one source; what is more is polled for
COLUMNS = tuple(one.name for one in fields(Push))


@dataclass(frozen=True, slots=True)
class Pushed:
    """A document that a hub brought, signed, and that nobody has read yet."""

    id: int
    source: str
    content_type: str
    body: bytes
    received_at: datetime


def every(tx: Tx) -> dict[str, Push]:
    """Return every subscription, by source."""
    return {
        row.source: _push(row)
        for row in tx.execute(select(push).order_by(push.c.source))
    }


def of(tx: Tx, source: str) -> Push | None:
    """Return the subscription of one source, or None."""
    row = tx.execute(select(push).where(push.c.source == source)).one_or_none()
    return None if row is None else _push(row)


def by_token(tx: Tx, token: str) -> Push | None:
    """Return the subscription whose callback bears this token, or None."""
    row = tx.execute(select(push).where(push.c.token == token)).one_or_none()
    return None if row is None else _push(row)


def put(tx: Tx, one: Push) -> None:
    """Note a subscription; another of the same source goes, with what it brought."""
    drop(tx, one.source)
    tx.execute(insert(push).values({name: getattr(one, name) for name in COLUMNS}))


def change(tx: Tx, token: str, **values: object) -> None:
    """Set fields of the subscription with this token, if there still is one."""
    tx.execute(update(push).where(push.c.token == token).values(values))


def ignore(tx: Tx, token: str) -> None:
    """Count a push whose signature was wrong."""
    tx.execute(
        update(push).where(push.c.token == token).values(ignored=push.c.ignored + 1)
    )


def drop(tx: Tx, source: str) -> None:
    """Forget a subscription and what it brought."""
    tx.execute(delete(pushed).where(pushed.c.source == source))
    tx.execute(delete(push).where(push.c.source == source))


def deliver(
    tx: Tx, one: Push, *, content_type: str, body: bytes, now: datetime
) -> bool:
    """Keep a document until it is read; False when too many wait already."""
    waiting = tx.execute(
        select(func.count()).select_from(pushed).where(pushed.c.source == one.source)
    ).scalar_one()
    if waiting >= MOST_WAITING:
        return False
    tx.execute(
        insert(pushed).values(
            source=one.source, received_at=now, content_type=content_type, body=body
        )
    )
    return True


def waiting(tx: Tx) -> tuple[tuple[int, str], ...]:
    """Return number and source of every document that waits, in order of arrival."""
    rows = tx.execute(select(pushed.c.id, pushed.c.source).order_by(pushed.c.id))
    return tuple((row.id, row.source) for row in rows)


def document(tx: Tx, number: int) -> Pushed | None:
    """Return one document that waits, or None when it was read meanwhile."""
    row = tx.execute(select(pushed).where(pushed.c.id == number)).one_or_none()
    if row is None:
        return None
    return Pushed(row.id, row.source, row.content_type, row.body, row.received_at)


def read(tx: Tx, one: Pushed) -> None:
    """Note that a document was read: it is needed no more, and its hub works."""
    done(tx, one.id)
    tx.execute(
        update(push)
        .where(push.c.source == one.source)
        .values(pushed_at=one.received_at)
    )


def done(tx: Tx, number: int) -> None:
    """Remove a document."""
    tx.execute(delete(pushed).where(pushed.c.id == number))


def _push(row: Row[Any]) -> Push:
    return Push(**{name: getattr(row, name) for name in COLUMNS})
