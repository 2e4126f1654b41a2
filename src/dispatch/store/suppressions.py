"""Addresses that get no mail, kept as keyed hashes.

A suppression belongs to the address, not to a newsletter; it outlives the
subscriber's erasure and is what keeps an import from bringing anybody back.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, text

from dispatch.model import SuppressionReason
from dispatch.store.schema import suppression
from dispatch.store.transaction import Tx
from dispatch.store.types import Words, to_micros

# A stronger reason replaces a weaker one, never the other way round: whoever
# complained is not let back in because an import says they only unsubscribed.
STRENGTH = (
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.ERASED,
    SuppressionReason.BOUNCED,
    SuppressionReason.MANUAL,
    SuppressionReason.COMPLAINT,
)
ADD = text("""
INSERT INTO suppression (mailbox_hash, reason, at, detail)
VALUES (:hash, :reason, :at, :detail)
ON CONFLICT (mailbox_hash) DO UPDATE
   SET reason = excluded.reason, at = excluded.at, detail = excluded.detail
 WHERE suppression.reason IN :weaker
""").bindparams(bindparam("weaker", type_=Words, expanding=True))


def stronger(one: SuppressionReason, other: SuppressionReason) -> bool:
    """Whether `one` would replace `other`."""
    return STRENGTH.index(one) > STRENGTH.index(other)


def add(
    tx: Tx,
    mailbox_hash: str,
    reason: SuppressionReason,
    *,
    now: datetime,
    detail: str = "",
) -> bool:
    """Suppress an address; return whether that is news.

    An address that is suppressed for the same or a stronger reason stays as it is.
    """
    result = tx.execute(
        ADD,
        {
            "hash": mailbox_hash,
            "reason": str(reason),
            "at": to_micros(now),
            "detail": detail,
            "weaker": [str(word) for word in STRENGTH[: STRENGTH.index(reason)]],
        },
    )
    return result.rowcount > 0


def reason(tx: Tx, mailbox_hash: str) -> SuppressionReason | None:
    """Return why an address is suppressed, or None when it is not."""
    return reasons(tx, [mailbox_hash]).get(mailbox_hash)


def reasons(tx: Tx, hashes: Collection[str]) -> dict[str, SuppressionReason]:
    """Return why, for each of `hashes` that is suppressed. At most 500 at a time."""
    rows = tx.execute(
        select(suppression.c.mailbox_hash, suppression.c.reason).where(
            suppression.c.mailbox_hash.in_(list(hashes))
        )
    )
    return {row.mailbox_hash: SuppressionReason(row.reason) for row in rows}


def is_suppressed(tx: Tx, mailbox_hash: str) -> bool:
    """Return whether an address gets no mail."""
    return reason(tx, mailbox_hash) is not None


def lift(
    tx: Tx,
    mailbox_hash: str,
    reasons: Collection[SuppressionReason] = tuple(SuppressionReason),
) -> bool:
    """Take a suppression back if it is for one of `reasons`; return whether it was."""
    result = tx.execute(
        delete(suppression).where(
            suppression.c.mailbox_hash == mailbox_hash,
            suppression.c.reason.in_([str(word) for word in reasons]),
        )
    )
    return result.rowcount > 0


def count(tx: Tx) -> int:
    """Return how many addresses are suppressed."""
    query = select(func.count()).select_from(suppression)
    found: int = tx.execute(query).scalar_one()
    return found
