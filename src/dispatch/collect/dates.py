"""The date layer: what people and programs write for a moment becomes UTC.

A ladder, first answer wins: epoch seconds or milliseconds, ISO 8601, dates with
the month's name (RFC 822, AP style, with a table of zones), numbers with slashes,
and last dateparser for other languages, told not to guess. Years before 1990 or
after 2100 are no dates of ours.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import dateparser

from dispatch.collect import zones
from dispatch.text import plain

EARLIEST, LATEST = 1990, 2100
NOON = time(12)
LONGEST = 120  # characters; no date is longer

MONTH_NAMES = (
    "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|"
    "sep sept september|oct october|nov november|dec december"
)
MONTHS = {
    name: number
    for number, names in enumerate(MONTH_NAMES.split("|"), start=1)
    for name in names.split()
}
FILLERS = plain.lexicon("at on of the until till from st nd rd th and") | plain.lexicon(
    "mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday "
    "sat saturday sun sunday"
)
TOKEN = re.compile(
    r"""(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*[ap]\.?m\b\.?)?
                | \d{1,2}\s*[ap]\.?m\b\.? | noon | midnight)
      | (?P<offset>(?:(?:gmt|utc)\s?)?[+-]\d\d:?\d\d\b)
      | (?P<year>(?:19|20|21)\d\d)\b
      | (?P<day>\d{1,2})
      | (?P<word>[^\W\d_]+)
      | (?P<other>[^\s,.;()’'/-]+)""",
    re.VERBOSE | re.IGNORECASE,
)
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?::(?P<second>\d\d))?[.,\d]*"
    r"\s*(?P<half>[ap])?",
    re.IGNORECASE,
)
ISO = re.compile(
    r"(?P<year>\d{4})[-/.]?(?P<month>\d{1,2})[-/.]?(?P<day>\d{1,2})"
    r"(?:[T\s]+(?P<clock>\d{1,2}:?\d\d(?::?\d\d)?)(?:[.,]\d+)?\s*(?P<zone>.*))?",
    re.IGNORECASE,
)
SLASHED = re.compile(
    r"(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>\d{4})"
    r"(?:,?\s+(?P<clock>\d{1,2}:\d\d.*))?"
)
MONTH_FIRST = frozenset({"en", "en-us", "en-ca", "en-ph", "es-us"})


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a date without a zone, a time or an order is read by."""

    zone: tzinfo
    now: datetime
    language: str
    at: time


def parse(
    text: str, *, timezone: str, now: datetime, language: str = "en", at: time = NOON
) -> datetime | None:
    """Return the moment that `text` names, in UTC; None when it names none.

    Without a zone it is `timezone`'s, a date alone is `at` of that day there.
    `language` decides the order of 3/4/2026 and the names of months.
    """
    line = " ".join(text.split())
    if not line or len(line) > LONGEST:
        return None
    setting = _Setting(ZoneInfo(timezone), now, language.lower() or "en", at)
    return next((moment for moment in _answers(line, setting) if moment), None)


def is_date_only(text: str) -> bool:
    """Whether `text` names a day but no time of day."""
    digits = text.strip()
    if digits.isdigit():
        return len(digits) == len("20260304")
    clock = re.search(r"\d:\d\d|\d\s*[ap]\.?m\b|noon|midnight|T\d", text, re.IGNORECASE)
    return clock is None


def _answers(line: str, setting: _Setting) -> Iterator[datetime | None]:
    rungs: tuple[Callable[[str, _Setting], datetime | None], ...]
    rungs = (_epoch, _iso, _named_month, _slashed, _foreign)
    for rung in rungs:
        try:
            yield _in_range(rung(line, setting))
        except (ValueError, OverflowError):
            continue


def _in_range(moment: datetime | None) -> datetime | None:
    if moment is None or not EARLIEST <= moment.year <= LATEST:
        return None
    return moment.astimezone(UTC)


def _epoch(line: str, _: _Setting) -> datetime | None:
    found = re.fullmatch(r"(\d{9,10})(\d{3})?(?:\.\d+)?", line)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _iso(line: str, setting: _Setting) -> datetime | None:
    found = ISO.fullmatch(line)
    if found is None:
        return None
    zone = zones.named(found["zone"] or "", default=setting.zone)
    clock = re.sub(r"^(\d\d)(\d\d)", r"\1:\2", (found["clock"] or "").replace(":", ""))
    clock = re.sub(r"^(\d\d:\d\d)(\d\d)$", r"\1:\2", clock)
    clock = found["clock"] if ":" in (found["clock"] or "") else clock
    day = (int(found["year"]), int(found["month"]), int(found["day"]))
    return None if zone is None else _moment(day, clock, zone, setting)


def _slashed(line: str, setting: _Setting) -> datetime | None:
    found = SLASHED.fullmatch(line)
    if found is None:
        return None
    first, second = int(found["a"]), int(found["b"])
    month_first = setting.language in MONTH_FIRST and "/" in line
    if first > 12 or (not month_first and second <= 12):  # noqa: PLR2004 - months of a year
        first, second = second, first
    clock, zone = _clock_and_zone(found["clock"] or "", setting)
    day = (int(found["year"]), first, second)
    return None if zone is None else _moment(day, clock, zone, setting)


def _clock_and_zone(text: str, setting: _Setting) -> tuple[str, tzinfo | None]:
    found = re.match(r"[\d:]+\s*(?:[ap]\.?m\b\.?)?", text, re.IGNORECASE)
    clock = found[0] if found else ""
    return clock, zones.named(text[len(clock) :], default=setting.zone)


def _named_month(line: str, setting: _Setting) -> datetime | None:
    """Read the parts in any order; any word that belongs to no date refuses all."""
    parts: dict[str, str] = {}
    for found in TOKEN.finditer(line):
        kind, value = str(found.lastgroup), found[0].lower()
        if kind == "word":
            kind = _kind_of_word(value)
        if kind == "filler":
            continue
        if kind in {"other", ""} or kind in parts:
            return None
        parts[kind] = value
    if not {"day", "month"} <= set(parts) or len(parts.get("year", "0000")) != 4:  # noqa: PLR2004 - digits
        return None
    zone = zones.named(parts.get("offset", parts.get("zone", "")), default=setting.zone)
    if zone is None or "year" not in parts:
        return None
    day = (int(parts["year"]), MONTHS[parts["month"]], int(parts["day"]))
    return _moment(day, parts.get("clock", ""), zone, setting)


def _kind_of_word(word: str) -> str:
    if word in MONTHS:
        return "month"
    if word in FILLERS:
        return "filler"
    return "zone" if zones.is_known(word) else ""


def _foreign(line: str, setting: _Setting) -> datetime | None:
    """Ask dateparser, for whole dates in the source's language only."""
    if not re.search(r"\d", line) or not re.search(r"[^\W\d_]{3}", line):
        return None
    found = dateparser.parse(
        line,
        languages=[re.split(r"[-_]", setting.language)[0]],
        settings={
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
            "RELATIVE_BASE": setting.now.replace(tzinfo=None),
        },
    )
    if found is None:
        return None
    if is_date_only(line):
        found = datetime.combine(found.date(), setting.at)
    return found if found.tzinfo else found.replace(tzinfo=setting.zone)


def _moment(
    day: tuple[int, int, int], clock: str, zone: tzinfo, setting: _Setting
) -> datetime:
    """Put day and time of day together; 24:00 is the next day's start."""
    start = datetime(*day, tzinfo=zone)
    if not clock:
        return start.replace(hour=setting.at.hour, minute=setting.at.minute)
    if clock in {"noon", "midnight"}:
        return start.replace(hour=12 if clock == "noon" else 0)
    found = CLOCK.match(clock)
    if found is None:
        raise ValueError(clock)
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    if (hour, minute) == (24, 0):
        return start + timedelta(days=1)
    return start.replace(hour=hour, minute=minute, second=int(found["second"] or 0))
