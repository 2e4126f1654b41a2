"""What words, numbers and times of config.toml must be.

A rule takes a value of the right type and raises ValueError with a sentence. Empty
texts are looked at only where a key may not be empty.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.compose import due
from dispatch.config import durations
from dispatch.config.faults import UnfitError
from dispatch.deliver import quiet

Rule = Callable[[Any], None]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
CATEGORY = re.compile(r"[A-Z][A-Za-z& -]{1,40}( > [A-Z][A-Za-z& -]{1,40})?")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RATE = re.compile(r"[1-9][0-9]{0,8}/[smhd]")
GHOST_KEY = re.compile(r"[0-9a-f]{26}")


def shaped(pattern: re.Pattern[str], what: str, remedy: str, value: str) -> None:
    """Require a pattern, if there is anything at all."""
    if value and not pattern.fullmatch(value):
        raise UnfitError(f"{value!r} is not {what}.", remedy)


def filled(rule: Rule, value: str) -> None:
    """Require something, and that it passes `rule`."""
    if not value.strip():
        raise UnfitError(
            "is empty.", "Fill it in, or take the line out for the default."
        )
    rule(value)


def each(rule: Rule, values: object) -> None:
    """Require every text of a list to be there once and to pass `rule`."""
    seen: list[str] = []
    for value in values if isinstance(values, list | tuple) else ():
        filled(rule, value)
        if value in seen:
            raise UnfitError(f"{value!r} is there twice.", "Take one of them out.")
        seen.append(value)


def between(low: float, high: float, value: int) -> None:
    """Require a number within bounds, both allowed."""
    if not low <= value <= high:
        raise UnfitError(f"{value} is out of bounds.", f"Write {low} to {high}.")


def lasting(low: str, high: str, value: timedelta) -> None:
    """Require a length of time within bounds, both allowed."""
    if not durations.parse(low) <= value <= durations.parse(high):
        shown = durations.write(value)
        raise UnfitError(f'"{shown}" is out of bounds.', f'Write "{low}" to "{high}".')


def anything(value: object) -> None:
    """Require nothing."""


def zone(value: str) -> None:
    """Require a time zone by its IANA name, if any."""
    try:
        if value:
            ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        remedy = 'Write a name such as "America/New_York", "Europe/Berlin" or "UTC".'
        raise UnfitError(f"{value!r} is not a time zone.", remedy) from error


def day(value: str) -> None:
    """Require a date, if any."""
    try:
        if value:
            date.fromisoformat(value)
    except ValueError as error:
        remedy = 'Write year, month and day, as in "2027-12-31".'
        raise UnfitError(f"{value!r} is no date.", remedy) from error


def hours(value: str) -> None:
    """Require a stretch of hours, if any."""
    try:
        quiet.parse(value)
    except ValueError as error:
        raise UnfitError(str(error), 'Write it as in "22:00-06:00".') from error


name = partial(
    filled,
    partial(
        shaped,
        NAME,
        "a name",
        "Use a to z, 0 to 9 and hyphens, at most 40 characters.",
    ),
)
named = partial(shaped, NAME, "a name", "Write the name of another [[relay]].")
language = partial(
    shaped, LANGUAGE, "a language tag", 'Write it as in "en" or "pt-BR".'
)
colour = partial(shaped, COLOUR, "a colour", 'Write it as in "#0b5394".')
rate = partial(
    shaped, RATE, "a rate", 'Write it as in "14/s", "600/m", "9000/h" or "50000/d".'
)
ghost_key = partial(
    shaped,
    GHOST_KEY,
    "a Content API key",
    "Copy it from Ghost's page Settings, Integrations: 26 digits and letters a to f.",
)
schedule = partial(filled, due.check_schedule)
texts = partial(each, anything)
