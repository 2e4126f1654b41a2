"""How fast an issue goes: counted from its newest tries, whoever made them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

NEWEST = 2_000  # tries that are looked at, of whatever mailing
LATELY = timedelta(minutes=1)

RECENT = text("""
SELECT count(*) AS number, min(a.at) AS first, max(a.at) AS last
  FROM attempt a
  JOIN delivery d ON d.id = a.delivery
  JOIN mailing m ON m.id = d.mailing
 WHERE a.id > (SELECT COALESCE(max(id), 0) FROM attempt) - :newest AND a.at > :since
   AND m.issue = :issue AND m.kind = 'issue'
""")


@dataclass(frozen=True, slots=True)
class Speed:
    """Tries of the last minute: how many a second, and when the newest was."""

    per_second: float = 0.0
    newest_at: datetime | None = None


def speed(tx: Tx, issue: str) -> Speed:
    """Return how fast an issue has been going in the last minute."""
    now = tx.now()
    values = {"issue": issue, "newest": NEWEST, "since": to_micros(now - LATELY)}
    row = tx.execute(RECENT, values).one()
    if not row.number:
        return Speed()
    took = (now - from_micros(row.first)).total_seconds()
    return Speed(row.number / took if took > 0 else 0.0, from_micros(row.last))
