"""Hours in which no issue is sent: "22:00-06:00" in the publication's zone.

Pure. A night when clocks change is as long as the clock on the wall says.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `begin` to `end`, maybe over midnight."""

    begin: time
    end: time


def parse(text: str) -> Quiet | None:
    """Read "22:00-06:00"; None for an empty text. ValueError says what it is not."""
    if not text.strip():
        return None
    found = HOURS.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no stretch of hours: write it as 22:00-06:00.")
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise ValueError(f"{text!r} has no end.")
    return Quiet(begin, end)


def until(quiet: Quiet | None, zone: str, *, now: datetime) -> datetime | None:
    """Return when it ends, if it is quiet now; else None."""
    if quiet is None:
        return None
    local = now.astimezone(ZoneInfo(zone))
    clock = local.time()
    if quiet.begin < quiet.end:
        inside = quiet.begin <= clock < quiet.end
    else:
        inside = clock >= quiet.begin or clock < quiet.end
    if not inside:
        return None
    days = int(quiet.begin > quiet.end and clock >= quiet.begin)
    return _at(local, quiet.end, days)


def next_begin(quiet: Quiet, zone: str, *, now: datetime) -> datetime:
    """Return when it next becomes quiet after `now`, which is not."""
    local = now.astimezone(ZoneInfo(zone))
    return _at(local, quiet.begin, int(local.time() >= quiet.begin))


def _at(local: datetime, clock: time, days: int) -> datetime:
    """Return the moment of a time of day, `days` later, in UTC."""
    day = local.date() + timedelta(days=days)
    return datetime.combine(day, clock, local.tzinfo).astimezone(UTC)
