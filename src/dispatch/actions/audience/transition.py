"""Move a subscription on: the table of `subscribe.lifecycle`, applied to the store."""

from datetime import datetime
from typing import Any

from dispatch.model import Subscription
from dispatch.store import issues, newsletters, subscriptions
from dispatch.store.transaction import Tx
from dispatch.subscribe import lifecycle
from dispatch.subscribe.lifecycle import Event


def apply(
    tx: Tx,
    subscription: Subscription,
    event: Event,
    *,
    now: datetime,
    detail: str = "",
    **values: Any,
) -> bool:
    """Let `event` happen; return whether it applied and nobody else came first.

    `values` are further columns of the subscription to set with it.
    """
    to = lifecycle.after(subscription.state, event)
    return to is not None and subscriptions.change(
        tx, subscription, to, event, now=now, detail=detail, **values
    )


def begin(
    tx: Tx,
    subscriber: int,
    newsletter: str,
    event: Event,
    *,
    now: datetime,
    **values: Any,
) -> int | None:
    """Make a subscription by `event`; return its id, or None when there is one.

    It starts where the newsletter stands: what was in an issue already is not sent
    again. `values` are those of `subscriptions.add`.
    """
    if "covered_to" not in values:
        values |= up_to_date(tx, newsletter)
    return subscriptions.add(
        tx,
        subscriber,
        newsletter,
        lifecycle.TABLE[None, event],
        event,
        now=now,
        **values,
    )


def up_to_date(tx: Tx, newsletter: str) -> dict[str, Any]:
    """Return the marks of a reader who had the newest planned issue of a newsletter."""
    state = newsletters.state(tx, newsletter)
    return {
        "covered_to": state.mark if state else 0,
        "covered_at": issues.newest_planned(tx, newsletter),
    }


def caught_up(tx: Tx, tie: Subscription) -> dict[str, Any]:
    """Return the marks of somebody who is back: what they missed is not sent."""
    marks = up_to_date(tx, tie.newsletter)
    return marks | {"covered_to": max(tie.covered_to, marks["covered_to"])}
