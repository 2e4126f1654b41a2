"""When a reader's next mail can come, and in which words to say it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.actions.audience import subscriber_report
from dispatch.compose import cadence
from dispatch.model import (
    Cadence,
    NewsletterSettings,
    Subscription,
    SubscriptionState,
)
from dispatch.store import Tx, newsletters


def slot(
    tx: Tx, tie: Subscription, newsletter: NewsletterSettings | None, now: datetime
) -> datetime | None:
    """Return the slot of the next issue that is for an active reader.

    None for others, and while their newsletter is gone or paused without an end.
    """
    if tie.state is not SubscriptionState.ACTIVE or newsletter is None:
        return None
    state = newsletters.state(tx, tie.newsletter)
    after = now
    if state is not None and state.paused_at is not None:
        if state.paused_until is None:
            return None
        after = max(now, state.paused_until)
    return cadence.next_due(
        tie.cadence,
        tie.covered_at,
        schedule=newsletter.schedule,
        timezone=newsletter.timezone,
        after=after,
    )


def line(tie: Subscription, due: datetime | None, zone: str) -> str:
    """Say to the operator what somebody chose, and when their next mail is due."""
    chosen = subscriber_report.choices(tie)
    if due is None:
        return chosen
    when = f"{due.astimezone(ZoneInfo(zone)):%A %Y-%m-%d %H:%M} {zone}"
    return f"{chosen} Next on {when}."


def sentence(tie: Subscription, due: datetime | None, zone: str) -> str:
    """Say it to a reader who does not want each issue; empty for all others."""
    if due is None or tie.cadence is Cadence.EACH:
        return ""
    often = subscriber_report.OFTEN[tie.cadence]
    when = f"{due.astimezone(ZoneInfo(zone)):%A, %-d %B %Y, %H:%M}"
    return f" You chose {often}: the next can come on {when}."
