"""How a relay fares: after a failure it is left alone for a while, longer each time.

The same for a domain that refuses us through it. Kept in the database, so that a
restart does not knock again at once: a relay that refuses a login may lock the account
when it is asked in a loop. Names are those of config.toml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from dispatch.store.transaction import Tx, hot
from dispatch.store.types import from_micros, to_micros

PAUSES = tuple(timedelta(seconds=s) for s in (15, 30, 60, 120, 300, 600, 900))
DOMAIN_PAUSES = tuple(timedelta(minutes=m) for m in (15, 30, 60, 120))
DOWN = 2  # failures in a row, and a stand-in takes over
THOUSAND = 1000

ENSURE = hot("""
INSERT INTO relay_state (relay, domain) VALUES (:relay, :domain)
ON CONFLICT (relay, domain) DO NOTHING
""")
SELECT = """
SELECT relay, domain, rest_until, why, failures, since, ceiling, ceiling_was,
       ceiling_at, latency
  FROM relay_state WHERE relay = :relay AND {which}
"""
LOCK = {
    "sqlite": hot(SELECT.format(which="domain = ''")),
    "postgresql": hot(SELECT.format(which="domain = '' FOR UPDATE")),
}
ONE = hot(SELECT.format(which="domain = :domain"))
TROUBLED = hot(SELECT.format(which="domain <> '' AND (failures > 0 OR ceiling > 0)"))
DOWN_NOW = hot("""
SELECT relay FROM relay_state
 WHERE domain = '' AND failures >= :failures AND rest_until > :now
""")
FAILED = text("""
UPDATE relay_state SET rest_until = :until, why = :why, failures = :failures,
       since = COALESCE(since, :now)
 WHERE relay = :relay AND domain = :domain
""")
WORKS = text("""
UPDATE relay_state SET rest_until = NULL, why = '', failures = 0, since = NULL
 WHERE relay = :relay AND domain = :domain AND failures > 0
""")
SLOW = text("""
UPDATE relay_state SET ceiling = :ceiling, ceiling_was = :was, ceiling_at = :now
 WHERE relay = :relay AND domain = :domain
""")
MEASURED = text("""
UPDATE relay_state SET latency = :latency WHERE relay = :relay AND domain = ''
""")


@dataclass(frozen=True, slots=True)
class Rest:
    """A relay, or a domain behind it, is left alone until then, and why."""

    until: datetime
    why: str
    failures: int
    since: datetime  # of the first failure in a row


@dataclass(frozen=True, slots=True)
class RelayState:
    """What is known of a relay, or of one domain (`domain`) behind it."""

    relay: str
    domain: str = ""
    rest: Rest | None = None  # the newest failure, unless it worked since
    ceiling: float = 0.0  # messages a second, when it was last too fast; 0 is none
    ceiling_was: float = 0.0  # the speed that was too fast
    ceiling_at: datetime | None = None
    latency: float = 0.0  # seconds that a message takes one connection, lately

    def resting(self, now: datetime) -> bool:
        """Whether nothing is tried at this moment."""
        return self.rest is not None and self.rest.until > now


def state(tx: Tx, relay: str, domain: str = "") -> RelayState:
    """Return what is known of a relay or of a domain behind it."""
    row = tx.run(ONE, {"relay": relay, "domain": domain}).one_or_none()
    return RelayState(relay, domain) if row is None else _state(row)


def lock(tx: Tx, relay: str) -> RelayState:
    """Return a relay's state; nobody else takes of its rates until this ends."""
    values = {"relay": relay}
    row = tx.run(LOCK[tx.dialect], values).one_or_none()
    if row is None:
        tx.run(ENSURE, {"relay": relay, "domain": ""})
        row = tx.run(LOCK[tx.dialect], values).one()
    return _state(row)


def troubled(tx: Tx, relay: str) -> Mapping[str, RelayState]:
    """Return the domains that `relay` is careful with."""
    rows = tx.run(TROUBLED, {"relay": relay}).all()
    return {found.domain: found for found in map(_state, rows)}


def down(tx: Tx) -> frozenset[str]:
    """Return the relays whose mail their stand-ins take now."""
    values = {"failures": DOWN, "now": to_micros(tx.now())}
    return frozenset(tx.run(DOWN_NOW, values).scalars())


def resting(tx: Tx, relay: str) -> Rest | None:
    """Return the rest that `relay` still has, or None."""
    rest = state(tx, relay).rest
    return rest if rest and rest.until > tx.now() else None


def failing(tx: Tx, relay: str, *, within: timedelta) -> Rest | None:
    """Return the last failure of `relay` unless it worked since, or long ago.

    It outlasts the rest by `within`, so that a new try does not look like a cure.
    """
    rest = state(tx, relay).rest
    return rest if rest and rest.until + within > tx.now() else None


def failed(tx: Tx, relay: str, why: str, *, domain: str = "") -> Rest:
    """Note a failure of the relay itself, or that a domain refuses us through it.

    Returns how long to leave it alone.
    """
    tx.run(ENSURE, {"relay": relay, "domain": domain})
    last = state(tx, relay, domain).rest
    failures = last.failures + 1 if last else 1
    pauses = DOMAIN_PAUSES if domain else PAUSES
    now = tx.now()
    until = now + pauses[min(failures, len(pauses)) - 1]
    values = {"until": to_micros(until), "why": why, "failures": failures}
    mine = {"relay": relay, "domain": domain, "now": to_micros(now)}
    tx.execute(FAILED, values | mine)
    return Rest(until, why, failures, last.since if last else now)


def works(tx: Tx, relay: str, *, domain: str = "") -> None:
    """Note that a message was taken: the failures are forgotten."""
    tx.execute(WORKS, {"relay": relay, "domain": domain})


def slow(tx: Tx, relay: str, *, domain: str = "", ceiling: float, was: float) -> None:
    """Note that `was` messages a second were too many, and how many may go now."""
    tx.run(ENSURE, {"relay": relay, "domain": domain})
    values = {
        "relay": relay,
        "domain": domain,
        "ceiling": max(1, round(ceiling * THOUSAND)),
        "was": round(was * THOUSAND),
        "now": to_micros(tx.now()),
    }
    tx.execute(SLOW, values)


def measured(tx: Tx, relay: str, latency: float) -> None:
    """Note how many seconds a message took a connection, lately."""
    tx.run(ENSURE, {"relay": relay, "domain": ""})
    micros = max(1, round(latency * 1_000_000))
    tx.execute(MEASURED, {"relay": relay, "latency": micros})


def _state(row: Any) -> RelayState:
    (relay, domain, until, why, failures, since, ceiling, was, at, latency) = row
    rest = None
    if failures:
        rest = Rest(from_micros(until), why, failures, from_micros(since))
    return RelayState(
        relay=relay,
        domain=domain,
        rest=rest,
        ceiling=ceiling / THOUSAND,
        ceiling_was=was / THOUSAND,
        ceiling_at=None if at is None else from_micros(at),
        latency=latency / 1_000_000,
    )
