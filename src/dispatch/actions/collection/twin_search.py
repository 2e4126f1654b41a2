"""Look for the article that a new story may be after all: the same words, edited.

The daily case is a story from the drop folder that comes again from WordPress, with
another headline and a few changed sentences. Few articles are looked at: those that
share a trace with the story, were published (or came in) within three days of it, and
are no longer shown by the story's own source, which would know its own two stories
apart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.actions.collection.shelf import Shelf
from dispatch.collect import likeness, match
from dispatch.collect.likeness import Likeness, Text, Verdict
from dispatch.collect.match import Candidate
from dispatch.model import Collected

NEAR = timedelta(days=3)
FRESH = timedelta(days=30)  # older stories leave no traces
MOST_COMPARED = 6
MOST_READ = 12  # to learn what everybody writes


@dataclass(frozen=True, slots=True)
class Twin:
    """The article that a story is most like, and how much so."""

    candidate: Candidate
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Seeker:
    """A story without an article, when it is from, and how it is looked at."""

    story: Collected
    text: Text
    published_at: datetime
    now: datetime
    baseline: bool = False


def find(shelf: Shelf, one: Seeker, visit: match.Visit) -> Twin | None:
    """Return the article that a story is, or may be; None when there is none."""
    shared = shelf.led_to(likeness.traces(one.text))
    if not shared:
        return None
    nearest = sorted(shared, key=lambda number: (-shared[number], -number))
    known = shelf.by_ids(nearest[:MOST_READ])
    texts = {key: shelf.words(c.article) for key, c in known.items()}
    wanted = [key for key, c in known.items() if _possible(c, one, visit)]
    best: Twin | None = None
    for key in wanted[:MOST_COMPARED]:
        common = likeness.common([t for other, t in texts.items() if other != key])
        like = likeness.compare(one.text, texts[key], common)
        if like.verdict is Verdict.OTHER:
            continue
        if best is None or like.overlap > best.likeness.overlap:
            best = Twin(known[key], like)
    return best


def leaves_traces(published: datetime, now: datetime) -> bool:
    """Whether a story is young enough that another may be like it."""
    return now - published <= FRESH


def _possible(candidate: Candidate, one: Seeker, visit: match.Visit) -> bool:
    article = candidate.article
    near = abs(article.published_at - one.published_at) <= NEAR
    both_fresh = (
        one.now - article.first_seen_at <= NEAR
        and not article.baseline
        and not one.baseline
    )
    return (
        (near or both_fresh)
        and not match.other_id(one.story, candidate)
        and not match.homes(candidate, one.story, visit)
    )
