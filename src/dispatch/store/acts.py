"""What editors did to an article, and why: append only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from dispatch.store import schema
from dispatch.store.transaction import Tx

ACT = schema.act


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done to an article: `withdrawn`, `headline edited`."""

    article: int
    act: str
    by: str
    reason: str
    at: datetime


def record(
    tx: Tx, article: int, act: str, *, by: str, reason: str, now: datetime
) -> None:
    """Note what was done to an article, by whom and why."""
    values = {"article": article, "act": act, "who": by, "reason": reason, "at": now}
    tx.execute(insert(ACT).values(values))


def of(tx: Tx, article: int) -> tuple[Act, ...]:
    """Return what was done to an article, oldest first."""
    query = select(ACT).where(ACT.c.article == article).order_by(ACT.c.id)
    return tuple(
        Act(row.article, row.act, row.who, row.reason, row.at)
        for row in tx.execute(query)
    )
