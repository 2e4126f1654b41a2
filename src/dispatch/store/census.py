"""What the store holds, counted: for /metrics and for whoever wants the whole picture.

Every function counts in SQL and returns plain numbers. Called in one transaction,
their numbers belong together.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from dispatch.model import (
    DeliveryState,
    IssueState,
    MailingKind,
    SlotOutcome,
    SubscriptionState,
)
from dispatch.store import schema
from dispatch.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Books:
    """Deliveries of every mailing, and how many there should be."""

    planned: int
    deliveries: dict[tuple[MailingKind, DeliveryState], int]

    @property
    def gap(self) -> int:
        """Must be 0: recipients planned minus recipients in any state."""
        return self.planned - sum(self.deliveries.values())

    @property
    def unknown(self) -> int:
        """Deliveries that may or may not have arrived and wait for a decision."""
        return sum(
            count
            for (_, state), count in self.deliveries.items()
            if state is DeliveryState.UNKNOWN
        )


def books(tx: Tx) -> Books:
    """Count deliveries by kind and state. Reads an index over all of them."""
    mailing, delivery = schema.mailing, schema.delivery
    rows = tx.execute(
        select(mailing.c.kind, delivery.c.state, func.count().label("number"))
        .join_from(mailing, delivery, delivery.c.mailing == mailing.c.id)
        .group_by(mailing.c.kind, delivery.c.state)
    )
    counted = {
        (MailingKind(row.kind), DeliveryState(row.state)): row.number for row in rows
    }
    planned = tx.execute(select(func.coalesce(func.sum(mailing.c.planned), 0)))
    return Books(int(planned.scalar_one()), counted)


def oldest_due(tx: Tx) -> datetime | None:
    """Return since when the delivery that waits longest may be tried."""
    delivery = schema.delivery
    waiting = delivery.c.state.in_([DeliveryState.PENDING, DeliveryState.DEFERRED])
    found: datetime | None = tx.execute(
        select(func.min(delivery.c.not_before)).where(waiting)
    ).scalar_one()
    return found


def issues(tx: Tx) -> dict[tuple[str, IssueState], int]:
    """Count issues by newsletter and state."""
    issue = schema.issue
    rows = tx.execute(
        select(
            issue.c.newsletter, issue.c.state, func.count().label("number")
        ).group_by(issue.c.newsletter, issue.c.state)
    )
    return {(row.newsletter, IssueState(row.state)): row.number for row in rows}


def slots(tx: Tx) -> dict[tuple[str, SlotOutcome], int]:
    """Count settled slots by newsletter and what became of them."""
    slot = schema.slot
    rows = tx.execute(
        select(
            slot.c.newsletter, slot.c.outcome, func.count().label("number")
        ).group_by(slot.c.newsletter, slot.c.outcome)
    )
    return {(row.newsletter, SlotOutcome(row.outcome)): row.number for row in rows}


def subscriptions(tx: Tx) -> dict[tuple[str, SubscriptionState], int]:
    """Count subscriptions by newsletter and state."""
    subscription = schema.subscription
    rows = tx.execute(
        select(
            subscription.c.newsletter,
            subscription.c.state,
            func.count().label("number"),
        ).group_by(subscription.c.newsletter, subscription.c.state)
    )
    return {(row.newsletter, SubscriptionState(row.state)): row.number for row in rows}


def new_by_source(tx: Tx, *, since: datetime) -> dict[str, int]:
    """Count the articles that came in since a moment, by the source that counts."""
    article = schema.article
    rows = tx.execute(
        select(article.c.source, func.count().label("number"))
        .where(article.c.first_seen_at >= since, article.c.merged_into.is_(None))
        .group_by(article.c.source)
    )
    return {row.source: row.number for row in rows}
