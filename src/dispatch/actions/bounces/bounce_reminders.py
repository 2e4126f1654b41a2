"""Who is suspended is asked once whether they are still there, and then let go.

A week after the suspension one mail goes to them, with a button: a mailbox that was
full may have room again. Ninety days after the suspension who said nothing is
unsubscribed, and the address suppressed. Safe to repeat and to stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.actions.audience import notices, transition
from dispatch.actions.audience.notices import Notice
from dispatch.compose.press import Press
from dispatch.errors import TemplateError
from dispatch.model import (
    Clock,
    MailingKind,
    NewsletterSettings,
    Standing,
    SuppressionReason,
)
from dispatch.store import Store, Tx, subscriptions, suppressions
from dispatch.subscribe.lifecycle import Event
from dispatch.subscribe.tokens import Tokens

ASKED_AFTER = timedelta(days=7)
GONE_AFTER = timedelta(days=90)
CHUNK = 100
WHY = f"suspended for {GONE_AFTER.days} days"


@dataclass(frozen=True, slots=True)
class ReminderReport:
    """How many were asked, how many let go, and what kept us from asking."""

    asked: int = 0
    lapsed: int = 0
    failure: str = ""

    @property
    def ok(self) -> bool:
        """Whether everybody could be asked."""
        return not self.failure

    def lines(self) -> list[str]:
        """Say it in sentences; nothing when nothing happened."""
        told = (
            (self.asked, f"Asked whether they are still there: {self.asked}."),
            (self.lapsed, f"Let go after {GONE_AFTER.days} days: {self.lapsed}."),
            (self.failure, self.failure),
        )
        return [sentence for applies, sentence in told if applies]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"asked": self.asked, "lapsed": self.lapsed, "failure": self.failure}


def remind(
    store: Store,
    press: Press,
    tokens: Tokens,
    newsletters: Sequence[NewsletterSettings],
    *,
    clock: Clock,
) -> ReminderReport:
    """Ask who is due to be asked, let go who is due to be let go."""
    now = clock.now()
    asked, lapsed, failure = 0, 0, ""
    for newsletter in newsletters:
        lapsed += _lapse(store, tokens, newsletter.name, now)
        with store.read() as tx:
            due = _due(tx, newsletter, now)
        if not due:
            continue
        try:
            notice = _prepare(press, newsletter)
        except TemplateError as error:
            failure = f"Nobody could be asked whether they are still there: {error}"
            continue
        asked += _ask(store, tokens, notice, now)
    return ReminderReport(asked, lapsed, failure)


def _ask(store: Store, tokens: Tokens, notice: Notice, now: datetime) -> int:
    def unit(tx: Tx) -> int:
        due = _due(tx, notice.newsletter, now)
        return sum(_queue(tx, tokens, notice, one) for one in due)

    asked = 0
    while some := store.write(unit):
        asked += some
    return asked


def _due(tx: Tx, newsletter: NewsletterSettings, now: datetime) -> tuple[Standing, ...]:
    return subscriptions.suspended(
        tx,
        newsletter.name,
        before=now - ASKED_AFTER,
        not_asked=MailingKind.REMINDER,
        limit=CHUNK,
    )


def _queue(tx: Tx, tokens: Tokens, notice: Notice, one: Standing) -> bool:
    return notices.queue(tx, notice, one.subscriber, one.subscription.id, tokens)


def _prepare(press: Press, newsletter: NewsletterSettings) -> Notice:
    days = (GONE_AFTER - ASKED_AFTER).days
    context = {"reason": "bounced", "days": days}
    return notices.prepare(press, MailingKind.REMINDER, newsletter, context=context)


def _lapse(store: Store, tokens: Tokens, newsletter: str, now: datetime) -> int:
    """Let go whoever said nothing; the keyed hash of the address outlives them."""
    gone = now - GONE_AFTER

    def unit(tx: Tx) -> int:
        due = subscriptions.suspended(tx, newsletter, before=gone, limit=CHUNK)
        for one in due:
            transition.apply(tx, one.subscription, Event.LAPSE, now=now, detail=WHY)
            if one.subscriber.mailbox:
                suppressions.add(
                    tx,
                    tokens.mailbox_hash(one.subscriber.mailbox),
                    SuppressionReason.BOUNCED,
                    now=now,
                    detail=WHY,
                )
        return len(due)

    with store.read() as tx:
        if not subscriptions.suspended(tx, newsletter, before=gone, limit=1):
            return 0
    lapsed = 0
    while some := store.write(unit):
        lapsed += some
    return lapsed
