"""Deliveries on their way: intent, settle, give back. Claims: `store.claims`.

Everything tests the fence that the claim raised, so a worker that was given up for dead
can change nothing. Times are the store's own. Every statement keeps planned = the sum
over the states, because rows only change state. Crashes: `store.unknown`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text

from dispatch.model import Claim, DeliveryState, Intent, Outcome, Reply
from dispatch.store import marks, may_leave
from dispatch.store.transaction import Tx, each, hot
from dispatch.store.types import from_micros, to_micros

DOT_LEASE = timedelta(minutes=11)  # ten to wait for the answer, and one to spare

TRIED: dict[str, Literal["bigint", "text"]] = {
    "id": "bigint",
    "fence": "bigint",
    "phase": "text",
    "code": "bigint",
    "enhanced": "text",
    "reply": "text",
}

END = hot("""
UPDATE delivery SET state = :state, reason = :reason, settled_at = :now,
       lease_until = NULL, worker = ''
 WHERE id = :id AND state = 'claimed' AND fence = :fence
""")

INTENT = each(
    """
UPDATE delivery SET state = 'dot', phase = 'intent', dot_at = :now, lease_until = :lease
  FROM {mine}
 WHERE delivery.id = mine.id AND delivery.fence = mine.fence
   AND delivery.state = 'claimed' AND delivery.lease_until > :now
   AND NOT EXISTS (SELECT 1 FROM suppression s
        WHERE s.mailbox_hash = delivery.mailbox_hash
          AND (mine.kind IN ('issue', 'correction')
               OR s.reason NOT IN ('unsubscribed', 'erased')))
   AND (mine.kind NOT IN ('issue', 'correction')
        OR EXISTS (SELECT 1 FROM subscription u
                    WHERE u.id = delivery.subscription AND u.state = 'active'))
   AND (mine.kind <> 'issue'
        OR EXISTS (SELECT 1 FROM issue i
                    WHERE i.id = mine.issue AND i.state = 'sending'))
RETURNING delivery.id
""",
    id="bigint",
    fence="bigint",
    kind="text",
    issue="text",
)

WHY_NOT = text(
    f"""
SELECT {may_leave.REASON} AS reason
  FROM delivery d {may_leave.AROUND}
 WHERE d.id = :id AND d.state = 'claimed' AND d.fence = :fence AND d.lease_until > :now
"""  # noqa: S608 - constants of this file
)

SETTLE = each(
    """
UPDATE delivery
   SET state = mine.state, tries = tries + mine.counted,
       not_before = COALESCE(mine.retry, not_before),
       reason = mine.reason, phase = mine.phase, code = mine.code,
       enhanced = mine.enhanced, reply = mine.reply, settled_at = :now,
       lease_until = CASE WHEN mine.state = 'unknown' THEN lease_until END,
       worker = CASE WHEN mine.state = 'unknown' THEN delivery.worker ELSE '' END
  FROM {mine}
 WHERE delivery.id = mine.id AND delivery.fence = mine.fence
   AND delivery.state IN ('claimed', 'dot', 'unknown')
RETURNING delivery.id
""",
    **TRIED,
    state="text",
    reason="text",
    retry="bigint",
    counted="bigint",
)

ATTEMPT = each(
    """
INSERT INTO attempt (delivery, fence, at, worker, relay, phase, code, enhanced, reply)
SELECT id, fence, :now, worker, relay, phase, code, enhanced, reply FROM {mine}
RETURNING delivery
""",
    **TRIED,
    worker="text",
    relay="text",
)

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


@dataclass(frozen=True, slots=True)
class Try:
    """What came of trying one delivery, to be written down."""

    claim: Claim
    reply: Reply
    outcome: Outcome
    worker: str
    relay: str


def intend(tx: Tx, claim: Claim, *, lease: timedelta = DOT_LEASE) -> Intent:
    """Record one intent: see `intend_all`."""
    return intend_all(tx, (claim,), lease=lease)[0]


def intend_all(
    tx: Tx, claims: Sequence[Claim], *, lease: timedelta = DOT_LEASE
) -> list[Intent]:
    """Record, before their final dots, that these are about to leave.

    Only GO allows it. The statement itself asks once more whether each reader still
    wants the mail; where not, the row is settled, or given back, by this call.
    """
    if _repeated(claims):
        return [intend(tx, claim, lease=lease) for claim in claims]
    now = tx.now()
    mine = [
        {"id": c.id, "fence": c.fence, "kind": c.kind.value, "issue": c.issue}
        for c in claims
    ]
    times = {"now": to_micros(now), "lease": to_micros(now + lease)}
    going = tx.change_each(INTENT, mine, times)
    return [
        Intent.GO if claim.id in going else _withheld(tx, claim, times["now"])
        for claim in claims
    ]


def _withheld(tx: Tx, claim: Claim, now: int) -> Intent:
    """Settle a row that must not leave, or give it back."""
    values = {"id": claim.id, "fence": claim.fence, "now": now}
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
    """Write down what became of one try: see `settle_all`."""
    return settle_all(tx, (Try(claim, reply, outcome, worker, relay),))[0]


def settle_all(tx: Tx, tries: Sequence[Try]) -> list[bool]:
    """Write down what became of some tries; False for a row that is no longer ours.

    A late answer still wins over UNKNOWN. An outcome of PENDING (the server closed
    the session, the dot did not leave) does not count as a try.
    """
    if _repeated([one.claim for one in tries]):
        return [settled for one in tries for settled in settle_all(tx, (one,))]
    mine = [_said(one) for one in tries]
    now = {"now": to_micros(tx.now())}
    settled = tx.change_each(SETTLE, mine, now)
    expired = [
        one.claim.id
        for one in tries
        if one.outcome.state is DeliveryState.EXPIRED and one.claim.id in settled
    ]
    if expired:
        marks.give_back_expired(tx, expired)
    tx.change_each(ATTEMPT, mine, now)
    return [one.claim.id in settled for one in tries]


def _repeated(claims: Sequence[Claim]) -> bool:
    """Whether a delivery is among them twice: then each must see what the other did."""
    return len({claim.id for claim in claims}) < len(claims)


def _said(one: Try) -> dict[str, object]:
    retry = one.outcome.retry_at
    return {
        "id": one.claim.id,
        "fence": one.claim.fence,
        "phase": one.reply.phase.value,
        "code": one.reply.code,
        "enhanced": one.reply.enhanced,
        "reply": one.reply.text,
        "state": one.outcome.state.value,
        "reason": one.outcome.reason,
        "retry": None if retry is None else to_micros(retry),
        "counted": int(one.outcome.state is not DeliveryState.PENDING),
        "worker": one.worker,
        "relay": one.relay,
    }


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
