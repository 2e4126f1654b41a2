"""How a relay fares: after a failure it is left alone for a while, longer each time.

Kept in the database, so that a restart does not knock again at once: a relay that
refuses a login may lock the account when it is asked in a loop.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

PAUSES = tuple(timedelta(seconds=s) for s in (15, 30, 60, 120, 300, 600, 900))

GET = text("SELECT value FROM meta WHERE key = :key")
PUT = text("""
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")
FORGET = text("DELETE FROM meta WHERE key = :key")


@dataclass(frozen=True, slots=True)
class Rest:
    """A relay is left alone until then, and why."""

    until: datetime
    why: str
    failures: int


def resting(tx: Tx, relay: str) -> Rest | None:
    """Return the rest that `relay` still has, or None."""
    rest = _last(tx, relay)
    return rest if rest and rest.until > tx.now() else None


def failing(tx: Tx, relay: str, *, within: timedelta) -> Rest | None:
    """Return the last failure of `relay` unless it worked since, or long ago.

    It outlasts the rest by `within`, so that a new try does not look like a cure.
    """
    rest = _last(tx, relay)
    return rest if rest and rest.until + within > tx.now() else None


def failed(tx: Tx, relay: str, why: str) -> Rest:
    """Note a failure of the relay itself; return how long to leave it alone."""
    last = _last(tx, relay)
    failures = last.failures + 1 if last else 1
    until = tx.now() + PAUSES[min(failures, len(PAUSES)) - 1]
    kept = {"until": to_micros(until), "why": why, "failures": failures}
    tx.execute(PUT, {"key": _key(relay), "value": json.dumps(kept, sort_keys=True)})
    return Rest(until, why, failures)


def works(tx: Tx, relay: str) -> None:
    """Note that the relay took a message: its failures are forgotten."""
    tx.execute(FORGET, {"key": _key(relay)})


def _last(tx: Tx, relay: str) -> Rest | None:
    value = tx.execute(GET, {"key": _key(relay)}).scalar_one_or_none()
    if value is None:
        return None
    kept = json.loads(value)
    return Rest(from_micros(kept["until"]), kept["why"], kept["failures"])


def _key(relay: str) -> str:
    return f"relay:{relay}"
