"""What the store remembers of sources between visits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, literal, select, text, update

from dispatch.model import Courtesy, Harvest, Outlook, SourceState, Validators
from dispatch.store.schema import source
from dispatch.store.transaction import Tx
from dispatch.store.types import Moment, to_micros

ENSURE = text(
    "INSERT INTO source (name, kind, first_seen_at) VALUES (:name, :kind, :now)"
    " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind"
)
COURTESY = (
    "address",
    "validators_for",
    "full_at",
    "rhythm",
    "rhythm_at",
    "trail_to",
    "trail_since",
    "moved_to",
    "moved_at",
)
GOOD = (
    *COURTESY,
    "outlook",
    "cursor",
    "remark",
    "etag",
    "last_modified",
    "body_hash",
    "last_attempt_at",
    "last_success_at",
    "next_at",
    "next_why",
    "failures",
    "error",
    "failing_since",
    "gone_at",
)
SUCCEED = (
    update(source)
    .where(source.c.name == bindparam("of"))
    .values({column: bindparam(f"its_{column}") for column in GOOD})
)


@dataclass(frozen=True, slots=True)
class GoodVisit:
    """A visit that succeeded, and when and why the next one is due."""

    name: str
    harvest: Harvest
    courtesy: Courtesy
    now: datetime
    next_at: datetime
    next_why: str


def ensure(tx: Tx, name: str, kind: str, *, now: datetime) -> SourceState:
    """Return what is known of a source; a new one is known from now on."""
    tx.execute(ENSURE, {"name": name, "kind": kind, "now": to_micros(now)})
    row = tx.execute(select(source).where(source.c.name == name)).one()
    return _state(row)


def readdress(tx: Tx, name: str, address: str, *, keep: bool) -> SourceState:
    """Note the mark of the address that config.toml gives a source.

    Unless `keep`, it is another one than before: what was remembered of the old
    address goes, and the source is asked at once. Its stories and names stay.
    """
    forgotten: dict[str, Any] = {
        **dict.fromkeys(("etag", "last_modified", "body_hash", "cursor"), ""),
        **dict.fromkeys(("remark", "error", "next_why", "trail_to"), ""),
        **dict.fromkeys(("moved_to", "validators_for"), ""),
        **dict.fromkeys(("trail_since", "moved_at", "gone_at")),
        **dict.fromkeys(("next_at", "failing_since", "full_at")),
        "failures": 0,
        "outlook": {},
    }
    row = tx.execute(
        update(source)
        .where(source.c.name == name)
        .values({"address": address, **({} if keep else forgotten)})
        .returning(*source.c)
    ).one()
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


def lock(tx: Tx) -> None:
    """Let nobody else collect until this transaction ends.

    Two daemons on PostgreSQL would else store one story twice. SQLite has one
    writer anyway.
    """
    tx.execute(select(source.c.name).order_by(source.c.name).with_for_update()).all()


def succeeded(tx: Tx, *visits: GoodVisit) -> None:
    """Note good visits.

    Call it in the transaction that stores the last articles; those that brought
    none may share one transaction.
    """
    rows = [
        {"of": one.name, **{f"its_{key}": value for key, value in _good(one).items()}}
        for one in visits
    ]
    if rows:
        tx.execute(SUCCEED, rows)


def failed(
    tx: Tx, name: str, error: str, *, now: datetime, next_at: datetime, why: str
) -> int:
    """Note a bad visit; validators and articles stay. Returns how many in a row."""
    failures = tx.execute(
        update(source)
        .where(source.c.name == name)
        .values(
            last_attempt_at=now,
            failures=source.c.failures + 1,
            error=error,
            failing_since=func.coalesce(source.c.failing_since, literal(now, Moment())),
            next_at=next_at,
            next_why=why,
        )
        .returning(source.c.failures)
    ).scalar_one()
    return int(failures)


def gone(tx: Tx, name: str, *, now: datetime) -> None:
    """Note that a source is gone for good: nobody asks it but an operator."""
    tx.execute(
        update(source)
        .where(source.c.name == name)
        .values(gone_at=func.coalesce(source.c.gone_at, literal(now, Moment())))
    )


def postponed(
    tx: Tx, names: Iterable[str], *, now: datetime, wait: timedelta, why: str
) -> None:
    """Note visits that failed for a reason of ours: nothing is counted."""
    tx.execute(
        update(source)
        .where(source.c.name.in_(tuple(names)))
        .values(last_attempt_at=now, next_at=now + wait, next_why=why)
    )


def put_off(tx: Tx, name: str, *, until: datetime, why: str) -> None:
    """Visit a source no sooner than then."""
    tx.execute(
        update(source).where(source.c.name == name).values(next_at=until, next_why=why)
    )


def _good(visit: GoodVisit) -> Mapping[str, object]:
    """Return every column that a good visit sets."""
    harvest, courtesy = visit.harvest, visit.courtesy
    return {
        **{name: getattr(courtesy, name) for name in COURTESY},
        "outlook": _written(courtesy.outlook),
        "cursor": harvest.cursor,
        "remark": harvest.remark,
        "etag": harvest.validators.etag,
        "last_modified": harvest.validators.last_modified,
        "body_hash": harvest.validators.body_hash,
        "last_attempt_at": visit.now,
        "last_success_at": visit.now,
        "next_at": visit.next_at,
        "next_why": visit.next_why,
        "failures": 0,
        "error": "",
        "failing_since": None,
        "gone_at": None,
    }


def _written(outlook: Outlook) -> dict[str, object]:
    """Return what of an outlook decides about the next visit, for JSON."""
    said = {
        "ttl": outlook.ttl.total_seconds() if outlook.ttl else None,
        "hours": sorted(outlook.skip_hours),
        "days": sorted(outlook.skip_days),
        "hub": outlook.hub,
        "topic": outlook.topic,
    }
    return {key: value for key, value in said.items() if value}


def _outlook(said: Mapping[str, Any]) -> Outlook:
    ttl = said.get("ttl")
    return Outlook(
        ttl=None if ttl is None else timedelta(seconds=ttl),
        skip_hours=frozenset(said.get("hours", ())),
        skip_days=frozenset(said.get("days", ())),
        hub=said.get("hub", ""),
        topic=said.get("topic", ""),
    )


def _state(row: Row[Any]) -> SourceState:
    known = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for it
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
        next_why=row.next_why,
        failing_since=row.failing_since,
        gone_at=row.gone_at,
        courtesy=Courtesy(
            outlook=_outlook(row.outlook), **{name: known[name] for name in COURTESY}
        ),
    )
