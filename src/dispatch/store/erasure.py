"""Forgetting a person without losing the books.

The rows stay, so that every delivery is still accounted for; what names or could
name the person goes: address, name, hash, IP addresses, and what mail servers said,
because they like to repeat the address.
"""

from datetime import datetime

from sqlalchemy import Text, cast, func, literal, select, update

from dispatch.model import DeliveryState
from dispatch.store import bounces
from dispatch.store.schema import (
    attempt,
    delivery,
    private_feed,
    subscriber as people,
    subscription as ties,
    subscription_event as events,
)
from dispatch.store.transaction import Tx

WAITING = (DeliveryState.PENDING, DeliveryState.DEFERRED)
ERASED = "erased:"  # and a number, where a column must stay unique


def erase(tx: Tx, subscriber: int, *, now: datetime) -> None:
    """Forget the person behind `subscriber`; mail that waits for them is skipped.

    The caller ends their subscriptions and adds the suppression, in the same unit.
    """
    own = select(ties.c.id).where(ties.c.subscriber == subscriber).scalar_subquery()
    sent = select(delivery.c.id).where(delivery.c.subscription.in_(own))
    tx.execute(
        update(attempt)
        .where(attempt.c.delivery.in_(sent.scalar_subquery()))
        .values(reply="")
    )
    tx.execute(
        update(delivery)
        .where(delivery.c.subscription.in_(own), delivery.c.state.in_(WAITING))
        .values(state=DeliveryState.SKIPPED, reason="erased", settled_at=now)
    )
    tx.execute(
        update(delivery)
        .where(delivery.c.subscription.in_(own))
        .values(
            recipient=literal(ERASED) + cast(delivery.c.id, Text),
            mailbox_hash="",
            reply="",
        )
    )
    bounces.forget(tx, subscriber)
    tx.execute(update(events).where(events.c.subscription.in_(own)).values(detail=""))
    tx.execute(
        update(ties).where(ties.c.id.in_(own)).values(consent_ip="", consent_text="")
    )
    tx.execute(
        update(private_feed)
        .where(private_feed.c.subscription.in_(own))
        .values(
            name="",
            revoked_at=func.coalesce(
                private_feed.c.revoked_at, literal(now, private_feed.c.revoked_at.type)
            ),
        )
    )
    tx.execute(
        update(people)
        .where(people.c.id == subscriber)
        .values(mailbox=f"{ERASED}{subscriber}", address="", mailbox_hash="", name="")
    )
