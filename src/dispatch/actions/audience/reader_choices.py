"""What an operator sets for a reader who asked them to."""

from collections.abc import Sequence

from dispatch.actions.audience import choosing, subscriber_report
from dispatch.actions.audience.choosing import Wishes
from dispatch.actions.audience.subscriber_report import Said
from dispatch.errors import UsageError
from dispatch.model import (
    Clock,
    NewsletterSettings,
    Standing,
    SubscriptionState,
)
from dispatch.store import Store, Tx, sections, subscribers, subscriptions
from dispatch.text import address as addresses


def choose(
    store: Store,
    newsletter: NewsletterSettings,
    address: str,
    wishes: Wishes,
    *,
    clock: Clock,
    language: str,
) -> Said:
    """Note what a reader wants, and say how it is now. `language` is the site's.

    Raises UsageError for people who are not subscribed, and for topics and languages
    that no story has.
    """
    try:
        mailbox = addresses.parse(address)
    except ValueError as error:
        raise UsageError(f"{address[:80]!r}: {error}") from error

    def unit(tx: Tx) -> Standing:
        found = subscribers.standing_of(tx, mailbox.mailbox, newsletter.name)
        gone = SubscriptionState.UNSUBSCRIBED
        if found is None or found.subscription.state is gone:
            raise UsageError(f"{mailbox.address} does not read {newsletter.name}.")
        tie = found.subscription
        _known("topic", wishes.topics, choosing.offer(tx, newsletter))
        _known("language", wishes.languages, sections.tongues(tx, language))
        choosing.choose(tx, tie, wishes, newsletter=newsletter, language=language)
        subscriptions.record(
            tx, tie.id, tie.state, "choose", now=clock.now(), detail="operator"
        )
        return subscribers.standing_of(tx, mailbox.mailbox, newsletter.name) or found

    tie = store.write(unit).subscription
    said = f"{mailbox.address}, {newsletter.name}: {subscriber_report.choices(tie)}"
    facts = {"address": mailbox.address, **subscriber_report.facts(tie)}
    return Said((said,), facts)


def _known(what: str, wanted: Sequence[str] | None, there: Sequence[str]) -> None:
    unknown = [one for one in wanted or () if one not in there]
    if unknown:
        known = ", ".join(there) or "none"
        raise UsageError(f"There is no {what} {unknown[0]!r}. There is: {known}.")
