"""When a newsletter's stories came, and from where: what floods are measured by."""

from datetime import datetime

from sqlalchemy import func, select

from dispatch.model import Arrival, Issue
from dispatch.store import schema
from dispatch.store.transaction import Tx

ARTICLE, ENTRY, ISSUE = schema.article, schema.entry, schema.issue
MOST = 20_000  # the newest; more say nothing new


def covered_to(tx: Tx, issue: Issue) -> datetime | None:
    """Return the slot of the issue before that left; None when this is the first."""
    query = select(func.max(ISSUE.c.slot)).where(
        ISSUE.c.newsletter == issue.newsletter,
        ISSUE.c.slot < issue.slot,
        ISSUE.c.planned.is_not(None),
    )
    found: datetime | None = tx.execute(query).scalar_one()
    return found


def before(
    tx: Tx, newsletter: str, upto: int, *, since: datetime
) -> tuple[Arrival, ...]:
    """Return when the stories with places up to `upto` came, from `since` on."""
    query = (
        select(ARTICLE.c.source, ARTICLE.c.first_seen_at, ARTICLE.c.published_at)
        .join(ENTRY, ENTRY.c.article == ARTICLE.c.id)
        .where(
            ENTRY.c.newsletter == newsletter,
            ENTRY.c.position <= upto,
            ARTICLE.c.first_seen_at > since,
        )
        .order_by(ENTRY.c.position.desc())
        .limit(MOST)
    )
    return tuple(
        Arrival(row.source, row.first_seen_at, row.published_at)
        for row in tx.execute(query)
    )
