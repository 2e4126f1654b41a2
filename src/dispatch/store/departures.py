"""How a planned issue leaves: after an undo window, and to a canary before the rest.

The rows that wait for the canary have a priority of their own, which no claim takes:
they lie apart in the index, so that a million of them costs the others nothing.
Releasing them goes in chunks and can be killed: `issue.canary` falls to 0 at the end.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from dispatch.model import HELD_BACK, DeliveryState, IssueState, MailingKind, Tally
from dispatch.store import issues
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

MOST = 1000  # rows of one unit

OF_ISSUE = "mailing IN (SELECT id FROM mailing WHERE issue = :issue AND kind = 'issue')"

MAY_LEAVE = text(
    "UPDATE issue SET leaves_at = :at WHERE id = :issue AND state = :state"
)
WHOLE = text("UPDATE issue SET canary = 0, leaves_at = NULL WHERE id = :issue")
CANARY_FIRST = text(
    "UPDATE issue SET leaves_at = NULL WHERE id = :issue AND canary > 0"
)
WITH_CANARY = text("SELECT id FROM issue WHERE canary > 0 AND state = 'sending'")

# Each statement reads a few rows, however many are held back: those that are settled
# by (mailing, state), those to be tried by the index of what is due.
SETTLED = text(f"""
SELECT state, count(*) AS number, max(settled_at) AS newest FROM delivery
 WHERE {OF_ISSUE} AND state IN ('claimed', 'dot', 'accepted', 'rejected', 'skipped',
                                'expired', 'unknown', 'closed')
 GROUP BY state
""")  # noqa: S608 - constants of this file
WAITING = text(f"""
SELECT state, count(*) AS number, max(settled_at) AS newest,
       COALESCE(sum(CASE WHEN tries = 0 THEN 1 ELSE 0 END), 0) AS untried
  FROM delivery
 WHERE state IN ('pending', 'deferred') AND priority = :first AND {OF_ISSUE}
 GROUP BY state
""")  # noqa: S608
SAID = text(f"""
SELECT reply FROM delivery WHERE {OF_ISSUE} AND state = :state AND reply <> ''
 ORDER BY id LIMIT 1
""")  # noqa: S608
RELEASE = text(f"""
UPDATE delivery SET priority = :usual WHERE id IN (
       SELECT id FROM delivery
        WHERE state IN ('pending', 'deferred') AND priority = :held AND {OF_ISSUE}
        ORDER BY not_before, id LIMIT :most)
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of an issue's canary so far. `untried`: nothing was said yet."""

    tally: Tally
    untried: int = 0
    settled_at: datetime | None = None  # the newest answer


def with_canary(tx: Tx) -> tuple[str, ...]:
    """Return the issues under way that part of the audience still waits for."""
    return tuple(tx.execute(WITH_CANARY).scalars())


def sample(tx: Tx, issue: str) -> Sample:
    """Return how an issue's canary fared."""
    first = {"issue": issue, "first": MailingKind.ISSUE.priority}
    waiting = tx.execute(WAITING, first).all()
    rows = [*tx.execute(SETTLED, {"issue": issue}), *waiting]
    counts: dict[str, int] = {DeliveryState(r.state).value: r.number for r in rows}
    moments = [row.newest for row in rows if row.newest is not None]
    return Sample(
        Tally(planned=sum(counts.values()), **counts),
        untried=int(sum(row.untried for row in waiting)),
        settled_at=from_micros(max(moments)) if moments else None,
    )


def said(tx: Tx, issue: str, state: DeliveryState) -> str:
    """Return what the server said to one of the deliveries in a state, or ""."""
    row = tx.execute(SAID, {"issue": issue, "state": state.value}).scalar()
    return (row or "").partition("\n")[0]


def let_go(tx: Tx, issue: str) -> bool:
    """Say that an issue may leave at once: its undo window is over, or its canary.

    False when there is nothing to wait for. `release` then frees the rest.
    """
    found = issues.by_id(tx, issue)
    if found is None or not (found.canary or found.leaves_at):
        return False
    state = IssueState.PLANNED if found.state is IssueState.PLANNED else found.state
    values = {"issue": issue, "at": to_micros(tx.now()), "state": state.value}
    return bool(tx.execute(MAY_LEAVE, values).rowcount)


def begin_with_canary(tx: Tx, issue: str) -> None:
    """Have the rest of an issue wait for its canary, however it was let go."""
    tx.execute(CANARY_FIRST, {"issue": issue})


def release(tx: Tx, issue: str) -> int:
    """Free some of what waited for the canary; 0 ends it, and the issue is whole."""
    usual = MailingKind.ISSUE.priority
    values = {"issue": issue, "usual": usual, "held": HELD_BACK, "most": MOST}
    count = tx.execute(RELEASE, values).rowcount
    if count < MOST:
        tx.execute(WHOLE, {"issue": issue})
        return 0
    return count
