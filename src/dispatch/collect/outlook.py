"""Decide when a source is asked again: as often as it publishes, never unwelcome.

    next = the latest of: its interval, what its caches and its document say
           (12 h at most), and what its server asked for (Retry-After);
    then out of the hours and days in which the document wants no visits.

All of it is arithmetic on what is handed in. What a server says in dates is taken
relative to its own Date header, so that a wrong clock over there moves nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from dispatch.collect.rhythm import Rhythm
from dispatch.model import Outlook

LONGEST_HINT = timedelta(hours=12)  # a cache may not keep a newsroom waiting longer
LONGEST_REQUEST = timedelta(days=7)  # Retry-After; what is longer is a mistake
LONGEST_BACK_OFF = timedelta(days=1)
FIRST_BACK_OFF = timedelta(minutes=15)
MOST_DOUBLINGS = 20
SPREAD = 0.1  # of the interval, so that sources do not march in step
HOUR = timedelta(hours=1)
HOURS_A_WEEK = 7 * 24
MOST_DIGITS = 9  # of a number of seconds in a header
NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Due:
    """When to ask again, and why then: a clause for `status`."""

    at: datetime
    why: str


def after_success(
    name: str,
    *,
    every: timedelta | None,
    rhythm: Rhythm,
    outlook: Outlook,
    headers: Mapping[str, str],
    now: datetime,
) -> Due:
    """Say when to come back after a good answer with these headers.

    `every` is the interval of config.toml, None for the source's own rhythm.
    """
    if every is not None:
        wait, why = every, f"{words(every)}, as config.toml says"
    else:
        wait = rhythm.wait(now)
        why = f"{words(wait)}: {rhythm.words()}"
    for hint, reason in (
        (freshness(headers, now), "its answer is good until then"),
        (outlook.ttl or NOTHING, "the document asks for no visit before (ttl)"),
    ):
        if min(hint, LONGEST_HINT) > wait:
            wait, why = min(hint, LONGEST_HINT), reason
    at = now + wait + wait * SPREAD * _share(name, now)
    allowed = out_of_rest(at, outlook)
    if allowed != at:
        spread = HOUR * SPREAD * _share(name, now)
        return Due(allowed + spread, "the document names hours without visits")
    return Due(at, why)


def after_failure(
    name: str, *, every: timedelta | None, failures: int, now: datetime
) -> Due:
    """Say when to try again after `failures` bad visits in a row: it doubles.

    At most a day, and never not at all.
    """
    first = max(every if every is not None else FIRST_BACK_OFF, timedelta(seconds=1))
    wait = doubled(first, failures - 1, longest=LONGEST_BACK_OFF)
    wait = min(wait + wait * SPREAD * _share(name, now), LONGEST_BACK_OFF)
    return Due(now + wait, _times(failures))


def doubled(first: timedelta, times: int, *, longest: timedelta) -> timedelta:
    """Return a wait that doubles each time, and is never longer than `longest`."""
    doublings = min(max(times, 0), MOST_DOUBLINGS)
    wait: timedelta = min(first, longest) * 2**doublings
    return min(wait, longest)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the server asks to be left alone; None when it does not say."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(_seconds(said), LONGEST_REQUEST)
    until = _date(said)
    if until is None:
        return None
    there = _date(headers.get("date", "")) or now
    return min(max(until - there, NOTHING), LONGEST_REQUEST)


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long the answer stays good (RFC 9111, section 4.2); zero if unsaid."""
    control = _directives(headers.get("cache-control", ""))
    if "no-cache" in control or "no-store" in control:
        return NOTHING
    age = _number(headers.get("age", ""))
    if "max-age" in control:
        return max(_number(control["max-age"]) - age, NOTHING)
    expires = _date(headers.get("expires", ""))
    if expires is None:
        return NOTHING
    there = _date(headers.get("date", "")) or now
    return max(expires - there - age, NOTHING)


def out_of_rest(at: datetime, outlook: Outlook) -> datetime:
    """Return the first moment from `at` on that is in no skipped hour or day (GMT).

    Somebody who skips them all has made a mistake: then nothing is skipped.
    """
    moment = at.astimezone(UTC)
    for _ in range(HOURS_A_WEEK + 1):
        skipped = (
            moment.hour in outlook.skip_hours or moment.weekday() in outlook.skip_days
        )
        if not skipped:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + HOUR
    return at


def words(wait: timedelta) -> str:
    """Say an interval: "every 15 min", "every 2 h"."""
    minutes = max(round(wait / timedelta(minutes=1)), 1)
    if minutes < 120 or minutes % 60:  # noqa: PLR2004 - two hours
        return f"every {minutes} min"
    return f"every {minutes // 60} h"


def _times(failures: int) -> str:
    return "it failed" if failures == 1 else f"it failed {failures} times in a row"


def _share(name: str, now: datetime) -> float:
    """Return a number from 0 to 1 that differs by source and by visit."""
    digest = hashlib.sha256(f"{name} {now.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:4]) / 0xFFFFFFFF


def _directives(header: str) -> dict[str, str]:
    """Return Cache-Control's parts; of one that is said twice, the first counts."""
    found: dict[str, str] = {}
    for part in header.lower().split(","):
        name, _, value = part.strip().partition("=")
        found.setdefault(name.strip(), value.strip().strip('"'))
    return found


def _number(text: str) -> timedelta:
    text = text.strip()
    return _seconds(text) if text.isascii() and text.isdigit() else NOTHING


def _seconds(digits: str) -> timedelta:
    """Return so many seconds; a number that no clock knows is a very long time."""
    return timedelta(seconds=int(digits.lstrip("0")[:MOST_DIGITS] or 0))


def _date(text: str) -> datetime | None:
    """Return an HTTP date, aware and in UTC; None for anything else."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
