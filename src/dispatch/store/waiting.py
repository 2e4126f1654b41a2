"""What waits to be sent, by whose mail it is: for the status and its estimate."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros

WAITING = text("""
SELECT m.newsletter, m.sender, COALESCE(m.issue, '') AS issue, count(*) AS number,
       max(m.expires_at) AS expires_at,
       min(d.not_before) AS first_at, max(d.not_before) AS last_at
  FROM delivery d JOIN mailing m ON m.id = d.mailing
  LEFT JOIN issue i ON i.id = m.issue
 WHERE d.state IN ('pending', 'deferred')
   AND (m.kind <> 'issue' OR i.state = 'sending')
 GROUP BY m.newsletter, m.sender, m.issue
 ORDER BY m.newsletter, m.sender, issue
""")


@dataclass(frozen=True, slots=True)
class Heap:
    """The waiting mail of one issue, or of single mails from one sender."""

    newsletter: str
    sender: str
    issue: str
    waiting: int
    expires_at: datetime | None
    first_at: datetime  # before this none of it may be tried
    last_at: datetime  # before this not all of it may


def heaps(tx: Tx) -> tuple[Heap, ...]:
    """Return what waits and may go, but for rates. Reads the index of open rows."""
    return tuple(
        Heap(
            row.newsletter,
            row.sender,
            row.issue,
            row.number,
            None if row.expires_at is None else from_micros(row.expires_at),
            from_micros(row.first_at),
            from_micros(row.last_at),
        )
        for row in tx.execute(WAITING)
    )
