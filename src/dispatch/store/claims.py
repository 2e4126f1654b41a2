"""Claim deliveries: which are due, and whose turn it is.

A claim raises the row's fence and returns it: this worker alone may send it until the
lease ends. What may be sent is asked here, and once more by the intent itself.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, text

from dispatch.model import Claim, MailingKind
from dispatch.store import deliveries, marks, may_leave
from dispatch.store.transaction import Hot, Tx, hot
from dispatch.store.types import from_micros, to_micros

Serves = Callable[[str, str], bool]
"""Whether mail of a newsletter (maybe "") from a sender's address is wanted."""

CLAIM_LEASE = timedelta(minutes=15)

TAKE = """
UPDATE delivery
   SET state = 'claimed', fence = fence + 1, worker = :worker, lease_until = :lease
 WHERE state IN ('pending', 'deferred') AND id IN ({which})
RETURNING id
"""
# Under a name of its own the choice is made once. PostgreSQL may look into a subquery
# again for each row; each look finds others, and far more than `most` would be taken.
TAKE_CHOSEN = (
    "WITH chosen AS MATERIALIZED ({which} FOR UPDATE OF d SKIP LOCKED)"  # noqa: S608 - constants of this file
    + TAKE.replace("{which}", "SELECT id FROM chosen")
)
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
    return {
        "sqlite": hot(TAKE.format(which=which)),
        "postgresql": hot(TAKE_CHOSEN.format(which=which)),
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
       {may_leave.REASON} AS reason, {may_leave.REPLACED} AS replaced
  FROM delivery d {may_leave.AROUND}
 WHERE d.id IN :ids
 ORDER BY d.priority, d.not_before, d.id
"""  # noqa: S608 - constants of this file
).bindparams(bindparam("ids", expanding=True))

COUNT_FIRST = text(f"SELECT count(*) FROM ({DUE_FIRST}) AS found")  # noqa: S608 - constants of this file
COUNT_OF_MAILING = text(f"SELECT count(*) FROM ({DUE_OF_MAILING}) AS found")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Batch:
    """What a claim took. `claims` are to be sent; the rest of `taken` is settled."""

    claims: tuple[Claim, ...] = ()
    taken: int = 0
    skipped: int = 0
    expired: int = 0


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
    claims: list[Claim] = []
    expired: list[int] = []
    skipped = 0
    for row in tx.execute(CLAIMED, {"ids": ids}).all():
        mine = {"id": row.id, "fence": row.fence, "now": now}
        if row.expires_at is not None and row.expires_at <= now:
            if deliveries.end(tx, mine, "expired"):
                expired.append(row.id)
        elif row.reason:
            skipped += deliveries.end(tx, mine, "skipped", row.reason)
        elif row.replaced:
            deliveries.end(tx, mine, "unknown", "replaced")
        else:
            claims.append(_claim(row))
    if expired:
        marks.give_back_expired(tx, expired)
    return Batch(tuple(claims), len(ids), skipped, len(expired))


def _number(tx: Tx, statement: Any, **values: object) -> int:
    number: int = tx.execute(statement, values).scalar_one()
    return number


def _claim(row: Row[Any]) -> Claim:
    # Unpacked at once: a name looked up in a row costs more than all else here.
    values: tuple[Any, ...] = tuple(row)
    id_, mailing, kind, fence, tries, recipient, body, newsletter, *rest = values
    subscription, created_at, issue, lease_until, expires_at, sender, *_ = rest
    return Claim(
        id=id_,
        mailing=mailing,
        kind=MailingKind(kind),
        fence=fence,
        tries=tries,
        recipient=recipient,
        body=body,
        newsletter=newsletter,
        subscription=subscription,
        mailing_created_at=_moment(created_at),
        issue=issue or "",
        lease_until=_moment(lease_until),
        expires_at=None if expires_at is None else _moment(expires_at),
        sender=sender,
    )


@lru_cache(maxsize=64)
def _moment(micros: int) -> datetime:
    """Return a moment that many claims of a batch share."""
    return from_micros(micros)
