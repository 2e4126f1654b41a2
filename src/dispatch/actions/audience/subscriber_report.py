"""What is known of a subscriber, in sentences and as facts, for the operator."""

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.model import (
    Cadence,
    MailFormat,
    Standing,
    Subscriber,
    Subscription,
)
from dispatch.store import subscribers, subscriptions
from dispatch.store.subscriptions import Change, Mail
from dispatch.store.transaction import Tx

OFTEN = {
    Cadence.EACH: "each issue",
    Cadence.DAILY: "one mail a day",
    Cadence.WEEKLY: "one mail a week",
    Cadence.MONTHLY: "one mail a month",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What was done or found, in sentences and as facts."""

    sentences: tuple[str, ...]
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Always: what cannot be done raises UsageError."""
        return True

    def lines(self) -> list[str]:
        """Say it to the operator."""
        return list(self.sentences)

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return self.facts


def tell(tx: Tx, person: Subscriber) -> Said:
    """Tell what somebody subscribed to, what happened, and what they were sent."""
    ties = subscribers.subscriptions_of(tx, person.id)
    histories = [subscriptions.history(tx, tie.id) for tie in ties]
    mails = subscriptions.mails(tx, [tie.id for tie in ties])
    sentences: list[str] = []
    for tie, history in zip(ties, histories, strict=True):
        chosen = [f"  {choices(tie)}"]
        sentences += [_summary(tie), *chosen, *_evidence(tie), *map(_event, history)]
    sentences += map(_mail, mails)
    told = [
        facts(tie) | {"events": [_event_facts(one) for one in history]}
        for tie, history in zip(ties, histories, strict=True)
    ]
    sent = [_mail_facts(one) for one in mails]
    return Said(tuple(sentences), {"subscriptions": told, "mails": sent})


def _summary(tie: Subscription) -> str:
    until = f" until {tie.paused_until:%Y-%m-%d}" if tie.paused_until else ""
    return f"{tie.newsletter}: {tie.state}{until}, since {tie.created_at:%Y-%m-%d}."


def choices(tie: Subscription) -> str:
    """Say what somebody chose, in a sentence."""
    topics = ", ".join(tie.topics) or "every topic"
    tongues = ", ".join(tie.languages) or "every language"
    text_only = "; plain text only" if tie.format is MailFormat.TEXT else ""
    return f"Wants {OFTEN[tie.cadence]}: {topics}; {tongues}{text_only}."


def _evidence(tie: Subscription) -> list[str]:
    """Say how and when they agreed: what an operator is asked for one day."""
    agreed = tie.consent
    when = f", {_minute(agreed.at)}" if agreed.at else ""
    where = f", from {agreed.ip}" if agreed.ip else ""
    if not agreed.text:
        return []
    return [f"  Consent ({agreed.source}{when}{where}): {agreed.text}"]


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def line(standing: Standing) -> str:
    """Return one line about a subscription."""
    tie = standing.subscription
    bar = f", suppressed: {standing.suppression}" if standing.suppression else ""
    return f"{standing.subscriber.address}  {tie.newsletter}  {tie.state}{bar}"


def facts(tie: Subscription) -> dict[str, object]:
    """Return a subscription as JSON has it."""
    return {
        "newsletter": tie.newsletter,
        "state": tie.state,
        "topics": list(tie.topics),
        "format": tie.format,
        "cadence": tie.cadence,
        "languages": list(tie.languages),
        "since": tie.created_at.isoformat(),
        "confirmed_at": tie.confirmed_at.isoformat() if tie.confirmed_at else None,
        "paused_until": tie.paused_until.isoformat() if tie.paused_until else None,
        "consent": {
            "source": tie.consent.source,
            "text": tie.consent.text,
            "ip": tie.consent.ip,
            "at": tie.consent.at.isoformat() if tie.consent.at else None,
        },
    }


def _event(one: Change) -> str:
    detail = f" ({one.detail})" if one.detail else ""
    return f"  {_minute(one.at)}: {one.event} → {one.state}{detail}"


def _event_facts(one: Change) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "event": one.event,
        "state": one.state,
        "detail": one.detail,
    }


def _mail(one: Mail) -> str:
    what = one.issue or f"{one.kind} for {one.newsletter}"
    return f"{_minute(one.at)}: {what}: {one.state}"


def _mail_facts(one: Mail) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "newsletter": one.newsletter,
        "issue": one.issue,
        "state": one.state,
        "reply": one.reply,
    }
