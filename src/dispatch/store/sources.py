"""What the store remembers of sources between visits."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text, update

from dispatch.model import Harvest, SourceState, Validators
from dispatch.store import problems as faults
from dispatch.store.schema import source
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

SourceProblem = faults.SourceProblem

LONGEST_WAIT = timedelta(days=1)
MOST_DOUBLINGS = 20
ENSURE = text(
    "INSERT INTO source (name, kind, first_seen_at) VALUES (:name, :kind, :now)"
    " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind"
)


def ensure(tx: Tx, name: str, kind: str, *, now: datetime) -> SourceState:
    """Return what is known of a source; a new one is known from now on."""
    tx.execute(ENSURE, {"name": name, "kind": kind, "now": to_micros(now)})
    row = tx.execute(select(source).where(source.c.name == name)).one()
    return _state(row)


def state(tx: Tx, name: str) -> SourceState | None:
    """Return what is known of one source, or None."""
    row = tx.execute(select(source).where(source.c.name == name)).one_or_none()
    return None if row is None else _state(row)


def states(tx: Tx) -> tuple[SourceState, ...]:
    """Return what is known of every source ever visited, by name."""
    return tuple(
        _state(row) for row in tx.execute(select(source).order_by(source.c.name))
    )


def problems(tx: Tx) -> tuple[SourceProblem, ...]:
    """Return the bad input of every source that still stands."""
    return faults.standing(tx)


def lock(tx: Tx) -> None:
    """Let nobody else collect until this transaction ends.

    Two daemons on PostgreSQL would else store one story twice. SQLite has one
    writer anyway.
    """
    tx.execute(select(source.c.name).order_by(source.c.name).with_for_update()).all()


def succeeded(
    tx: Tx, name: str, harvest: Harvest, *, now: datetime, every: timedelta
) -> None:
    """Note a good visit. Call it in the transaction that stores the last articles."""
    validators = harvest.validators
    tx.execute(
        update(source)
        .where(source.c.name == name)
        .values(
            cursor=harvest.cursor,
            remark=harvest.remark,
            etag=validators.etag,
            last_modified=validators.last_modified,
            body_hash=validators.body_hash,
            last_attempt_at=now,
            last_success_at=now,
            next_at=now + every,
            failures=0,
            error="",
        )
    )


def failed(
    tx: Tx, name: str, error: str, *, now: datetime, every: timedelta
) -> SourceState:
    """Note a bad visit: the next waits twice as long each time, at most a day.

    Validators and articles stay. Returns the state as it now is.
    """
    failures = tx.execute(
        update(source)
        .where(source.c.name == name)
        .values(last_attempt_at=now, failures=source.c.failures + 1, error=error)
        .returning(source.c.failures)
    ).scalar_one()
    doublings = min(int(failures) - 1, MOST_DOUBLINGS)
    wait = min(max(every, timedelta(seconds=1)) * 2**doublings, LONGEST_WAIT)
    row = tx.execute(
        update(source)
        .where(source.c.name == name)
        .values(next_at=now + wait)
        .returning(*source.c)
    ).one()
    return _state(row)


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        name=row.name,
        kind=row.kind,
        first_seen_at=row.first_seen_at,
        validators=Validators(row.etag, row.last_modified, row.body_hash),
        last_attempt_at=row.last_attempt_at,
        last_success_at=row.last_success_at,
        next_at=row.next_at,
        failures=row.failures,
        error=row.error,
        cursor=row.cursor,
        remark=row.remark,
        held_at=row.held_at,
        held_why=row.held_why,
    )
