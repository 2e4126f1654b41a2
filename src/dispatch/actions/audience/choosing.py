"""What readers may choose, a pause among it, and the end of a pause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.actions.audience import transition
from dispatch.model import (
    Cadence,
    Clock,
    MailFormat,
    NewsletterSettings,
    Subscription,
    SubscriptionState,
)
from dispatch.store import Store, sections, subscriptions
from dispatch.store.transaction import Tx
from dispatch.subscribe.lifecycle import Event

MOST_TOPICS = 50
LONGEST_PAUSE = timedelta(days=730)
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a reader asks for; None leaves it as it is.

    No topic means every topic, no language every language, those of tomorrow included.
    """

    topics: Sequence[str] | None = None
    format: MailFormat | None = None
    cadence: Cadence | None = None
    languages: Sequence[str] | None = None


def choose(
    tx: Tx,
    tie: Subscription,
    wishes: Wishes,
    *,
    newsletter: NewsletterSettings | None,
    language: str,
) -> None:
    """Note what a reader wants. See `among` for what becomes of unknown topics.

    Mail that comes less often begins with the next period: this week's is had. Mail
    that comes more often brings all that waited. `language` is the site's.
    """
    topics = languages = None
    if wishes.topics is not None:
        offered = sorted({*offer(tx, newsletter), *tie.topics})
        topics = among(wishes.topics, offered)
    if wishes.languages is not None:
        offered = sorted({*sections.tongues(tx, language), *tie.languages})
        languages = among(wishes.languages, offered)
    subscriptions.set_choice(
        tx,
        tie.id,
        topics=topics,
        format=wishes.format,
        cadence=wishes.cadence,
        languages=languages,
    )


def offer(tx: Tx, newsletter: NewsletterSettings | None) -> tuple[str, ...]:
    """Return the topics of a newsletter: those it is limited to, or all there are."""
    configured = newsletter.sections if newsletter else ()
    return tuple(sorted(configured)) or sections.known(tx)


def tongues(store: Store, site: str) -> tuple[str, ...]:
    """Return the languages a reader may choose from, as base tags."""
    with store.read() as tx:
        return sections.tongues(tx, site)


def among(wanted: Sequence[str], offered: Sequence[str]) -> tuple[str, ...]:
    """Return those `wanted` that are `offered`; nothing when that is all of them.

    Unknown ones are dropped: each choice costs a rendering, so nobody may make one
    up.
    """
    chosen = tuple(one for one in offered if one in set(wanted))
    return () if len(chosen) == len(offered) else chosen[:MOST_TOPICS]


def pause(tx: Tx, tie: Subscription, until: datetime | None, now: datetime) -> None:
    """Pause until a moment at most two years away; None or a past one resumes."""
    if tie.state is SubscriptionState.PAUSED and until == tie.paused_until:
        return
    if until is not None and until > now:
        until = min(until, now + LONGEST_PAUSE)
        transition.apply(tx, tie, Event.PAUSE, now=now, paused_until=until)
    else:
        resume(tx, tie, now)


def resume(tx: Tx, tie: Subscription, now: datetime) -> bool:
    """End a pause; return whether there was one.

    A pause is no backlog: planning has moved their mark past every issue that would
    have been theirs meanwhile.
    """
    return transition.apply(tx, tie, Event.RESUME, now=now, paused_until=None)


def resume_due(store: Store, *, clock: Clock) -> int:
    """Resume every pause whose date has come; return how many. Safe to repeat."""
    now = clock.now()

    def unit(tx: Tx) -> int:
        due = subscriptions.due_to_resume(tx, now=now, limit=CHUNK)
        return sum(resume(tx, tie, now) for tie in due)

    total = 0
    while resumed := store.write(unit):
        total += resumed
    return total
