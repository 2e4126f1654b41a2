"""Whether an issue holds far more than usual: a flood, which a human should look at.

An archive that is published anew, a wire that repeats itself or a clock gone wrong
brings many stories at once, from one source or with old dates. How many are usual is
read from the newsletter's own past: the same hours of the same weekdays, up to eight
weeks back. Weeks without any story say nothing, so holidays make no flood of what
follows; neither does growth, for a flood is several times the usual. Many stories
from many sources are no flood: the issue is only cut to its length. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median_low
from zoneinfo import ZoneInfo

from dispatch.model import Arrival

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
REACH = 8  # windows to look back at
FEWEST = 3  # of them, before they say what is usual
SURGE = 3  # times the usual
PEAK = 1.5  # times what has been seen twice, or of late
FLOOR = 12  # fewer stories from one source are no flood
FLOOR_OLD = 8  # nor are fewer old ones
START = 40  # a newsletter's first issue may have so many from one source
OLD = timedelta(days=2)  # before the hours that an issue covers

REMEDY = "; approve it: "
DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


@dataclass(frozen=True, slots=True)
class Window:
    """The hours that an issue covers: start < first seen <= end."""

    start: datetime
    end: datetime

    def earlier(self, by: timedelta) -> "Window":
        """Return the same hours of an earlier time."""
        return Window(self.start - by, self.end - by)

    def holds(self, one: Arrival) -> bool:
        """Whether a story came in these hours."""
        return self.start < one.first_seen_at <= self.end


@dataclass(frozen=True, slots=True)
class Past:
    """What a newsletter carried before, and since when it is there."""

    arrivals: Sequence[Arrival]
    since: datetime


def reach(window: Window) -> datetime:
    """Return how far back `judge` looks."""
    return window.start - REACH * _step(window)


def judge(
    stories: Sequence[Arrival],
    past: Past,
    window: Window,
    *,
    timezone: str,
    old: timedelta = OLD,
    start: int = START,
) -> tuple[str, ...]:
    """Return what is unusual about the stories of an issue, worst first.

    `old` is how long before the window a story may be dated, `start` how many stories
    one source may bring when nothing is known yet.
    """
    yardstick = _Yardstick(
        past, window, _comparable(past, window), _when(window, timezone)
    )
    found = [
        *_surges(stories, yardstick, max(start, START)),
        *_back_dated(stories, yardstick, max(old, OLD)),
    ]
    return tuple(text for _, text in sorted(found, key=lambda one: -one[0]))


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """What an issue is measured against. `known` are the windows that say something."""

    past: Past
    window: Window
    known: Sequence[Window]
    when: str


def _surges(
    stories: Sequence[Arrival], by: _Yardstick, start: int
) -> list[tuple[int, str]]:
    """Return which sources bring far more than they usually do."""
    found = []
    for source, count in Counter(one.source for one in stories).items():
        own = [one for one in by.past.arrivals if one.source == source]
        began = min((one.first_seen_at for one in own), default=by.window.end)
        counts = _counts(own, [one for one in by.known if one.start >= began - DAY])
        if len(counts) >= FEWEST:
            most = _most(counts, FLOOR)
            why = f", usually {median_low(counts)} {by.when}"
        else:
            most, why = _unknown(own, by, start)
        if count > most:
            found.append((count, f"{count} stories from {source}{why}"))
    return found


def _unknown(own: Sequence[Arrival], by: _Yardstick, start: int) -> tuple[float, str]:
    """Return how many a source may bring that has no history of weekdays yet.

    As many as it brought lately, or as the whole newsletter usually has.
    """
    length = by.window.end - by.window.start
    lately = [by.window.earlier(n * length) for n in range(1, REACH)]
    peak = max(_counts(own, lately), default=0)
    if not by.past.arrivals:
        return start, ", and there is nothing to compare it with"
    if peak:
        return max(FLOOR, PEAK * peak), f", of late {peak} at most"
    totals = [n for n in _counts(by.past.arrivals, by.known or lately) if n]
    most = max(FLOOR, median_low(totals)) if len(totals) >= FEWEST else start
    return most, ", after a long silence" if own else ", which is new here"


def _back_dated(
    stories: Sequence[Arrival], by: _Yardstick, old: timedelta
) -> list[tuple[int, str]]:
    """Return whether many stories are dated long before the hours covered."""
    count = _older(stories, by.window, old)
    counts = [_older(filter(one.holds, by.past.arrivals), one, old) for one in by.known]
    usual = f", usually {median_low(counts)}" if counts else ""
    if count <= _most(counts, FLOOR_OLD):
        return []
    before = by.window.start - old
    return [(count, f"{count} stories from before {_day(before)}{usual}")]


def _older(arrivals: Iterable[Arrival], window: Window, old: timedelta) -> int:
    """Count the stories that are dated long before a window and before they came.

    So one that was young when it came, and waited, is not among them.
    """
    return sum(
        one.published_at < min(window.start, one.first_seen_at) - old
        for one in arrivals
    )


def _most(counts: Sequence[int], floor: int) -> float:
    """Return the most that is no flood, after what was counted before."""
    if not counts:
        return floor
    peak = sorted(counts)[-2] if len(counts) > 1 else counts[0]
    return max(floor, SURGE * median_low(counts), PEAK * peak)


def _comparable(past: Past, window: Window) -> list[Window]:
    """Return the same hours of earlier weeks in which the newsletter had stories."""
    step = _step(window)
    windows = [window.earlier(n * step) for n in range(1, REACH + 1)]
    return [
        one
        for one in windows
        if one.start >= past.since and any(map(one.holds, past.arrivals))
    ]


def _step(window: Window) -> timedelta:
    """Return the whole weeks from one window to the one before: they do not overlap."""
    return max(ceil((window.end - window.start) / WEEK), 1) * WEEK


def _counts(arrivals: Sequence[Arrival], windows: Sequence[Window]) -> list[int]:
    return [sum(map(window.holds, arrivals)) for window in windows]


def _when(window: Window, timezone: str) -> str:
    days = (window.end - window.start) / DAY
    if days > 1.5:  # noqa: PLR2004 - no day any more
        return f"in {ceil(days)} days"
    return f"on a {DAYS[window.end.astimezone(ZoneInfo(timezone)).weekday()]}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
