"""What became of single deliveries: every try of some, and all of an issue."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, text

from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros

PAGE = 500

ATTEMPTS = text("""
SELECT delivery, at, relay, phase, code, enhanced, reply FROM attempt
 WHERE delivery IN :ids ORDER BY id
""").bindparams(bindparam("ids", expanding=True))
OF_ISSUE = text("""
SELECT d.id, d.recipient, m.kind, d.state, d.reason, d.tries, d.resends, d.code,
       d.enhanced, d.reply, d.created_at, d.dot_at, d.settled_at
  FROM delivery d JOIN mailing m ON m.id = d.mailing
 WHERE m.issue = :issue AND d.mailing = :mailing AND d.id > :after
 ORDER BY d.id LIMIT :most
""")
MAILINGS = text("SELECT id FROM mailing WHERE issue = :issue ORDER BY id")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that reached a server, or failed to. Code 0: it said nothing."""

    at: datetime
    relay: str
    phase: str
    code: int
    enhanced: str
    reply: str


@dataclass(frozen=True, slots=True)
class Fate:
    """One delivery of an issue, or of its correction, as the books have it."""

    delivery: int
    recipient: str
    kind: str
    state: str
    reason: str
    tries: int
    resends: int
    code: int
    enhanced: str
    reply: str
    created_at: datetime
    dot_at: datetime | None
    settled_at: datetime | None


def attempts(tx: Tx, deliveries: Collection[int]) -> dict[int, tuple[Attempt, ...]]:
    """Return every try of these deliveries, oldest first."""
    found: dict[int, list[Attempt]] = {}
    if deliveries:
        for row in tx.execute(ATTEMPTS, {"ids": list(deliveries)}):
            found.setdefault(row.delivery, []).append(_attempt(row))
    return {delivery: tuple(tries) for delivery, tries in found.items()}


def of_issue(tx: Tx, issue: str) -> Iterator[Fate]:
    """Yield every delivery of an issue and of its corrections, page by page."""
    for mailing in tx.execute(MAILINGS, {"issue": issue}).scalars().all():
        mine = {"issue": issue, "mailing": mailing, "most": PAGE}
        after = 0
        while page := tx.execute(OF_ISSUE, {**mine, "after": after}).all():
            yield from map(_fate, page)
            after = page[-1].id


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        at=from_micros(row.at),
        relay=row.relay,
        phase=row.phase,
        code=row.code,
        enhanced=row.enhanced,
        reply=row.reply,
    )


def _fate(row: Row[Any]) -> Fate:
    return Fate(
        delivery=row.id,
        recipient=row.recipient,
        kind=row.kind,
        state=row.state,
        reason=row.reason,
        tries=row.tries,
        resends=row.resends,
        code=row.code,
        enhanced=row.enhanced,
        reply=row.reply,
        created_at=from_micros(row.created_at),
        dot_at=_moment(row.dot_at),
        settled_at=_moment(row.settled_at),
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
