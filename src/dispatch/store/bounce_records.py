"""What decides about bounces: a reader's record, and how many share a domain's."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, text

from dispatch.model import BounceClass, BounceFate, Crowd, DeliveryState, Mark
from dispatch.store.transaction import Tx
from dispatch.store.types import Words, from_micros, to_micros

OURS = {BounceClass.SENDER, BounceClass.MESSAGE}
ISSUES = 60  # of a reader's past that are looked at

RECORD = text("""
SELECT m.issue, d.state, COALESCE(d.settled_at, d.created_at) AS at,
       b.kind, b.weight, b.fate
  FROM delivery d
  JOIN mailing m ON m.id = d.mailing
  JOIN subscription u ON u.id = d.subscription
  LEFT JOIN bounce b ON b.delivery = d.id
 WHERE u.subscriber = :subscriber AND m.kind = 'issue' AND m.issue IS NOT NULL
 ORDER BY d.id DESC
 LIMIT :most
""")

# Only where something has the fate asked for; the others count along: a crowd does not
# become smaller by being noticed.
CROWDS = text("""
SELECT issue, domain, count(DISTINCT delivery) AS bounced, max(enhanced) AS enhanced,
       max(text) AS text
  FROM bounce
 WHERE kind IN ('dead', 'full') AND weight > 0 AND fate IN ('', 'held', 'counted')
   AND domain <> '' AND at >= :since
   AND EXISTS (SELECT 1 FROM bounce o WHERE o.issue = bounce.issue
                  AND o.domain = bounce.domain AND o.fate = :fate)
 GROUP BY issue, domain
HAVING count(DISTINCT delivery) >= :least
 ORDER BY bounced DESC
 LIMIT :most
""")

BLAMED = text("""
SELECT issue, domain, enhanced, count(DISTINCT delivery) AS bounced,
       max(text) AS text
  FROM bounce
 WHERE kind = :kind AND issue <> '' AND at >= :since
 GROUP BY issue, domain, enhanced
HAVING count(DISTINCT delivery) >= :least OR enhanced IN :grave
 ORDER BY bounced DESC
 LIMIT :most
""").bindparams(bindparam("grave", type_=Words, expanding=True))

AT_DOMAIN = text("""
SELECT count(*) FROM delivery
 WHERE mailing IN (SELECT id FROM mailing WHERE issue = :issue)
   AND recipient LIKE :tail
""")

COMPLAINTS = text("""
SELECT issue, count(DISTINCT delivery) AS number,
       (SELECT COALESCE(sum(planned), 0) FROM mailing m WHERE m.issue = bounce.issue)
       AS planned
  FROM bounce
 WHERE kind = 'complaint' AND issue <> '' AND at >= :since
 GROUP BY issue
""")

OF_ISSUE = text("""
SELECT count(DISTINCT delivery) FROM bounce WHERE issue = :issue AND kind = :kind
""")


def record(tx: Tx, subscriber: int) -> tuple[Mark, ...]:
    """Return what became of a reader's newest issues, oldest first."""
    values = {"subscriber": subscriber, "most": ISSUES}
    rows = list(tx.execute(RECORD, values))[::-1]
    return tuple(
        _mark(issue, list(found))
        for issue, found in groupby(rows, key=lambda row: row.issue)
    )


def crowds(
    tx: Tx, fate: BounceFate, *, since: datetime, least: int, most: int = 200
) -> tuple[Crowd, ...]:
    """Return each issue and domain with at least `least` bounces, one of that fate."""
    values = {
        "fate": str(fate),
        "since": to_micros(since),
        "least": least,
        "most": most,
    }
    return tuple(_crowd(tx, row) for row in tx.execute(CROWDS, values).all())


def blamed(
    tx: Tx,
    kind: BounceClass,
    *,
    since: datetime,
    least: int = 1,
    grave: Collection[str] = (),
    most: int = 20,
) -> tuple[Crowd, ...]:
    """Return how many came back for what is our own fault, by domain and code.

    Fewer than `least` are left out, but for the codes that are `grave`. Each costs a
    look at its issue's recipients.
    """
    values = {
        "kind": str(kind),
        "since": to_micros(since),
        "least": least,
        "grave": list(grave),
        "most": most,
    }
    return tuple(_crowd(tx, row) for row in tx.execute(BLAMED, values).all())


def complaints(tx: Tx, *, since: datetime) -> tuple[tuple[str, int, int], ...]:
    """Return each issue that readers called unwanted, how many, and of how many."""
    rows = tx.execute(COMPLAINTS, {"since": to_micros(since)})
    # sum() is a Decimal on PostgreSQL.
    return tuple((row.issue, row.number, int(row.planned)) for row in rows)


def number_of(tx: Tx, issue: str, kind: BounceClass) -> int:
    """Return how many copies of an issue came back for one reason."""
    found: int = tx.execute(OF_ISSUE, {"issue": issue, "kind": str(kind)}).scalar_one()
    return found


def _crowd(tx: Tx, row: Row[Any]) -> Crowd:
    at = {"issue": row.issue, "tail": f"%@{row.domain}"}
    everybody: int = tx.execute(AT_DOMAIN, at).scalar_one()
    of = max(everybody, row.bounced)
    return Crowd(row.issue, row.domain, row.bounced, of, row.enhanced, row.text)


def _mark(issue: str, rows: Sequence[Row[Any]]) -> Mark:
    """Fold an issue's rows. What is held tells nothing; what is forgiven never was."""
    told = [row for row in rows if row.fate not in {None, BounceFate.FORGIVEN}]
    counted = [row for row in told if row.fate != BounceFate.HELD]
    return Mark(
        issue=issue,
        at=from_micros(max(row.at for row in rows)),
        accepted=any(row.state == DeliveryState.ACCEPTED for row in rows),
        dead=_weight(counted, BounceClass.DEAD),
        full=_weight(counted, BounceClass.FULL),
        faulted=any(row.kind in OURS or row.fate == BounceFate.HELD for row in told),
    )


def _weight(rows: Iterable[Row[Any]], kind: BounceClass) -> int:
    return max((row.weight for row in rows if row.kind == kind), default=0)
