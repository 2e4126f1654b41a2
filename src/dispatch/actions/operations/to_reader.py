"""What to write to a reader who asks where their mail is: a sentence fit for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.actions.audience import next_mail
from dispatch.actions.bounces import came_back
from dispatch.model import (
    Bounce,
    MailingKind,
    Subscription,
    SubscriptionState,
)
from dispatch.store.subscriptions import Change, Mail
from dispatch.subscribe.lifecycle import Event

TAKEN = (
    "your mail provider took the issue of {day} from us ({sent}), so please look for "
    "it in the other folders of your mailbox, spam included."
)
DOUBTFUL = (
    "the issue of {day} was sent to your mail provider, which has not said whether it "
    "took it; if it is not in your mailbox, spam included, please write to us."
)
UNDER_WAY = (
    "your mail provider has not taken the issue of {day} yet; we try again by "
    "ourselves."
)
TO_READER = {
    "accepted": TAKEN,
    "dot": DOUBTFUL,
    "unknown": DOUBTFUL,
    "closed": DOUBTFUL,
    "pending": UNDER_WAY,
    "claimed": UNDER_WAY,
    "deferred": UNDER_WAY,
    "rejected": "your mail provider refused the issue of {day}.",
    "skipped": "the issue of {day} was not sent to you, because {skipped}.",
    "expired": "your mail provider did not take the issue of {day} in time.",
}
"""What became of the newest issue, by the state of its delivery."""

SKIPPED = {
    "cancelled": "we called it back",
    "paused": "your subscription was paused then",
    "suspended": "mail to your address had come back",
    "unsubscribed": "you were not subscribed then",
}


@dataclass(frozen=True, slots=True)
class Tie:
    """One subscription, everything that happened to it, and its newest mails."""

    subscription: Subscription
    title: str
    history: tuple[Change, ...]
    mails: tuple[Mail, ...]
    due: datetime | None = None  # the slot of the next issue that is theirs
    zone: str = "UTC"  # the newsletter's
    bounces: tuple[Bounce, ...] = ()  # newest first


def sentence(tie: Tie, zone: str) -> str:
    """Say to a reader how one subscription stands."""
    one = tie.subscription
    match one.state:
        case SubscriptionState.PENDING:
            return (
                f"You asked for {tie.title} on {_day(one.requested_at, zone)}, but the "
                "button in our confirmation mail has not been pressed yet; please look "
                "for that mail, or sign up again."
            )
        case SubscriptionState.PAUSED:
            until = _day(one.paused_until, zone)
            return f"You paused {tie.title}; it comes again from {until} on."
        case SubscriptionState.UNSUBSCRIBED:
            return _gone(tie, zone)
        case SubscriptionState.SUSPENDED:
            return (
                f"We stopped sending you {tie.title}, because mail to your address "
                "came back; tell us when it works again."
            )
        case SubscriptionState.ACTIVE:
            return _active(tie, zone)


def _gone(tie: Tie, zone: str) -> str:
    left = _left(tie, zone)
    if tie.history and tie.history[-1].event == Event.LAPSE:
        return (
            f"We stopped sending you {tie.title} on {left}, because mail to your "
            "address came back for long; if it works again, please sign up once more."
        )
    return f"You unsubscribed from {tie.title} on {left}."


def _left(tie: Tie, zone: str) -> str:
    moments = [
        change.at
        for change in tie.history
        if change.state is SubscriptionState.UNSUBSCRIBED
    ]
    return _day(moments[-1] if moments else None, zone)


def _active(tie: Tie, zone: str) -> str:
    said = _newest(tie, zone)
    return said + next_mail.sentence(tie.subscription, tie.due, tie.zone)


def _newest(tie: Tie, zone: str) -> str:
    since = _day(tie.subscription.confirmed_at or tie.subscription.created_at, zone)
    sent = _issues(tie.mails)
    if not sent:
        return (
            f"You have been subscribed to {tie.title} since {since}; no issue has been "
            "sent to you yet."
        )
    newest = sent[0]
    day = _day(newest.at, zone)
    if came := _came_back(tie, newest):
        return (
            f"You are subscribed to {tie.title}; the issue of {day} came back from "
            f"your mail provider: {came}."
        )
    told = TO_READER[newest.state].format(
        day=day,
        sent=_sent(newest, zone),
        skipped=SKIPPED.get(
            newest.reason, "your address was barred from our mail then"
        ),
    )
    return f"You are subscribed to {tie.title}; {told}"


def _came_back(tie: Tie, mail: Mail) -> str:
    """Say why an issue came back; nothing when it did not, or was only delayed."""
    found = [
        came_back.TO_READER[one.kind]
        for one in tie.bounces
        if one.issue == mail.issue and one.weight and one.kind in came_back.TO_READER
    ]
    return found[0] if found else ""


def _sent(mail: Mail, zone: str) -> str:
    """Say how often it was sent, and when again."""
    if not mail.resends or mail.dot_at is None:
        return "sent once"
    again = mail.dot_at.astimezone(ZoneInfo(zone))
    return f"sent once, resent {again:%H:%M} after an unclear reply"


def _issues(mails: Sequence[Mail]) -> list[Mail]:
    return [mail for mail in mails if mail.kind is MailingKind.ISSUE]


def _day(moment: datetime | None, zone: str) -> str:
    if moment is None:
        return "an unknown day"
    return f"{moment.astimezone(ZoneInfo(zone)):%-d %B %Y}"
