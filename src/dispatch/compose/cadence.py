"""When a reader's mail is due: each issue, or the first of a day, a week, a month.

A reader gets the first issue of the period that is not theirs yet, by the calendar of
the newsletter's zone; weeks begin on Monday. One that is missed, by downtime or for
lack of stories, leaves them for the next in the same period. Whoever is not due keeps
their content mark, and so gets everything since with the one that is. Pure.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from dispatch.compose import due
from dispatch.model import Cadence

LOOKED_AT = timedelta(days=62)  # of a schedule, to see how close its slots come


def begun(slot: datetime, timezone: str) -> Mapping[Cadence, datetime]:
    """Return when the day, the week and the month of `slot` began, in UTC."""
    zone = ZoneInfo(timezone)
    day = slot.astimezone(zone).date()
    return {
        cadence: _midnight(_first(cadence, day), zone)
        for cadence in Cadence
        if cadence is not Cadence.EACH
    }


def is_due(
    cadence: Cadence, covered_at: datetime | None, slot: datetime, timezone: str
) -> bool:
    """Whether the issue of `slot` is for a reader whose newest was of `covered_at`."""
    if cadence is Cadence.EACH or covered_at is None:
        return True
    return covered_at < begun(slot, timezone)[cadence]


def next_due(
    cadence: Cadence,
    covered_at: datetime | None,
    *,
    schedule: str,
    timezone: str,
    after: datetime,
) -> datetime:
    """Return the first slot later than `after` whose issue is for this reader."""
    slot = due.next_slot(schedule, timezone, after)
    if is_due(cadence, covered_at, slot, timezone):
        return slot
    following = _following(cadence, slot.astimezone(ZoneInfo(timezone)).date())
    start = _midnight(following, ZoneInfo(timezone))
    return due.next_slot(schedule, timezone, start - timedelta(microseconds=1))


@cache
def offered(schedule: str, timezone: str) -> tuple[Cadence, ...]:
    """Return the cadences that make a difference to a newsletter's readers.

    Nobody is offered a weekly mail of what comes once a week.
    """
    slots = due.slots_between(
        schedule, timezone, due.ANY_MOMENT, due.ANY_MOMENT + LOOKED_AT
    )
    shared = {
        cadence
        for one, other in pairwise(slots)
        for cadence, start in begun(other, timezone).items()
        if one >= start
    }
    return tuple(one for one in Cadence if one is Cadence.EACH or one in shared)


def _first(cadence: Cadence, day: date) -> date:
    """Return the first day of the period that `day` is in."""
    match cadence:
        case Cadence.MONTHLY:
            return day.replace(day=1)
        case Cadence.WEEKLY:
            return day - timedelta(days=day.weekday())
        case Cadence.DAILY | Cadence.EACH:
            return day


def _following(cadence: Cadence, day: date) -> date:
    """Return the first day of the period after the one that `day` is in."""
    longest = {Cadence.MONTHLY: 31, Cadence.WEEKLY: 7}.get(cadence, 1)
    return _first(cadence, _first(cadence, day) + timedelta(days=longest))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins; where the clocks skip midnight, when they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
