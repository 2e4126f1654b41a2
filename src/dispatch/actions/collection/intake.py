"""What goes into `take_in` and comes out: a visit's terms, stories, fates."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from dispatch.collect import decide, match
from dispatch.model import Collected, SourceSettings

CHUNK = 16  # stories in one unit of the writer: under 50 ms
UNCOVERED = timedelta(hours=48)
RANDOM_BYTES = 8


class Fate(Enum):
    """What became of one story."""

    NEW = auto()
    CHANGED = auto()
    UNCHANGED = auto()
    COPY = auto()
    DRAFT = auto()
    PARKED = auto()


@dataclass(frozen=True, slots=True)
class Taken:
    """A story and its fate. `of` is the headline of the story it is a copy of."""

    locator: str
    fate: Fate
    of: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """What is the same for every story of one visit.

    `pairs` are the names of a storm's stories and the articles they are. With
    `parking`, a story that is nobody's is parked instead of stored.
    """

    visit: match.Visit
    terms: decide.Terms
    authority: str
    now: datetime
    baseline: bool = False  # the first good visit of a source that starts quietly
    old_before: datetime | None = None  # older ones, seen only now, are no news
    pairs: Mapping[str, int] = field(default_factory=dict)
    parking: bool = False
    storm: str = ""  # why the source is to be held from now on


@dataclass(frozen=True, slots=True)
class Arrival:
    """A story to take in, and when it counts as published if it does not say so.

    `random` becomes part of its id for life, if it is new.
    """

    story: Collected
    stamp: str
    random: str
    undated: datetime


def terms(source: SourceSettings) -> decide.Terms:
    """Return how a source's stories are taken."""
    return decide.Terms(
        source.name,
        hold_generated=source.generated_headlines == "hold",
        bounded=source.kind != "folder",
    )


def old_before(source: SourceSettings, last: datetime | None) -> datetime | None:
    """Return from when on stories are news that were not there at the `last` visit."""
    if source.kind == "folder" or last is None:
        return None
    return last - UNCOVERED


def random_part() -> str:
    """Return what is unguessably new in the id of a story for life."""
    return secrets.token_hex(RANDOM_BYTES)


def undated_in_order(now: datetime, index: int) -> datetime:
    """Return a date for a story without one: they keep their order, newest first."""
    return datetime.fromtimestamp(now.timestamp() - index, tz=now.tzinfo)
