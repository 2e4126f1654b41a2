"""What is remembered of each newsletter, and what became of each of its slots."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text, update

from dispatch.model import NewsletterState, Slot, SlotOutcome
from dispatch.store import entries
from dispatch.store.schema import newsletter, slot
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

ADD = text("""
INSERT INTO newsletter (name, title, first_seen_at, settled_to, mark)
VALUES (:name, :title, :now, :now, 0)
ON CONFLICT (name) DO NOTHING
""")
SETTLE = text("""
INSERT INTO slot (newsletter, at, outcome, reason, settled_at)
VALUES (:newsletter, :at, :outcome, :reason, :now)
ON CONFLICT (newsletter, at) DO NOTHING
""")
LOCK = text("UPDATE newsletter SET name = name WHERE name = :name")


def ensure(tx: Tx, name: str, title: str, *, now: datetime) -> NewsletterState:
    """Return the newsletter's state, making it when `name` is new.

    Its slots start at `now`: the first is the first after it first appears. So they
    do again when it comes back into the configuration.
    """
    tx.execute(ADD, {"name": name, "title": title, "now": to_micros(now)})
    found = _one(tx, name)
    if found.removed_at is not None:
        _set(tx, name, removed_at=None, settled_to=max(now, found.settled_to))
    if found.title != title:
        _set(tx, name, title=title)
    return _one(tx, name)


def state(tx: Tx, name: str) -> NewsletterState | None:
    """Return the newsletter's state, or None when it was never seen."""
    row = tx.execute(select(newsletter).where(newsletter.c.name == name)).one_or_none()
    return None if row is None else _state(row)


def states(tx: Tx) -> tuple[NewsletterState, ...]:
    """Return all newsletters that ever were, by name; removed ones too."""
    rows = tx.execute(select(newsletter).order_by(newsletter.c.name))
    return tuple(map(_state, rows))


def lock(tx: Tx, name: str) -> NewsletterState | None:
    """Return the state and keep every other process from settling until the end.

    What is read after this in the same transaction cannot change any more.
    """
    tx.execute(LOCK, {"name": name})
    return state(tx, name)


def settle(tx: Tx, settled: Slot, *, now: datetime) -> bool:
    """Write down what became of a slot; return False when it was settled before."""
    row = {
        "newsletter": settled.newsletter,
        "at": to_micros(settled.at),
        "outcome": settled.outcome.value,
        "reason": settled.reason,
        "now": to_micros(now),
    }
    new = bool(tx.execute(SETTLE, row).rowcount)
    tx.execute(
        update(newsletter)
        .where(newsletter.c.name == settled.newsletter)
        .where(newsletter.c.settled_to < settled.at)
        .values(settled_to=settled.at)
    )
    return new


def slots(tx: Tx, name: str, limit: int) -> tuple[Slot, ...]:
    """Return the newest settled slots, newest first."""
    query = select(slot).where(slot.c.newsletter == name)
    rows = tx.execute(query.order_by(slot.c.at.desc()).limit(limit))
    return tuple(
        Slot(r.newsletter, r.at, SlotOutcome(r.outcome), r.reason) for r in rows
    )


def missed_since(tx: Tx, since: datetime) -> tuple[Slot, ...]:
    """Return the slots later than `since` that were skipped for being late."""
    query = select(slot).where(
        slot.c.at > since, slot.c.outcome == SlotOutcome.SKIPPED_LATE.value
    )
    rows = tx.execute(query.order_by(slot.c.at))
    return tuple(
        Slot(r.newsletter, r.at, SlotOutcome.SKIPPED_LATE, r.reason) for r in rows
    )


def pause(
    tx: Tx,
    name: str,
    *,
    now: datetime,
    until: datetime | None = None,
    fresh: bool = True,
) -> bool:
    """Open no issue from `now` until a moment, or until it is resumed.

    `fresh` says that the stories of the pause count as covered when it ends by itself.

    Returns False for a newsletter that was never seen. A pause under way keeps its
    beginning.
    """
    found = lock(tx, name)
    if found is None:
        return False
    _set(
        tx,
        name,
        paused_at=found.paused_at or now,
        paused_until=until,
        paused_then="fresh" if fresh else "backlog",
    )
    return True


def resume(tx: Tx, name: str, *, now: datetime, fresh: bool = False) -> bool:
    """End a pause; return False when there was none.

    Slots up to `now` are over. What became an entry meanwhile is in the next issue,
    or, with `fresh`, in none. To start wholly fresh, add the entries first.
    """
    found = lock(tx, name)
    if found is None or found.paused_at is None:
        return False
    settled_to = max(now, found.settled_to)
    _set(tx, name, paused_at=None, paused_until=None, settled_to=settled_to)
    if fresh:
        _pass_over(tx, found)
    return True


def end_pause(tx: Tx, name: str, *, now: datetime) -> bool:
    """End a pause whose time has come; slots behind its end are still to be settled.

    After a fresh one, what became an entry meanwhile is in no issue.
    """
    result = tx.execute(
        update(newsletter)
        .where(newsletter.c.name == name, newsletter.c.paused_until <= now)
        .values(paused_at=None, paused_until=None)
        .returning(newsletter.c.paused_then)
    )
    then = result.scalar_one_or_none()
    if then == "fresh":
        _pass_over(tx, _one(tx, name))
    return then is not None


def removed(tx: Tx, kept: Collection[str], *, now: datetime) -> tuple[str, ...]:
    """Note which newsletters are no longer configured; return the names new to this.

    Their rows stay, and so do their readers' links.
    """
    gone = [one.name for one in states(tx) if one.removed_at is None]
    names = tuple(name for name in gone if name not in kept)
    for name in names:
        _set(tx, name, removed_at=now)
    return names


def _pass_over(tx: Tx, paused: NewsletterState) -> None:
    """Let nobody be mailed what waited, not even those who have mail once a month."""
    _set(tx, paused.name, mark=entries.pass_over(tx, paused.name, paused.mark))


def _set(tx: Tx, name: str, **values: Any) -> None:
    tx.execute(update(newsletter).where(newsletter.c.name == name).values(**values))


def _one(tx: Tx, name: str) -> NewsletterState:
    return _state(tx.execute(select(newsletter).where(newsletter.c.name == name)).one())


def _state(row: Row[Any]) -> NewsletterState:
    return NewsletterState(
        name=row.name,
        title=row.title,
        first_seen_at=row.first_seen_at,
        settled_to=row.settled_to,
        mark=row.mark,
        paused_at=row.paused_at,
        paused_until=row.paused_until,
        removed_at=row.removed_at,
    )
