"""Lengths of time as people write them: "10s", "5m", "6h", "2d"."""

import re
from datetime import timedelta

from dispatch.config.faults import UnfitError

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = timedelta(days=366)
REMEDY = 'Write a whole number and s, m, h or d in quotes, for example "10s" or "2d".'

_SHAPE = re.compile(r"([0-9]{1,9}) ?([smhd])")


def parse(text: str) -> timedelta:
    """Return the length `text` says; raise UnfitError where it says none."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise UnfitError(f"{text!r} is not a length of time.", REMEDY)
    length = timedelta(seconds=int(match[1]) * UNITS[match[2]])
    if length > LONGEST:
        raise UnfitError(
            f"{text!r} is longer than a year.", 'Write "366d" at the most.'
        )
    return length


def write(length: timedelta) -> str:
    """Return the shortest text that `parse` reads as `length`."""
    seconds = int(length.total_seconds())
    for unit, size in sorted(UNITS.items(), key=lambda item: -item[1]):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
