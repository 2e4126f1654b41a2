"""Which finished issues the operator's heartbeat has heard of."""

from datetime import datetime

from sqlalchemy import select, text

from dispatch.model import IssueState
from dispatch.store.schema import issue
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

KEY = "heartbeat"  # its value: up to which end of an issue it was pinged

GET = text("SELECT value FROM meta WHERE key = :key")
PUT = text("""
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")


def finished(tx: Tx) -> dict[str, datetime]:
    """Return the issues that are done and were not pinged for: when, oldest first."""
    value = tx.execute(GET, {"key": KEY}).scalar_one_or_none()
    query = select(issue.c.id, issue.c.changed_at).where(
        issue.c.state == IssueState.DONE,
        issue.c.changed_at > from_micros(int(value or 0)),
    )
    rows = tx.execute(query.order_by(issue.c.changed_at, issue.c.id))
    return {row.id: row.changed_at for row in rows}


def pinged(tx: Tx, upto: datetime) -> None:
    """Remember that the heartbeat knows of every issue done until then."""
    tx.execute(PUT, {"key": KEY, "value": str(to_micros(upto))})
