"""Issues at rest, and the one table of an issue's states."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Row, Select, and_, exists, or_, select, text, update

from dispatch.model import Issue, IssueState
from dispatch.store import schema
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

S = IssueState
ISSUE, VARIANT = schema.issue, schema.variant

TABLE: Mapping[IssueState, frozenset[IssueState]] = {
    S.DRAFT: frozenset({S.HELD, S.READY, S.CANCELLED, S.EXPIRED}),
    S.HELD: frozenset({S.DRAFT, S.READY, S.CANCELLED, S.EXPIRED}),
    S.READY: frozenset({S.DRAFT, S.HELD, S.PLANNED, S.CANCELLED, S.EXPIRED}),
    S.PLANNED: frozenset({S.SENDING, S.PAUSED, S.CANCELLED, S.EXPIRED}),
    S.SENDING: frozenset({S.PAUSED, S.DONE, S.CANCELLED, S.EXPIRED}),
    S.PAUSED: frozenset({S.PLANNED, S.SENDING, S.DONE, S.CANCELLED, S.EXPIRED}),
    S.DONE: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
"""From a state, the states that may follow it."""

UNPLANNED = (S.DRAFT, S.HELD, S.READY)
BY_PREFLIGHT = "preflight: "
"""How the reason begins of what is held until its cause is mended."""

OPEN = text("""
INSERT INTO issue (id, newsletter, slot, state, from_position, to_position, reaches_to,
                   created_at, changed_at, expires_at)
VALUES (:id, :newsletter, :slot, 'draft', :after, :upto, :after, :now, :now, :expires)
ON CONFLICT DO NOTHING
""")


def open(  # noqa: A001 - the design's word for it; callers say issues.open
    tx: Tx,
    newsletter: str,
    slot: datetime,
    *,
    day: date,
    from_position: int,
    to_position: int,
    expires_at: datetime,
    now: datetime,
) -> Issue | None:
    """Open the DRAFT of a slot, named after its local `day`; None if it was before."""
    same_slot = (ISSUE.c.newsletter == newsletter) & (ISSUE.c.slot == slot)
    for number in count(1):
        if tx.execute(select(ISSUE.c.id).where(same_slot)).first() is not None:
            return None
        name = f"{newsletter}-{day:%Y-%m-%d}" + (f"-{number}" if number > 1 else "")
        values = {
            "id": name,
            "newsletter": newsletter,
            "slot": to_micros(slot),
            "after": from_position,
            "upto": to_position,
            "now": to_micros(now),
            "expires": to_micros(expires_at),
        }
        if tx.execute(OPEN, values).rowcount:
            return by_id(tx, name)
    raise AssertionError  # pragma: no cover - count() never ends


def by_id(tx: Tx, issue: str) -> Issue | None:
    """Return one issue, or None."""
    row = tx.execute(select(ISSUE).where(ISSUE.c.id == issue)).one_or_none()
    return None if row is None else _issue(row)


def recent(tx: Tx, limit: int) -> tuple[Issue, ...]:
    """Return the newest issues of all newsletters, newest first."""
    return _issues(tx, _newest_first().limit(limit))


def of(tx: Tx, newsletter: str, limit: int = 100) -> tuple[Issue, ...]:
    """Return the newest issues of one newsletter, newest first."""
    query = _newest_first().where(ISSUE.c.newsletter == newsletter)
    return _issues(tx, query.limit(limit))


def newest_planned(tx: Tx, newsletter: str) -> datetime | None:
    """Return the slot of the newest issue whose audience was frozen."""
    planned = ISSUE.c.planned.is_not(None)
    query = _newest_first().where(ISSUE.c.newsletter == newsletter, planned)
    row = tx.execute(query.limit(1)).one_or_none()
    return None if row is None else _issue(row).slot


def was_covered(tx: Tx, issue: Issue) -> bool:
    """Whether others had all its stories: it is for those who have mail rarely."""
    query = select(ISSUE.c.id).where(
        ISSUE.c.newsletter == issue.newsletter,
        ISSUE.c.id != issue.id,
        ISSUE.c.to_position >= issue.to_position,
        ISSUE.c.planned.is_not(None),
    )
    return tx.execute(query.limit(1)).first() is not None


def in_state(tx: Tx, *states: IssueState) -> tuple[Issue, ...]:
    """Return every issue in one of `states`, oldest first."""
    query = select(ISSUE).where(ISSUE.c.state.in_(states))
    return _issues(tx, query.order_by(ISSUE.c.slot, ISSUE.c.id))


def unfinished(tx: Tx, newsletter: str) -> tuple[Issue, ...]:
    """Return the drafts, and what is held without content, oldest first.

    Drafts are new or left by a crash; without content is what failed to render. What
    preflight holds is among them: it goes as soon as its cause does.
    """
    content = select(VARIANT.c.issue).where(
        VARIANT.c.issue == ISSUE.c.id, VARIANT.c.revision == ISSUE.c.revision
    )
    query = select(ISSUE).where(
        ISSUE.c.newsletter == newsletter,
        or_(
            ISSUE.c.state == S.DRAFT,
            and_(
                ISSUE.c.state == S.HELD,
                or_(~exists(content), ISSUE.c.held_reason.startswith(BY_PREFLIGHT)),
            ),
        ),
    )
    return _issues(tx, query.order_by(ISSUE.c.slot, ISSUE.c.id))


def change_state(
    tx: Tx,
    issue: str,
    frm: IssueState,
    to: IssueState,
    *,
    now: datetime,
    reason: str = "",
) -> bool:
    """Move an issue on; False when it is not, or no longer, in state `frm`.

    `reason` says why it is held and is forgotten otherwise. Raises ValueError for a
    change that the table does not have.
    """
    if to not in TABLE[frm]:
        raise ValueError(f"An issue cannot go from {frm} to {to}.")
    result = tx.execute(
        update(ISSUE)
        .where(ISSUE.c.id == issue, ISSUE.c.state == frm)
        .values(state=to, changed_at=now, held_reason=reason)
    )
    return bool(result.rowcount)


def hold(tx: Tx, issue: str, reason: str, *, now: datetime) -> bool:
    """Hold a draft or an issue that is ready, or give a held one another reason."""
    result = tx.execute(
        update(ISSUE)
        .where(ISSUE.c.id == issue, ISSUE.c.state.in_(UNPLANNED))
        .values(state=S.HELD, changed_at=now, held_reason=reason)
    )
    return bool(result.rowcount)


def set_content(
    tx: Tx, issue: str, revision: int, subject: str, *, now: datetime
) -> bool:
    """Note that a revision's content was frozen; False when there is a newer one."""
    result = tx.execute(
        update(ISSUE)
        .where(ISSUE.c.id == issue, ISSUE.c.revision == revision)
        .values(subject=subject, frozen_at=now)
    )
    return bool(result.rowcount)


def set_expiry(tx: Tx, issue: str, expires_at: datetime | None) -> None:
    """Say until when the issue may be sent."""
    change = update(ISSUE).where(ISSUE.c.id == issue).values(expires_at=expires_at)
    tx.execute(change)


def set_departure(tx: Tx, issue: str, leaves_at: datetime) -> None:
    """Say before which moment the issue must not be planned."""
    tx.execute(update(ISSUE).where(ISSUE.c.id == issue).values(leaves_at=leaves_at))


def unplanned(tx: Tx, newsletter: str) -> tuple[Issue, ...]:
    """Return the issues of a newsletter that can still be edited, oldest first."""
    query = select(ISSUE).where(
        ISSUE.c.newsletter == newsletter, ISSUE.c.state.in_(UNPLANNED)
    )
    return _issues(tx, query.order_by(ISSUE.c.slot, ISSUE.c.id))


def planning(tx: Tx, issue: str) -> bool:
    """Whether part of its audience is frozen already."""
    query = select(ISSUE.c.planned_to).where(ISSUE.c.id == issue)
    return tx.execute(query).scalar_one_or_none() is not None


def expire(tx: Tx, newsletter: str, *, now: datetime) -> tuple[str, ...]:
    """Let every issue whose time is over before it was planned expire; return them."""
    result = tx.execute(
        update(ISSUE)
        .where(ISSUE.c.newsletter == newsletter, ISSUE.c.state.in_(UNPLANNED))
        .where(ISSUE.c.expires_at <= now)
        .values(state=S.EXPIRED, changed_at=now)
        .returning(ISSUE.c.id)
    )
    return tuple(sorted(result.scalars()))


def _newest_first() -> Select[Any]:
    return select(ISSUE).order_by(ISSUE.c.slot.desc(), ISSUE.c.id.desc())


def _issues(tx: Tx, query: Select[Any]) -> tuple[Issue, ...]:
    return tuple(map(_issue, tx.execute(query)))


def _issue(row: Row[Any]) -> Issue:
    return Issue(
        id=row.id,
        newsletter=row.newsletter,
        slot=row.slot,
        state=IssueState(row.state),
        subject=row.subject,
        from_position=row.from_position,
        to_position=row.to_position,
        created_at=row.created_at,
        revision=row.revision,
        expires_at=row.expires_at,
        held_reason=row.held_reason,
        planned=row.planned,
        leaves_at=row.leaves_at,
        canary=row.canary,
        replaced=row.replaced,
    )
