"""What readers may choose: topics, format, a pause; and the end of a pause."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.actions import transition
from dispatch.model import Clock, MailFormat, NewsletterSettings, Subscription
from dispatch.store import Store, sections, subscriptions
from dispatch.store.transaction import Tx
from dispatch.subscribe.lifecycle import Event

MOST_TOPICS = 50
LONGEST_PAUSE = timedelta(days=730)
CHUNK = 100


def choose(
    tx: Tx,
    tie: Subscription,
    *,
    topics: Sequence[str],
    format: MailFormat,  # noqa: A002 - the reader's word for it
    newsletter: NewsletterSettings | None,
) -> None:
    """Note topics and format. See `known_topics` for what becomes of the topics."""
    offered = {*offer(tx, newsletter), *tie.topics}
    wanted = known_topics(topics, sorted(offered))
    subscriptions.set_choice(tx, tie.id, topics=wanted, format=format)


def offer(tx: Tx, newsletter: NewsletterSettings | None) -> tuple[str, ...]:
    """Return the topics of a newsletter: those it is limited to, or all there are."""
    configured = newsletter.sections if newsletter else ()
    return tuple(sorted(configured)) or sections.known(tx)


def known_topics(wanted: Sequence[str], offered: Sequence[str]) -> tuple[str, ...]:
    """Return the `wanted` topics that are `offered`; nothing when that is all of them.

    Unknown ones are dropped: each choice costs a rendering, so nobody may make one
    up. No topic means every topic, those of tomorrow included.
    """
    chosen = tuple(topic for topic in offered if topic in set(wanted))
    return () if len(chosen) == len(offered) else chosen[:MOST_TOPICS]


def pause(tx: Tx, tie: Subscription, until: datetime | None, now: datetime) -> None:
    """Pause until a moment at most two years away; None or a past one resumes."""
    if until is not None and until > now:
        until = min(until, now + LONGEST_PAUSE)
        transition.apply(tx, tie, Event.PAUSE, now=now, paused_until=until)
    else:
        resume(tx, tie, now)


def resume(tx: Tx, tie: Subscription, now: datetime) -> bool:
    """End a pause; return whether there was one.

    What went into issues meanwhile is not sent: a pause is no backlog.
    """
    return transition.apply(
        tx,
        tie,
        Event.RESUME,
        now=now,
        paused_until=None,
        covered_to=max(tie.covered_to, transition.mark(tx, tie.newsletter)),
    )


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
