"""Deliveries on their way: claim, intent, settle. Crashes: `store.unknown`.

A claim raises the row's fence and returns it; everything after tests that fence, so
a worker that was given up for dead can change nothing. Times are the store's own.
Every statement keeps planned = the sum over the states, because rows only change
state. What may be sent is asked twice: at the claim, and by the intent itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, text

from dispatch.model import Claim, DeliveryState, Intent, MailingKind, Outcome, Reply
from dispatch.store.transaction import Hot, Tx, hot
from dispatch.store.types import from_micros, to_micros

Serves = Callable[[str, str], bool]
"""Whether mail of a newsletter (maybe "") from a sender's address is wanted."""

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

# A late refusal may bring back a message that was replaced since: it must not go.
REPLACED = """
  CASE WHEN m.kind <> 'issue' OR i.replaced = 0 THEN 0
       WHEN d.body IN (SELECT v.body FROM variant v
                        WHERE v.issue = i.id AND v.revision >= i.replaced) THEN 0
       ELSE 1 END
"""

AROUND = """
  JOIN mailing m ON m.id = d.mailing
  LEFT JOIN issue i ON i.id = m.issue
  LEFT JOIN subscription u ON u.id = d.subscription
  LEFT JOIN suppression gone ON gone.mailbox_hash = d.mailbox_hash
"""

TAKE = """
UPDATE delivery
   SET state = 'claimed', fence = fence + 1, worker = :worker, lease_until = :lease
 WHERE state IN ('pending', 'deferred') AND id IN ({which})
RETURNING id
"""
# What goes first: everything but issues.
DUE_FIRST = """
SELECT d.id FROM delivery d
  JOIN mailing m ON m.id = d.mailing
  LEFT JOIN issue i ON i.id = m.issue
 WHERE d.state IN ('pending', 'deferred') AND d.priority < 10 AND d.not_before <= :now
   AND (m.kind <> 'issue' OR i.state IN ('sending', 'cancelled', 'expired'))
 ORDER BY d.priority, d.mailing, d.not_before, d.id
 LIMIT :most"""
DUE_OF_MAILING = """
SELECT d.id FROM delivery d
 WHERE d.state IN ('pending', 'deferred') AND d.priority = 10
   AND d.mailing = :mailing AND d.not_before <= :now
 ORDER BY d.not_before, d.id
 LIMIT :most"""


def _take(which: str) -> dict[str, Hot]:
    skip = " FOR UPDATE OF d SKIP LOCKED"
    return {
        "sqlite": hot(TAKE.format(which=which)),
        "postgresql": hot(TAKE.format(which=which + skip)),
    }


CLAIM_FIRST = _take(DUE_FIRST)
CLAIM_OF_MAILING = _take(DUE_OF_MAILING)
CLAIM_THESE = text(TAKE.replace("({which})", ":ids")).bindparams(
    bindparam("ids", expanding=True)
)

# The issues that may go, found by jumping from mailing to mailing: one that is paused,
# or another relay's, costs one look, however many readers it has.
OPEN_MAILINGS = hot("""
WITH RECURSIVE waits (mailing) AS (
  SELECT min(mailing) FROM delivery
   WHERE state IN ('pending', 'deferred') AND priority = 10
  UNION ALL
  SELECT (SELECT min(d.mailing) FROM delivery d
           WHERE d.state IN ('pending', 'deferred') AND d.priority = 10
             AND d.mailing > waits.mailing)
    FROM waits WHERE waits.mailing IS NOT NULL)
SELECT m.id, m.newsletter, m.sender
  FROM waits JOIN mailing m ON m.id = waits.mailing
  LEFT JOIN issue i ON i.id = m.issue
 WHERE m.kind <> 'issue' OR i.state IN ('sending', 'cancelled', 'expired')
 ORDER BY m.id
""")
# The same rows as DUE_FIRST, a page at a time, with what decides about the relay.
CANDIDATES = text("""
SELECT d.id, m.newsletter, m.sender FROM delivery d
  JOIN mailing m ON m.id = d.mailing
  LEFT JOIN issue i ON i.id = m.issue
 WHERE d.state IN ('pending', 'deferred') AND d.priority < 10 AND d.not_before <= :now
   AND (m.kind <> 'issue' OR i.state IN ('sending', 'cancelled', 'expired'))
   AND d.id > :after
 ORDER BY d.id LIMIT :page
""")
PAGE = 500

CLAIMED = text(
    f"""
SELECT d.id, d.mailing, m.kind, d.fence, d.tries, d.recipient, d.body, m.newsletter,
       d.subscription, m.created_at, m.issue, d.lease_until, m.expires_at, m.sender,
       {REASON} AS reason, {REPLACED} AS replaced
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

COUNT_FIRST = text(f"SELECT count(*) FROM ({DUE_FIRST}) AS found")  # noqa: S608 - constants of this file
COUNT_OF_MAILING = text(f"SELECT count(*) FROM ({DUE_OF_MAILING}) AS found")  # noqa: S608

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


def due(
    tx: Tx, *, most: int = 1000, serves: Serves | None = None, issues: bool = True
) -> int:
    """Return how many deliveries could be claimed now; `most` ends the counting."""
    now = to_micros(tx.now())
    if serves is None:
        found = _number(tx, COUNT_FIRST, now=now, most=most)
    else:
        found = len(_candidates(tx, serves, now=now, most=most))
    for mailing in _open_mailings(tx, serves) if issues else ():
        if found >= most:
            break
        found += _number(
            tx, COUNT_OF_MAILING, now=now, mailing=mailing, most=most - found
        )
    return found


def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """Return how many deliveries are still to be tried, and when the first may be."""
    row = tx.execute(WAITING).one()
    return row.number, None if row.first is None else from_micros(row.first)


def claim(
    tx: Tx,
    *,
    worker: str,
    most: int,
    lease: timedelta = CLAIM_LEASE,
    serves: Serves | None = None,
    issues: bool = True,
) -> Batch:
    """Take up to `most` due deliveries for `worker` alone, until the lease ends.

    Mail other than issues comes first. `serves` says of which newsletters and senders;
    without `issues`, theirs are left alone, as are the rows of issues held back. Rows
    that must not or need not go any more are settled here, with the reason. An empty
    batch (`taken` is 0) means that nothing is due.
    """
    moment = tx.now()
    now = to_micros(moment)
    values = {"worker": worker, "now": now, "lease": to_micros(moment + lease)}
    ids = _claim_first(tx, values, most, serves)
    for mailing in _open_mailings(tx, serves) if issues and len(ids) < most else ():
        more = values | {"mailing": mailing, "most": most - len(ids)}
        ids += tx.run(CLAIM_OF_MAILING[tx.dialect], more).scalars().all()
        if len(ids) >= most:
            break
    return _batch(tx, ids, now) if ids else Batch()


def _claim_first(
    tx: Tx, values: dict[str, Any], most: int, serves: Serves | None
) -> list[int]:
    """Claim what goes before issues; return the rows."""
    if serves is None:
        claimed = tx.run(CLAIM_FIRST[tx.dialect], values | {"most": most})
        return list(claimed.scalars())
    ids = _candidates(tx, serves, now=values["now"], most=most)
    if not ids:
        return []
    mine = {key: values[key] for key in ("worker", "lease")}
    return list(tx.execute(CLAIM_THESE, mine | {"ids": ids}).scalars())


def _candidates(tx: Tx, serves: Serves, *, now: int, most: int) -> list[int]:
    """Return the due rows that go first and that `serves` takes."""
    found: list[int] = []
    after = 0
    while len(found) < most:
        values = {"now": now, "after": after, "page": PAGE}
        rows = tx.execute(CANDIDATES, values).all()
        found += [row.id for row in rows if serves(row.newsletter, row.sender)]
        if len(rows) < PAGE:
            break
        after = rows[-1].id
    return found[:most]


def _open_mailings(tx: Tx, serves: Serves | None) -> Iterator[int]:
    """Yield the issues' mailings that have open rows and may go, oldest first."""
    for row in tx.run(OPEN_MAILINGS, {}).all():
        if serves is None or serves(row.newsletter, row.sender):
            yield row.id


def _batch(tx: Tx, ids: Sequence[int], now: int) -> Batch:
    """Settle what need not go any more; return the rest as claims."""
    claims, skipped, expired = [], 0, 0
    for row in tx.execute(CLAIMED, {"ids": ids}).all():
        mine = {"id": row.id, "fence": row.fence, "now": now}
        if row.expires_at is not None and row.expires_at <= now:
            expired += _end(tx, mine, "expired")
        elif row.reason:
            skipped += _end(tx, mine, "skipped", row.reason)
        elif row.replaced:
            _end(tx, mine, "unknown", "replaced")
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
    if tx.change(INTENT, values | more | lasting):
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
    settled = bool(tx.change(SETTLE, said | made))
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


def _end(tx: Tx, mine: Mapping[str, int], state: str, reason: str = "") -> int:
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
