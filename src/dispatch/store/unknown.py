"""What crashes and silence leave: freed claims, and dots of which nobody knows.

Policy `resend_once` tries such a row once more, with the same bytes and Message-ID,
when its lease has ended; but when much of a mailing is unknown, something larger went
wrong, and an operator decides. A second time is never automatic.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, bindparam, text

from dispatch.model import Doubt
from dispatch.store import marks, replacements
from dispatch.store.transaction import Tx
from dispatch.store.types import Words, from_micros, to_micros

FEW = 20  # always tolerable: a crash leaves one for each open connection
SHARE = 200  # one in so many of a mailing
MANY = 50  # never tolerable

# A row that another process has locked is not lost: that one is at work on it.
LOST = """
UPDATE delivery SET state = :state, reason = :reason, {rest}
 WHERE state = :was AND id IN (
       SELECT id FROM delivery
        WHERE state = :was AND (lease_until <= :now OR worker IN :dead) {skip})
"""


def _lost(rest: str) -> Mapping[str, TextClause]:
    skips = {"sqlite": "", "postgresql": "FOR UPDATE SKIP LOCKED"}
    dead = bindparam("dead", type_=Words, expanding=True)
    return {
        dialect: text(LOST.format(rest=rest, skip=skip)).bindparams(dead)
        for dialect, skip in skips.items()
    }


LOST_CLAIMS = _lost("lease_until = NULL, worker = ''")
LOST_DOTS = _lost("settled_at = :now")  # the lease stays: no resend before its end

# Rows that are due are ended by the claim; these wait for a relay or a retry.
EXPIRED = """
SELECT d.id FROM delivery d JOIN mailing m ON m.id = d.mailing
 WHERE d.state IN ('pending', 'deferred') AND m.expires_at <= :now LIMIT :most
"""
ANY_EXPIRED = text(EXPIRED)
ANYTHING = text("""
SELECT EXISTS (SELECT 1 FROM delivery WHERE state IN ('claimed', 'dot'))
    OR EXISTS (SELECT 1 FROM delivery WHERE state = 'unknown')
""")
COUNT = text("SELECT count(*) FROM delivery WHERE state = 'unknown'")
EXPIRE = text(f"""
UPDATE delivery SET state = 'expired', settled_at = :now
 WHERE state IN ('pending', 'deferred') AND id IN ({EXPIRED}) RETURNING id
""")  # noqa: S608 - constants of this file
LIST = """
SELECT delivery.id, delivery.mailing, m.newsletter, m.issue, delivery.recipient,
       delivery.phase, delivery.reason, delivery.resends, delivery.dot_at,
       delivery.lease_until, {superseded} AS superseded, m.planned,
       (m.on_unknown = 'resend_once' AND delivery.resends = 0
        AND (m.expires_at IS NULL OR m.expires_at > :now)) AS by_policy
  FROM delivery JOIN mailing m ON m.id = delivery.mailing
 WHERE delivery.state = 'unknown' AND delivery.id > :after {which}
 ORDER BY delivery.id LIMIT :most
"""
ALL = text(LIST.format(which="", superseded=replacements.SUPERSEDED))
OF_ISSUE = text(
    LIST.format(which="AND m.issue = :issue", superseded=replacements.SUPERSEDED)
)

IN_DOUBT = text("""
SELECT m.id, m.planned FROM mailing m
 WHERE m.on_unknown = 'resend_once'
   AND (m.expires_at IS NULL OR m.expires_at > :now)
   AND m.id IN (SELECT mailing FROM delivery
                 WHERE state = 'unknown' AND resends = 0 AND lease_until <= :now)
""")
# Rows that were resent still count: they were in doubt, too. No index tells them, so
# those that are in doubt are counted first: while there are many, every round asks.
UNKNOWN = text("""
SELECT count(*) FROM delivery WHERE mailing = :mailing AND state = 'unknown'
""")
RESENT = text("""
SELECT count(*) FROM delivery
 WHERE mailing = :mailing AND state <> 'unknown' AND resends > 0
""")

RESEND = """
UPDATE delivery SET state = 'pending', resends = resends + 1, not_before = :now,
       reason = :reason, lease_until = NULL, worker = ''
 WHERE state = 'unknown' AND lease_until <= :now AND {which}
   AND NOT {superseded}
"""
RESEND_ONCE = text(
    RESEND.format(
        which="mailing = :mailing AND resends = 0", superseded=replacements.SUPERSEDED
    )
)
RESEND_THESE = text(
    RESEND.format(which="id IN :ids", superseded=replacements.SUPERSEDED)
).bindparams(bindparam("ids", expanding=True))
CLOSE_THESE = text("""
UPDATE delivery SET state = 'closed', reason = :reason, settled_at = :now,
       lease_until = NULL, worker = ''
 WHERE state = 'unknown' AND id IN :ids
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class Lost:
    """What `recover` found of dead workers."""

    claims: int = 0  # pending again
    dots: int = 0  # now unknown


def anything(tx: Tx) -> bool:
    """Whether any row is claimed, at the dot, or unknown."""
    return bool(tx.execute(ANYTHING).scalar_one())


def count(tx: Tx) -> int:
    """Return how many deliveries are unknown."""
    number: int = tx.execute(COUNT).scalar_one()
    return number


def recover(tx: Tx, *, dead: Collection[str] = ()) -> Lost:
    """Free what crashed workers left: CLAIMED to PENDING, DOT to UNKNOWN.

    A row is freed when its lease has ended, or its worker is among `dead`: provably
    gone. A dot never goes straight back to PENDING.
    """
    values = {"now": to_micros(tx.now()), "dead": list(dead)}
    claims = {"was": "claimed", "state": "pending", "reason": "", **values}
    dots = {"was": "dot", "state": "unknown", "reason": "the worker was lost", **values}
    return Lost(
        tx.execute(LOST_CLAIMS[tx.dialect], claims).rowcount,
        tx.execute(LOST_DOTS[tx.dialect], dots).rowcount,
    )


def anything_expired(tx: Tx) -> bool:
    """Whether anything waits beyond its mailing's expiry."""
    values = {"now": to_micros(tx.now()), "most": 1}
    return tx.execute(ANY_EXPIRED, values).first() is not None


def expire(tx: Tx, *, most: int = 1000) -> int:
    """Settle what waits beyond its mailing's expiry; at most `most` rows a call.

    Readers of an issue get its stories in their next one.
    """
    values = {"now": to_micros(tx.now()), "most": most}
    expired = tx.execute(EXPIRE, values).scalars().all()
    marks.give_back_expired(tx, expired)
    return len(expired)


def resend_once(tx: Tx) -> int:
    """Queue again what policy allows; return how many rows."""
    now = to_micros(tx.now())
    resent = 0
    for row in tx.execute(IN_DOUBT, {"now": now}).all():
        if _few(tx, row.id, row.planned):
            values = {"mailing": row.id, "now": now, "reason": "sent once more"}
            resent += tx.execute(RESEND_ONCE, values).rowcount
    return resent


def tolerable(planned: int) -> int:
    """Return how many unknown rows of a mailing may be resent without being asked."""
    return min(MANY, max(FEW, planned // SHARE))


def _few(tx: Tx, mailing: int, planned: int) -> bool:
    """Whether no more of a mailing was ever in doubt than policy resends."""
    values = {"mailing": mailing}
    most = tolerable(planned)
    there: int = tx.execute(UNKNOWN, values).scalar_one()
    if there > most:
        return False
    resent: int = tx.execute(RESENT, values).scalar_one()
    return there + resent <= most


def listed(
    tx: Tx, *, issue: str = "", after: int = 0, most: int = 1000
) -> tuple[Doubt, ...]:
    """Return the unknown deliveries that follow number `after`, of one issue or all."""
    statement = OF_ISSUE if issue else ALL
    values: dict[str, object] = {"most": most, "after": after}
    values |= {"issue": issue, "now": to_micros(tx.now())}
    rows = tx.execute(statement, values).all()
    sizes = {row.mailing: row.planned for row in rows if row.by_policy}
    few = {mailing for mailing, size in sizes.items() if _few(tx, mailing, size)}
    return tuple(_doubt(row, few) for row in rows)


def resend(tx: Tx, deliveries: Collection[int]) -> int:
    """Queue these again, as an operator decided; return how many it was true of.

    A row whose lease has not ended is left: its answer may still come. So is one
    whose message was replaced: what was wrong is never sent again.
    """
    values = {
        "ids": list(deliveries),
        "now": to_micros(tx.now()),
        "reason": "sent once more by an operator",
    }
    return tx.execute(RESEND_THESE, values).rowcount


def close(tx: Tx, deliveries: Collection[int]) -> int:
    """Leave these as they are for good, as an operator decided; return how many."""
    values = {
        "ids": list(deliveries),
        "now": to_micros(tx.now()),
        "reason": "closed by an operator",
    }
    return tx.execute(CLOSE_THESE, values).rowcount


def _doubt(row: Row[Any], few: Collection[int]) -> Doubt:
    """Return a row as a value; `few` are the mailings of which policy resends."""
    by_policy = row.by_policy and row.mailing in few and not row.superseded
    return Doubt(
        delivery=row.id,
        mailing=row.mailing,
        newsletter=row.newsletter,
        issue=row.issue or "",
        recipient=row.recipient,
        phase=row.phase,
        reason=row.reason,
        resends=row.resends,
        dot_at=_moment(row.dot_at),
        lease_until=_moment(row.lease_until),
        superseded=bool(row.superseded),
        sent_again=bool(by_policy),
    )


def _moment(micros: int | None) -> datetime:
    return from_micros(micros or 0)
