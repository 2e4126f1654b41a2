"""Servers that asked to be left alone, and since when our own network is down.

Both outlast the process: a restart is no reason to ask again at once.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text

from dispatch.store.schema import host
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

OUTAGE = "outage"  # its value: since when nothing can be reached

GET = text("SELECT value FROM meta WHERE key = :key")
PUT = text("""
INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING
""")
DROP = text("DELETE FROM meta WHERE key = :key")
CLOSE = text("""
INSERT INTO host (name, not_before, why, strikes)
VALUES (:name, :not_before, :why, 1)
ON CONFLICT (name) DO UPDATE SET not_before = excluded.not_before,
    why = excluded.why, strikes = host.strikes + 1
""")


@dataclass(frozen=True, slots=True)
class Closed:
    """A server that asked to be left alone, `strikes` times in a row."""

    name: str
    not_before: datetime
    why: str
    strikes: int


def closed(tx: Tx) -> dict[str, Closed]:
    """Return every server whose last word was to be left alone, also if it is over."""
    return {
        row.name: Closed(row.name, row.not_before, row.why, row.strikes)
        for row in tx.execute(select(host))
    }


def close(tx: Tx, name: str, *, until: datetime, why: str) -> None:
    """Leave a server alone until then."""
    tx.execute(CLOSE, {"name": name, "not_before": to_micros(until), "why": why})


def reopen(tx: Tx, name: str) -> None:
    """Forget that a server asked to be left alone: it answers well again."""
    tx.execute(delete(host).where(host.c.name == name))


def outage(tx: Tx) -> datetime | None:
    """Return since when nothing can be reached; None when that is not so."""
    value = tx.execute(GET, {"key": OUTAGE}).scalar_one_or_none()
    return from_micros(int(value)) if value else None


def outage_began(tx: Tx, *, now: datetime) -> None:
    """Note that nothing can be reached. The first moment stays."""
    tx.execute(PUT, {"key": OUTAGE, "value": str(to_micros(now))})


def outage_ended(tx: Tx) -> None:
    """Note that the network carries again."""
    tx.execute(DROP, {"key": OUTAGE})
