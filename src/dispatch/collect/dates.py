"""The date layer: what people and programs write for a moment becomes UTC.

A ladder, first answer wins: epoch seconds or milliseconds, ISO 8601, dates with
the month's name (RFC 822, AP style, the months of ten languages, a table of zones),
numbers with slashes, and last dateparser for other languages, told not to guess.
Years before 1990 or more than ten ahead are no dates of ours.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import dateparser

from dispatch.collect import zones
from dispatch.collect.calendar_words import FILLERS, MONTHS

EARLIEST = 1990
YEARS_AHEAD = 10
NOON = time(12)
LONGEST = 120  # characters; no date is longer
CENTURY = 2000  # of a year in two digits, as RFC 822 had them
TOKEN = re.compile(
    r"""(?P<clock>\d{1,2}(?::|\s?h\s?)\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s*[ap]\.?m\b\.?)?
                | \d{1,2}\s*[ap]\.?m\b\.? | noon | midnight)
      | (?P<offset>(?:(?:gmt|utc)\s?)?[+-]\d\d:?\d\d\b)
      | (?P<year>(?:19|20|21)\d\d)\b
      | (?P<day>\d{1,2})
      | (?P<word>[^\W\d_]+)
      | (?P<other>[^\s,.;()’'/ºª°-]+)""",
    re.VERBOSE | re.IGNORECASE,
)
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:(?::|\s?h\s?)(?P<minute>\d\d))?(?::(?P<second>\d\d))?[.,\d]*"
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


def out_of_season(text: str, moment: datetime) -> str:
    """Return the zone that `text` names though it does not hold then (EST in July).

    Such a date is taken as it is written; this is for whoever wants to say so.
    Empty when all is well.
    """
    words = re.findall(r"[A-Za-z]{3,4}\b", text[-20:])
    slips = (word for word in words if zones.out_of_season(word, moment))
    return next(slips, "")


def is_plausible(moment: datetime, now: datetime) -> bool:
    """Whether a moment can be a story's: not before 1990, not ten years ahead."""
    return EARLIEST <= moment.year <= now.year + YEARS_AHEAD


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
            yield _in_range(rung(line, setting), setting.now)
        except (ValueError, OverflowError):
            continue


def _in_range(moment: datetime | None, now: datetime) -> datetime | None:
    if moment is None or not is_plausible(moment, now):
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
        kind, value = _kind(found, parts)
        if kind == "filler":
            continue
        if kind in {"other", ""} or kind in parts:
            return None
        parts[kind] = value
    if not {"day", "month", "year"} <= set(parts):
        return None
    zone = zones.named(parts.get("offset", parts.get("zone", "")), default=setting.zone)
    if zone is None:
        return None
    day = (int(parts["year"]), MONTHS[parts["month"]], int(parts["day"]))
    return _moment(day, parts.get("clock", ""), zone, setting)


def _kind(found: re.Match[str], parts: dict[str, str]) -> tuple[str, str]:
    """Return what a piece of a date is, in the light of the pieces before it."""
    kind, value = str(found.lastgroup), found[0].lower()
    if kind == "word":
        kind = _kind_of_word(value)
    if kind == "month" and [*parts.items()][:1] == [("month", "mar")]:
        del parts["month"]  # it was a Tuesday: martes, martedì, mardi
    is_year = kind == "day" and len(value) == 2 and {"day", "month"} <= parts.keys()  # noqa: PLR2004 - digits
    if is_year and "clock" not in parts:
        return "year", str(CENTURY + int(value))
    return kind, value


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
