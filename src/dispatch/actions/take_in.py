"""Take one collected story into the store: whose it is, what changed, writing it down.

Runs inside a write unit, so that two visits never store one story twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from dispatch.collect import decide, match
from dispatch.collect.match import Candidate, Match
from dispatch.model import Alias, Collected
from dispatch.store import Tx, aliases, articles, items, pictures, revisions

MOVING = frozenset({"path", "body"})  # keys that name whoever bears them now


class Fate(Enum):
    """What became of one story."""

    NEW = auto()
    CHANGED = auto()
    UNCHANGED = auto()
    COPY = auto()
    DRAFT = auto()


@dataclass(frozen=True, slots=True)
class Taken:
    """A story and its fate. `of` is the headline of the story it is a copy of."""

    locator: str
    fate: Fate
    of: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """What is the same for every story of one visit."""

    visit: match.Visit
    terms: decide.Terms
    authority: str
    now: datetime
    baseline: bool = False  # the first good visit of a source that starts quietly
    old_before: datetime | None = None  # older ones, seen only now, are no news


@dataclass(frozen=True, slots=True)
class Arrival:
    """A story to take in. `random` becomes part of its id for life, if it is new."""

    story: Collected
    stamp: str
    random: str


def take_in(tx: Tx, arrivals: Sequence[Arrival], intake: Intake) -> list[Taken]:
    """Store stories in order; return what became of each."""
    return [_take_one(tx, one, intake) for one in arrivals]


def _take_one(tx: Tx, arrival: Arrival, intake: Intake) -> Taken:
    story, source = arrival.story, intake.visit.source
    item = items.one(tx, source, story.locator)
    last = item.article if item else None
    found = match.find(
        story,
        _candidates(tx, story.aliases, source),
        None if last is None else _candidate(tx, last, source),
        intake.visit,
        missing=item is not None and item.missing_since is not None,
    )
    article, taken = _write(tx, arrival, found, intake)
    items.record(
        tx, source, story.locator, stamp=arrival.stamp, article=article, now=intake.now
    )
    return taken


def _write(
    tx: Tx, arrival: Arrival, found: Match, intake: Intake
) -> tuple[int | None, Taken]:
    """Store what is to be stored; return the story's article, if it has one."""
    story = arrival.story
    if found.article is not None and not found.own:
        if found.article.source != intake.visit.source:
            aliases.add(tx, found.article.id, story.aliases, now=intake.now)
        headline = found.article.content.headline
        return found.article.id, Taken(story.locator, Fate.COPY, headline)
    intent = decide.decide(
        story,
        found.article,
        intake.terms,
        now=intake.now,
        tag_id=revisions.mint_tag_id(
            intake.authority, now=intake.now, random=arrival.random
        ),
        baseline=intake.baseline or _is_old(story, intake),
    )
    article, fate = _carry_out(tx, intent, found, story, intake.now)
    if article is not None:
        aliases.add(tx, article, story.aliases, now=intake.now, taking=MOVING)
    return article, Taken(story.locator, fate)


def _carry_out(
    tx: Tx,
    intent: decide.New | decide.Changed | decide.Same | decide.Draft,
    found: Match,
    story: Collected,
    now: datetime,
) -> tuple[int | None, Fate]:
    """Write an intent down; return the article's id."""
    match intent:
        case decide.New(article):
            pictures.put(tx, story.media)
            return revisions.add(tx, article, story.findings).id, Fate.NEW
        case decide.Changed(article, significant):
            pictures.put(tx, story.media)
            reason = "changed" if significant else "changed in details"
            revisions.change(tx, article, story.findings, now=now, reason=reason)
            return article.id, Fate.CHANGED
        case decide.Same():
            return found.article.id if found.article else None, Fate.UNCHANGED
        case decide.Draft():
            return None, Fate.DRAFT


def _is_old(story: Collected, intake: Intake) -> bool:
    """Whether it only came to light because newer items went (feeds)."""
    published = story.published_at
    return (
        intake.old_before is not None
        and published is not None
        and published < intake.old_before
    )


def _candidates(tx: Tx, keys: Iterable[Alias], source: str) -> dict[Alias, Candidate]:
    owners = aliases.owners(tx, keys)
    known = {owner: _candidate(tx, owner, source) for owner in set(owners.values())}
    return {
        key: candidate
        for key, owner in owners.items()
        if (candidate := known[owner]) is not None
    }


def _candidate(tx: Tx, article: int, source: str) -> Candidate | None:
    """Return an article as a candidate; its heir's, when it was merged."""
    found = articles.by_id(tx, article)
    if found is not None and found.merged_into is not None:
        found = articles.by_id(tx, found.merged_into)
    if found is None:
        return None
    return Candidate(
        found, aliases.of(tx, found.id), items.locators(tx, source, found.id)
    )


def undated_in_order(
    found: Sequence[Collected], now: datetime
) -> tuple[Collected, ...]:
    """Give stories without a date one that keeps their order, the first newest."""
    return tuple(
        one
        if one.published_at is not None
        else replace(one, published_at=_earlier(now, index))
        for index, one in enumerate(found)
    )


def _earlier(now: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(now.timestamp() - seconds, tz=now.tzinfo)
