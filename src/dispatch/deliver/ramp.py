"""Warm a relay up: from a few messages a day to all it may send, by equal factors.

Receivers distrust an address that sends much on its first day. Pure: dates in, a
number out.
"""

from datetime import date


def allowance(*, first: int, target: int, days: int, day: int) -> int | None:
    """Return how many messages may go on a day of the schedule; None after its end.

    Day 0 is the first; days before it count as the first.
    """
    if day >= days or first >= target:
        return None
    if day <= 0 or days == 1:
        return first
    grown: float = first * (target / first) ** (day / (days - 1))
    return min(target, round(grown))


def day_of(start: date, today: date) -> int:
    """Return which day of the schedule it is, from 0; negative before it starts."""
    return (today - start).days
