"""Dates as a reader expects them, without asking the machine's locale.

English is known here, others by the [dates] of their words; a language without gets
ISO 8601, which nobody misreads.
"""

from collections.abc import Mapping
from datetime import datetime

from dispatch.compose import words
from dispatch.compose.words import Words

MONTH_FIRST = ("en", "en-us")


def full(moment: datetime, language: str, said: Words | None = None) -> str:
    """Wednesday, March 4, 2026; or Wednesday, 4 March 2026; or 2026-03-04."""
    if not _english(language):
        return _written(moment, "full", (said or {}).get("dates", {}))
    if language.lower() in MONTH_FIRST:
        return f"{moment:%A, %B} {moment.day}, {moment.year}"
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def short(moment: datetime, language: str, said: Words | None = None) -> str:
    """March 4; or 4 March; or 2026-03-04."""
    if not _english(language):
        return _written(moment, "short", (said or {}).get("dates", {}))
    if language.lower() in MONTH_FIRST:
        return f"{moment:%B} {moment.day}"
    return f"{moment.day} {moment:%B}"


def time(moment: datetime, language: str) -> str:
    """7:05 a.m.; or 07:05."""
    if language.lower() not in MONTH_FIRST:
        return f"{moment:%H:%M}"
    half = "a.m." if moment.hour < 12 else "p.m."  # noqa: PLR2004 - noon
    return f"{moment.hour % 12 or 12}:{moment:%M} {half}"


def _written(moment: datetime, form: str, names: Mapping[str, str]) -> str:
    if not {form, "weekdays", "months"} <= names.keys():
        return f"{moment:%Y-%m-%d}"
    first = names.get("first", "") if moment.day == 1 else ""
    values = {
        "weekday": names["weekdays"].split()[moment.weekday()],
        "day": first or moment.day,
        "month": names["months"].split()[moment.month - 1],
        "year": moment.year,
    }
    return words.fill(names[form], values)


def _english(language: str) -> bool:
    return language.lower().split("-")[0] == "en"
