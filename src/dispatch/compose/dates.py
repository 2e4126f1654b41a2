"""Dates as a reader expects them, without asking the machine's locale.

English only, as the shipped templates are; any other language gets ISO 8601, which
nobody misreads. Templates that are translated have the datetime itself.
"""

from datetime import datetime

MONTH_FIRST = ("en", "en-us")


def full(moment: datetime, language: str) -> str:
    """Wednesday, March 4, 2026; or Wednesday, 4 March 2026; or 2026-03-04."""
    if not _english(language):
        return f"{moment:%Y-%m-%d}"
    if language.lower() in MONTH_FIRST:
        return f"{moment:%A, %B} {moment.day}, {moment.year}"
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def short(moment: datetime, language: str) -> str:
    """March 4; or 4 March; or 2026-03-04."""
    if not _english(language):
        return f"{moment:%Y-%m-%d}"
    if language.lower() in MONTH_FIRST:
        return f"{moment:%B} {moment.day}"
    return f"{moment.day} {moment:%B}"


def time(moment: datetime, language: str) -> str:
    """7:05 a.m.; or 07:05."""
    if language.lower() not in MONTH_FIRST:
        return f"{moment:%H:%M}"
    half = "a.m." if moment.hour < 12 else "p.m."  # noqa: PLR2004 - noon
    return f"{moment.hour % 12 or 12}:{moment:%M} {half}"


def _english(language: str) -> bool:
    return language.lower().split("-")[0] == "en"
