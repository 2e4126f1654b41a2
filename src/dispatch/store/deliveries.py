"""Deliveries on their way: intent, settle, give back. Claims: `store.claims`.

Everything tests the fence that the claim raised, so a worker that was given up for dead
can change nothing. Times are the store's own. Every statement keeps planned = the sum
over the states, because rows only change state. Crashes: `store.unknown`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text

from dispatch.model import Claim, DeliveryState, Intent, Outcome, Reply
from dispatch.store import marks, may_leave
from dispatch.store.transaction import Tx, hot
from dispatch.store.types import from_micros, to_micros

DOT_LEASE = timedelta(minutes=11)  # ten to wait for the answer, and one to spare

END = hot("""
UPDATE delivery SET state = :state, reason = :reason, settled_at = :now,
       lease_until = NULL, worker = ''
 WHERE id = :id AND state = 'claimed' AND fence = :fence
""")

INTENT = hot("""
UPDATE delivery SET state = 'dot', phase = 'intent', dot_at = :now, lease_until = :lease
 WHERE id = :id AND state = 'claimed' AND fence = :fence AND lease_until > :now
   AND NOT EXISTS (SELECT 1 FROM suppression s
        WHERE s.mailbox_hash = delivery.mailbox_hash
          AND (:kind IN ('issue', 'correction')
               OR s.reason NOT IN ('unsubscribed', 'erased')))
   AND (:kind NOT IN ('issue', 'correction')
        OR EXISTS (SELECT 1 FROM subscription u
                    WHERE u.id = delivery.subscription AND u.state = 'active'))
   AND (:kind <> 'issue'
        OR EXISTS (SELECT 1 FROM issue i WHERE i.id = :issue AND i.state = 'sending'))
""")

WHY_NOT = text(
    f"""
SELECT {may_leave.REASON} AS reason
  FROM delivery d {may_leave.AROUND}
 WHERE d.id = :id AND d.state = 'claimed' AND d.fence = :fence AND d.lease_until > :now
"""  # noqa: S608 - constants of this file
)

SETTLE = hot("""
UPDATE delivery
   SET state = :state, tries = tries + :counted,
       not_before = COALESCE(:retry, not_before),
       reason = :reason, phase = :phase, code = :code, enhanced = :enhanced,
       reply = :reply, settled_at = :now,
       lease_until = CASE WHEN :state = 'unknown' THEN lease_until END,
       worker = CASE WHEN :state = 'unknown' THEN worker ELSE '' END
 WHERE id = :id AND fence = :fence AND state IN ('claimed', 'dot', 'unknown')
""")

ATTEMPT = hot("""
INSERT INTO attempt (delivery, fence, at, worker, relay, phase, code, enhanced, reply)
VALUES (:id, :fence, :now, :worker, :relay, :phase, :code, :enhanced, :reply)
""")

PUT_BACK = text("""
UPDATE delivery SET state = 'pending', not_before = :not_before, reason = :reason,
       lease_until = NULL, worker = ''
 WHERE id = :id AND fence = :fence AND state IN (:state, :late)
""")

# Each state by itself, so that each is one look into a partial index.
ANYTHING = text("""
SELECT EXISTS (SELECT 1 FROM delivery WHERE state IN ('pending', 'deferred'))
    OR EXISTS (SELECT 1 FROM delivery WHERE state IN ('claimed', 'dot'))
    OR EXISTS (SELECT 1 FROM delivery WHERE state = 'unknown')
    OR EXISTS (SELECT 1 FROM issue WHERE state = 'sending')
""")
WAITING = text("""
SELECT count(*) AS number, min(not_before) AS first FROM delivery
 WHERE state IN ('pending', 'deferred')
""")


def anything_open(tx: Tx) -> bool:
    """Whether there is any delivery or issue of which something may still become."""
    return bool(tx.execute(ANYTHING).scalar_one())


def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """Return how many deliveries are still to be tried, and when the first may be."""
    row = tx.execute(WAITING).one()
    return row.number, None if row.first is None else from_micros(row.first)


def intend(tx: Tx, claim: Claim, *, lease: timedelta = DOT_LEASE) -> Intent:
    """Record, before the final dot, that it is about to leave.

    Only GO allows it. The statement itself asks once more whether the reader still
    wants the mail; where not, the row is settled, or given back, by this call.
    """
    now = tx.now()
    values = {"id": claim.id, "fence": claim.fence, "now": to_micros(now)}
    more = {"kind": claim.kind.value, "issue": claim.issue}
    lasting = {"lease": to_micros(now + lease)}
    if tx.change(INTENT, values | more | lasting):
        return Intent.GO
    reason = tx.execute(WHY_NOT, values).scalar_one_or_none()
    if reason is None:
        return Intent.FENCED
    if reason:
        end(tx, values, "skipped", reason)
        return Intent.SKIPPED
    release(tx, claim)
    return Intent.HELD


def settle(
    tx: Tx,
    claim: Claim,
    reply: Reply,
    outcome: Outcome,
    *,
    worker: str,
    relay: str,
) -> bool:
    """Write down what became of a try; False when the row is no longer ours.

    A late answer still wins over UNKNOWN. An outcome of PENDING (the server closed
    the session, the dot did not leave) does not count as a try.
    """
    now = to_micros(tx.now())
    said = {
        "id": claim.id,
        "fence": claim.fence,
        "now": now,
        "phase": reply.phase.value,
        "code": reply.code,
        "enhanced": reply.enhanced,
        "reply": reply.text,
    }
    made = {
        "state": outcome.state.value,
        "reason": outcome.reason,
        "retry": None if outcome.retry_at is None else to_micros(outcome.retry_at),
        "counted": int(outcome.state is not DeliveryState.PENDING),
    }
    settled = bool(tx.change(SETTLE, said | made))
    if settled and outcome.state is DeliveryState.EXPIRED:
        marks.give_back_expired(tx, [claim.id])
    tx.change(ATTEMPT, said | {"worker": worker, "relay": relay})
    return settled


def release(tx: Tx, claim: Claim, *, not_before: datetime | None = None) -> bool:
    """Give an unsent claim back: CLAIMED to PENDING."""
    return _put_back(tx, claim, "claimed", "", not_before)


def write_back(tx: Tx, claim: Claim, *, not_before: datetime | None = None) -> bool:
    """Take an intent back, because provably no dot left: DOT to PENDING.

    Somebody may have given this worker up for lost meanwhile; the truth, though late,
    wins over UNKNOWN.
    """
    return _put_back(tx, claim, "dot", "the dot was not sent", not_before)


def end(tx: Tx, mine: Mapping[str, int], state: str, reason: str = "") -> int:
    """Settle a claimed row that is not to be sent; return how many that changed.

    `mine` are its id and fence, and `now`.
    """
    return tx.change(END, {**mine, "state": state, "reason": reason})


def _put_back(
    tx: Tx, claim: Claim, state: str, reason: str, not_before: datetime | None
) -> bool:
    values = {
        "id": claim.id,
        "fence": claim.fence,
        "state": state,
        "late": "unknown" if state == "dot" else state,
        "reason": reason,
        "not_before": to_micros(not_before or tx.now()),
    }
    return bool(tx.execute(PUT_BACK, values).rowcount)
