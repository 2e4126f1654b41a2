"""Asking an API for what changed since, page by page, so that nothing falls between.

A site lists what was modified after a moment, oldest first. After a full page the
next question starts at the last modification seen, less an overlap, instead of at
"page 2": a story that is edited while we read moves to the end, and every later page
would shift by one. Only where a whole page lies within the overlap is it turned over
by number; if a story was edited meanwhile, the next visit reads those pages again.
A visit that ends in the middle leaves a place at which the next goes on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dispatch.errors import SourceError

Post = Mapping[str, Any]
Name = TypeVar("Name", int, str)
Moment = Callable[[Post], datetime | None]
OVERLAP = timedelta(hours=2)  # a clock set back, and clocks of several servers
JUST_NOW = timedelta(minutes=5)
RECENT = 100  # posts that are asked after, lest one was taken down
LOOKED_UP = 10  # missing posts that are asked for one by one, in one visit
FEWEST_TO_DOUBT = 5
MOST_PAGES = 20  # questions in one visit
MOST_BYTES = 32 * 1024 * 1024  # of answers in one visit


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked next: page `page` of what was modified after `after`."""

    after: datetime
    page: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, whether there is another page after it, and its size in bytes."""

    posts: Sequence[Post]
    more: bool
    size: int = 0


@dataclass(frozen=True, slots=True)
class Walk:
    """What was read, each post once, and where the next visit goes on.

    `cut` says why the walk ended before the end of what there is, if it did.
    """

    posts: tuple[Post, ...]
    place: Place
    cut: str = ""


def walk(
    ask: Callable[[Place], Page],
    start: Place,
    *,
    name: Callable[[Post], str],
    moment: Moment,
    now: datetime,
) -> Walk:
    """Read from `start` to the end, at most `MOST_PAGES` or `MOST_BYTES`.

    `name` says which posts are the same, `moment` when one was modified. A fault
    after the first page ends the walk with what was got; one before it is raised.
    """
    posts: dict[str, Post] = {}
    place, size, disturbed = start, 0, False
    for number in range(MOST_PAGES):
        if size > MOST_BYTES:
            break
        try:
            page = ask(place)
        except SourceError as error:
            if not number:
                raise
            return Walk(tuple(posts.values()), place, str(error))
        size += page.size
        posts |= {name(post): post for post in page.posts}
        seen = latest(page.posts, moment)
        disturbed |= place.page > 1 and seen is not None and seen > now - JUST_NOW
        place = _onward(place, None if disturbed else seen, more=page.more)
        if not page.more:
            return Walk(tuple(posts.values()), place)
    return Walk(tuple(posts.values()), place, "There is more; the next visit goes on.")


def latest(posts: Sequence[Post], moment: Moment) -> datetime | None:
    """Return when the last of some posts was modified."""
    return max(filter(None, map(moment, posts)), default=None)


def missing(recent: Sequence[Name], there: Collection[Name]) -> Sequence[Name]:
    """Return which of the posts seen last are to be asked for one by one."""
    return [one for one in recent if one not in there][:LOOKED_UP]


def doubt(recent: Sequence[Name], there: Collection[Name]) -> str:
    """Say why nothing is to be taken for deleted: most are missing at once."""
    number = sum(one not in there for one in recent)
    if number < FEWEST_TO_DOUBT or 2 * number <= len(recent):
        return ""
    return (
        f"{number} of its {len(recent)} newest stories are missing from its list at "
        "once. None was taken for deleted; they stay as they are."
    )


def _onward(place: Place, seen: datetime | None, *, more: bool) -> Place:
    after = place.after if seen is None else seen - OVERLAP
    if after > place.after:
        return Place(after)
    return replace(place, page=place.page + 1 if more else 1)
