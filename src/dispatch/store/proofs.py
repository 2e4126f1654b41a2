"""Proofs at rest: which editor was shown which revision of an issue, and when.

A row is made before its first mail: the link in it names the row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select, text, update

from dispatch.model import DeliveryState
from dispatch.store.schema import delivery, mailing, proof
from dispatch.store.transaction import Tx

ADD = text("""
INSERT INTO proof (issue, editor) VALUES (:issue, :editor)
ON CONFLICT (issue, editor) DO NOTHING
""")
ARRIVED = (
    DeliveryState.ACCEPTED,
    DeliveryState.DOT,
    DeliveryState.UNKNOWN,
    DeliveryState.CLOSED,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What an editor was sent of an issue. `revision` is the last one, 0 for none."""

    id: int
    issue: str
    editor: str
    revision: int = 0
    sent: int = 0
    sent_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def key(self) -> str:
        """What the next mail of it is known by, so that it is queued once."""
        return _key(self.id, self.sent + 1)


def ensure(tx: Tx, issue: str, editor: str) -> Proof:
    """Return the proof of an issue for an editor, making it when missing."""
    tx.execute(ADD, {"issue": issue, "editor": editor})
    mine = (proof.c.issue == issue) & (proof.c.editor == editor)
    return _proof(tx.execute(select(proof).where(mine)).one())


def of_issue(tx: Tx, issue: str) -> dict[str, Proof]:
    """Return the proofs of an issue by their editors."""
    rows = tx.execute(select(proof).where(proof.c.issue == issue))
    return {one.editor: one for one in map(_proof, rows)}


def by_id(tx: Tx, number: int) -> Proof | None:
    """Return one proof, or None."""
    row = tx.execute(select(proof).where(proof.c.id == number)).one_or_none()
    return None if row is None else _proof(row)


def sent(tx: Tx, one: Proof, revision: int, *, reminder: bool, now: datetime) -> None:
    """Note that the next mail of a proof was queued."""
    values: dict[str, Any] = {
        "revision": revision,
        "sent": proof.c.sent + 1,
        "sent_at": now,
    }
    if reminder:
        values["reminded_at"] = now
    tx.execute(update(proof).where(proof.c.id == one.id).values(values))


def reached(tx: Tx, issue: str) -> bool:
    """Whether any proof of an issue was handed to the relay, or may have been."""
    keys = [
        _key(one.id, number + 1)
        for one in of_issue(tx, issue).values()
        for number in range(one.sent)
    ]
    there = (
        select(delivery.c.id)
        .join(mailing, mailing.c.id == delivery.c.mailing)
        .where(mailing.c.dedupe_key.in_(keys), delivery.c.state.in_(ARRIVED))
    )
    return bool(keys) and bool(tx.execute(select(exists(there))).scalar_one())


def _key(number: int, count: int) -> str:
    return f"proof:{number}:{count}"


def _proof(row: Row[Any]) -> Proof:
    return Proof(
        id=row.id,
        issue=row.issue,
        editor=row.editor,
        revision=row.revision,
        sent=row.sent,
        sent_at=row.sent_at,
        reminded_at=row.reminded_at,
    )
