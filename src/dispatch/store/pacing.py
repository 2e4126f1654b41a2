"""What of a relay's rates is used: buckets, and messages counted by the minute.

It outlives restarts, and on PostgreSQL several workers share it; whoever takes has
locked the relay (`relays.lock`) in the same transaction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text

from dispatch.store.transaction import Tx, hot
from dispatch.store.types import from_micros, to_micros

KEPT = 1500  # minutes: a day and an hour to spare

OF_RELAY = hot("""
SELECT rate, full_at FROM relay_pace WHERE relay = :relay AND domain = ''
""")
OF_DOMAINS = text("""
SELECT domain, full_at, queued_until FROM relay_pace
 WHERE relay = :relay AND rate = '' AND domain IN :domains
""").bindparams(bindparam("domains", expanding=True))
SET = hot("""
INSERT INTO relay_pace (relay, domain, rate, full_at, queued_until)
VALUES (:relay, :domain, :rate, :full_at, :queued_until)
ON CONFLICT (relay, domain, rate)
DO UPDATE SET full_at = excluded.full_at, queued_until = excluded.queued_until
""")
USED = hot("""
SELECT minute, messages FROM relay_use WHERE relay = :relay AND minute >= :since
""")
USE = hot("""
INSERT INTO relay_use (relay, minute, messages) VALUES (:relay, :minute, :count)
ON CONFLICT (relay, minute)
DO UPDATE SET messages = relay_use.messages + excluded.messages
""")
FORGET_USE = text("DELETE FROM relay_use WHERE minute < :before")
FORGET_PACE = text("""
DELETE FROM relay_pace
 WHERE full_at < :before AND (queued_until IS NULL OR queued_until < :before)
""")
QUEUES = text("""
SELECT domain, queued_until FROM relay_pace
 WHERE relay = :relay AND queued_until > :now ORDER BY queued_until DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Queue:
    """The bucket of one domain, and the last appointment that was given."""

    full_at: datetime | None = None
    queued_until: datetime | None = None


def of_relay(tx: Tx, relay: str) -> Mapping[str, datetime]:
    """Return when each of the relay's own buckets is full again, by rate."""
    rows = tx.run(OF_RELAY, {"relay": relay}).all()
    return {row.rate: from_micros(row.full_at) for row in rows}


def of_domains(tx: Tx, relay: str, domains: Collection[str]) -> Mapping[str, Queue]:
    """Return the buckets of domains, where there are any."""
    rows = tx.execute(OF_DOMAINS, {"relay": relay, "domains": list(domains)})
    return {
        row.domain: Queue(from_micros(row.full_at), _moment(row.queued_until))
        for row in rows
    }


def fill(
    tx: Tx,
    relay: str,
    *,
    rate: str = "",
    domain: str = "",
    full_at: datetime,
    queued_until: datetime | None = None,
) -> None:
    """Write down when a bucket is full again, and the last appointment."""
    values = {
        "relay": relay,
        "domain": domain,
        "rate": rate,
        "full_at": to_micros(full_at),
        "queued_until": None if queued_until is None else to_micros(queued_until),
    }
    tx.run(SET, values)


def used(tx: Tx, relay: str, *, since: int) -> Mapping[int, int]:
    """Return how many messages were taken in each minute from `since` on."""
    rows = tx.run(USED, {"relay": relay, "since": since}).all()
    return {row.minute: row.messages for row in rows}


def use(tx: Tx, relay: str, minute: int, count: int) -> None:
    """Count messages that may go; a negative number gives some back."""
    tx.run(USE, {"relay": relay, "minute": minute, "count": count})


def queues(tx: Tx, relay: str, *, most: int = 3) -> tuple[tuple[str, datetime], ...]:
    """Return the domains with the longest queues, and until when they last."""
    values = {"relay": relay, "now": to_micros(tx.now()), "most": most}
    rows = tx.execute(QUEUES, values)
    return tuple((row.domain, from_micros(row.queued_until)) for row in rows)


def forget_old(tx: Tx) -> None:
    """Forget what no rate looks back to any more."""
    now = tx.now()
    tx.execute(FORGET_USE, {"before": int(now.timestamp()) // 60 - KEPT})
    tx.execute(FORGET_PACE, {"before": to_micros(now - timedelta(days=1))})


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
