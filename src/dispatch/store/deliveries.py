"""Deliveries on their way: claim, intent, settle. Crashes: `store.unknown`.

A claim raises the row's fence and returns it; everything after tests that fence, so
a worker that was given up for dead can change nothing. Times are the store's own.
Every statement keeps planned = the sum over the states, because rows only change
state. What may be sent is asked twice: at the claim, and by the intent itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, text

from dispatch.model import Claim, DeliveryState, Intent, MailingKind, Outcome, Reply
from dispatch.store.transaction import Tx, hot
from dispatch.store.types import from_micros, to_micros

CLAIM_LEASE = timedelta(minutes=15)
DOT_LEASE = timedelta(minutes=11)  # ten to wait for the answer, and one to spare

# Why a delivery must not go out; empty when it may. An issue and its correction need
# an active subscription and no suppression whatever. Mail that somebody just asked for
# (confirm, welcome, goodbye) passes their own old opt-out or erasure, but never a
# bounced address, a complaint or the operator's word.
REASON = """
  CASE WHEN gone.reason IS NOT NULL
            AND (m.kind IN ('issue', 'correction')
                 OR gone.reason NOT IN ('unsubscribed', 'erased'))
       THEN 'suppressed'
       WHEN m.kind NOT IN ('issue', 'correction') THEN ''
       WHEN m.kind = 'issue' AND i.state = 'cancelled' THEN 'cancelled'
       WHEN u.state = 'active' THEN ''
       WHEN u.state IN ('paused', 'suspended') THEN u.state
       ELSE 'unsubscribed' END
"""

AROUND = """
  JOIN mailing m ON m.id = d.mailing
  LEFT JOIN issue i ON i.id = m.issue
  LEFT JOIN subscription u ON u.id = d.subscription
  LEFT JOIN suppression gone ON gone.mailbox_hash = d.mailbox_hash
"""

CLAIM = """
UPDATE delivery
   SET state = 'claimed', fence = fence + 1, worker = :worker, lease_until = :lease
 WHERE state IN ('pending', 'deferred') AND id IN (
       SELECT d.id FROM delivery d
         JOIN mailing m ON m.id = d.mailing
         LEFT JOIN issue i ON i.id = m.issue
        WHERE d.state IN ('pending', 'deferred') AND d.priority < 99
          AND d.not_before <= :now
          AND (m.kind <> 'issue' OR i.state IN ('sending', 'cancelled', 'expired'))
        ORDER BY d.priority, d.not_before, d.id
        LIMIT :most {skip})
RETURNING id
"""
CLAIM_FOR = {
    "sqlite": hot(CLAIM.format(skip="")),
    "postgresql": hot(CLAIM.format(skip="FOR UPDATE OF d SKIP LOCKED")),
}

CLAIMED = text(
    f"""
SELECT d.id, d.mailing, m.kind, d.fence, d.tries, d.recipient, d.body, m.newsletter,
       d.subscription, m.created_at, m.issue, d.lease_until, m.expires_at, m.sender,
       {REASON} AS reason
  FROM delivery d {AROUND}
 WHERE d.id IN :ids
 ORDER BY d.priority, d.not_before, d.id
"""  # noqa: S608 - constants of this file
).bindparams(bindparam("ids", expanding=True))

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
SELECT {REASON} AS reason
  FROM delivery d {AROUND}
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

DUE = text("""
SELECT count(*) FROM (
  SELECT 1 FROM delivery d
    JOIN mailing m ON m.id = d.mailing
    LEFT JOIN issue i ON i.id = m.issue
   WHERE d.state IN ('pending', 'deferred') AND d.priority < 99
     AND d.not_before <= :now
     AND (m.kind <> 'issue' OR i.state IN ('sending', 'cancelled', 'expired'))
   LIMIT :most) AS found
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


@dataclass(frozen=True, slots=True)
class Batch:
    """What a claim took. `claims` are to be sent; the rest of `taken` is settled."""

    claims: tuple[Claim, ...] = ()
    taken: int = 0
    skipped: int = 0
    expired: int = 0


def anything_open(tx: Tx) -> bool:
    """Whether there is any delivery or issue of which something may still become."""
    return bool(tx.execute(ANYTHING).scalar_one())


def due(tx: Tx, *, most: int = 1000) -> int:
    """Return how many deliveries could be claimed now; `most` ends the counting."""
    return _number(tx, DUE, now=to_micros(tx.now()), most=most)


def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """Return how many deliveries are still to be tried, and when the first may be."""
    row = tx.execute(WAITING).one()
    return row.number, None if row.first is None else from_micros(row.first)


def claim(tx: Tx, *, worker: str, most: int, lease: timedelta = CLAIM_LEASE) -> Batch:
    """Take up to `most` due deliveries for `worker` alone, until the lease ends.

    Mail other than issues comes first. Rows of held back issues are left alone; rows
    that must not or need not go any more are settled here, with the reason. An empty
    batch (`taken` is 0) means that nothing is due.
    """
    moment = tx.now()
    now = to_micros(moment)
    values = {
        "worker": worker,
        "most": most,
        "now": now,
        "lease": to_micros(moment + lease),
    }
    ids = tx.run(CLAIM_FOR[tx.dialect], values).scalars().all()
    if not ids:
        return Batch()
    claims, skipped, expired = [], 0, 0
    for row in tx.execute(CLAIMED, {"ids": ids}).all():
        mine = {"id": row.id, "fence": row.fence, "now": now}
        if row.expires_at is not None and row.expires_at <= now:
            expired += _end(tx, mine, "expired")
        elif row.reason:
            skipped += _end(tx, mine, "skipped", row.reason)
        else:
            claims.append(_claim(row))
    return Batch(tuple(claims), len(ids), skipped, expired)


def intend(tx: Tx, claim: Claim, *, lease: timedelta = DOT_LEASE) -> Intent:
    """Record, before the final dot, that it is about to leave.

    Only GO allows it. The statement itself asks once more whether the reader still
    wants the mail; where not, the row is settled, or given back, by this call.
    """
    now = tx.now()
    values = {"id": claim.id, "fence": claim.fence, "now": to_micros(now)}
    more = {"kind": claim.kind.value, "issue": claim.issue}
    lasting = {"lease": to_micros(now + lease)}
    if tx.run(INTENT, values | more | lasting).rowcount:
        return Intent.GO
    reason = tx.execute(WHY_NOT, values).scalar_one_or_none()
    if reason is None:
        return Intent.FENCED
    if reason:
        _end(tx, values, "skipped", reason)
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
    settled = bool(tx.run(SETTLE, said | made).rowcount)
    tx.run(ATTEMPT, said | {"worker": worker, "relay": relay})
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


def _end(tx: Tx, mine: Mapping[str, int], state: str, reason: str = "") -> int:
    return tx.run(END, {**mine, "state": state, "reason": reason}).rowcount


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


def _number(tx: Tx, statement: Any, **values: object) -> int:
    number: int = tx.execute(statement, values).scalar_one()
    return number


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        id=row.id,
        mailing=row.mailing,
        kind=MailingKind(row.kind),
        fence=row.fence,
        tries=row.tries,
        recipient=row.recipient,
        body=row.body,
        newsletter=row.newsletter,
        subscription=row.subscription,
        mailing_created_at=from_micros(row.created_at),
        issue=row.issue or "",
        lease_until=from_micros(row.lease_until),
        expires_at=None if row.expires_at is None else from_micros(row.expires_at),
        sender=row.sender,
    )
