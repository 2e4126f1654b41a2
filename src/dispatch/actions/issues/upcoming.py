"""What the next issue of a newsletter would be made of. Stores nothing.

As opening it does: what is placed, what would get a place, what its editors want.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from dispatch.actions.issues.variants import to_tell
from dispatch.compose import cadence, edits as editors, eligible
from dispatch.compose.corrections import Told
from dispatch.compose.edits import UNTOUCHED, Edited
from dispatch.model import (
    Article,
    Cadence,
    Choice,
    Issue,
    IssueState,
    NewsletterSettings,
    Subscription,
)
from dispatch.store import (
    Tx,
    articles,
    corrections,
    edits,
    elsewhere,
    entries,
    issues,
    newsletters,
)

SAMPLES = 8  # stories
MOST_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What the next issue would be made of."""

    issue: Issue
    choice: Choice
    articles: tuple[Article, ...]
    told: Told
    edited: Edited = UNTOUCHED
    skipped: bool = False  # as editors want it
    samples: bool = False  # nothing is eligible yet: the newest stories stand in


def find(
    tx: Tx, newsletter: NewsletterSettings, reader: Subscription | None, now: datetime
) -> Upcoming:
    """Read what an issue of the next slot would be; as opening it does.

    One that its editors are looking at is opened already.
    """
    slot = _slot(newsletter, reader, now)
    for issue in issues.unplanned(tx, newsletter.name):
        if issue.slot == slot:
            return _opened(tx, newsletter, issue, reader)
    state = newsletters.state(tx, newsletter.name)
    mark = state.mark if state else 0
    last = entries.last_position(tx, newsletter.name)
    fresh = _fresh(tx, newsletter, state.first_seen_at if state else now, slot)
    choice = Choice(from_position=mark)
    if reader is not None:
        choice = reader.choice
        choice = replace(choice, without=_had(tx, newsletter, reader, fresh, slot))
    placed = entries.stories(tx, newsletter.name, choice.from_position, last, by=slot)
    issue = Issue(
        id=_free_name(tx, newsletter, slot),
        newsletter=newsletter.name,
        slot=slot,
        state=IssueState.DRAFT,
        subject="",
        from_position=mark,
        to_position=last + len(fresh),
        created_at=now,
        expires_at=slot + newsletter.expires,
    )
    told = to_tell(tx, corrections.waiting(tx, newsletter.name, now=now))
    wishes = edits.waiting(tx, newsletter.name)
    wanted, skip = editors.fold(wishes), editors.wants_skip(wishes)
    stories = (*placed, *fresh)
    return Upcoming(issue, choice, stories, told, wanted, skipped=skip is not None)


def _opened(
    tx: Tx, newsletter: NewsletterSettings, issue: Issue, reader: Subscription | None
) -> Upcoming:
    """Return an issue that is there, as a reader would get it."""
    choice = Choice(from_position=issue.from_position)
    if reader is not None:
        had = _had(tx, newsletter, reader, (), issue.slot)
        choice = replace(reader.choice, without=had)
    placed = entries.stories(
        tx, issue.newsletter, choice.from_position, issue.to_position, by=issue.slot
    )
    told = to_tell(tx, corrections.of_issue(tx, issue.id))
    wanted = editors.fold(edits.of_issue(tx, issue.id))
    return Upcoming(issue, choice, placed, told, wanted)


def _had(
    tx: Tx,
    newsletter: NewsletterSettings,
    reader: Subscription,
    fresh: Sequence[Article],
    slot: datetime,
) -> tuple[int, ...]:
    """Return what the reader has had by now from newsletters that go before."""
    if not newsletter.not_if_in:
        return ()
    last = entries.last_position(tx, newsletter.name)
    places = elsewhere.places(tx, newsletter.name, last, slot=slot)
    places |= {one.id: last + place for place, one in enumerate(fresh, 1)}
    found = elsewhere.read(tx, newsletter.not_if_in, places, slot=slot)
    had = elsewhere.had(tx, found, [reader.id]).get(reader.id, frozenset())
    return elsewhere.newer(found, had, reader.covered_to)


def _slot(
    newsletter: NewsletterSettings, reader: Subscription | None, now: datetime
) -> datetime:
    """Return the next slot, or that of the next issue which is for `reader`."""
    return cadence.next_due(
        reader.cadence if reader else Cadence.EACH,
        reader.covered_at if reader else None,
        schedule=newsletter.schedule,
        timezone=newsletter.timezone,
        after=now,
    )


def with_samples(tx: Tx, newsletter: NewsletterSettings, coming: Upcoming) -> Upcoming:
    """Return the issue with the newest stories of the newsletter's sections."""
    slot, sections = coming.issue.slot, newsletter.selection.sections
    newest = [
        one
        for one in articles.recent(tx, MOST_LOOKED_AT)
        if not eligible.hidden(one, slot)
        and (not sections or one.content.section in sections)
    ]
    shown = tuple(reversed(newest[: min(SAMPLES, newsletter.max_articles)]))
    issue = replace(coming.issue, to_position=coming.issue.from_position + len(shown))
    return replace(coming, issue=issue, articles=shown, samples=True)


def _fresh(
    tx: Tx, newsletter: NewsletterSettings, first_seen_at: datetime, slot: datetime
) -> tuple[Article, ...]:
    """Return what would get a place at the slot."""
    rule = eligible.rule(newsletter, first_seen_at, slot)
    found = entries.candidates(
        tx,
        newsletter.name,
        rule.selection,
        since=rule.since,
        published_from=rule.published_from,
        upto=slot,
    )
    return eligible.choose(found, rule)


def _free_name(tx: Tx, newsletter: NewsletterSettings, slot: datetime) -> str:
    """Return the name the issue would have."""
    day = slot.astimezone(ZoneInfo(newsletter.timezone))
    first = f"{newsletter.name}-{day:%Y-%m-%d}"
    names = (first if n == 1 else f"{first}-{n}" for n in count(1))
    return next(name for name in names if issues.by_id(tx, name) is None)
