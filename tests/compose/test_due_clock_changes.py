from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import due

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Europe/London",
    "Australia/Sydney",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",  # moves its clocks by half an hour
)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

zones = st.sampled_from(ZONES)
moments = st.datetimes(START.replace(tzinfo=None), END.replace(tzinfo=None))


def wall(slot, zone):
    return slot.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@cache
def shown_in_2026(zone):
    """Every quarter of an hour that a clock on the wall shows in the year."""
    quarters = (END - START) // QUARTER
    return {wall(START + n * QUARTER, zone) for n in range(1, quarters + 1)}


def month_by_month(expr, zone):
    edges = [START + timedelta(days=15 * n) for n in range(25)] + [END]
    return [
        slot
        for span in pairwise(edges)
        for slot in due.slots_between(expr, zone, *span)
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_every_moment_that_the_clocks_show_comes_exactly_once(zone):
    shown = [wall(slot, zone) for slot in month_by_month("*/15 * * * *", zone)]

    assert len(set(shown)) == len(shown)
    assert shown == sorted(shown)
    assert set(shown) == shown_in_2026(zone)


@given(
    zone=zones,
    expr=st.sampled_from(["30 2 * * *", "0 0 * * *", "*/30 * * * *", "15 1 * * sun"]),
    start=moments,
    first=st.integers(0, 60 * 24 * 9),
    second=st.integers(0, 60 * 24 * 9),
)
def test_slots_do_not_depend_on_where_one_starts_to_look(
    zone, expr, start, first, second
):
    start = start.replace(tzinfo=UTC)
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)

    whole = due.slots_between(expr, zone, start, end)

    parts = [(start, middle), (middle, end)]
    assert whole == sum((due.slots_between(expr, zone, *part) for part in parts), ())
    assert due.next_slot(expr, zone, start) > start


@pytest.mark.parametrize(
    ("zone", "expr", "day", "expected"),
    [
        # Skipped in spring: when the clocks have been put forward.
        ("America/New_York", "30 2 * * *", "2026-03-08", "03:00"),
        ("Europe/Berlin", "15 2 * * *", "2026-03-29", "03:00"),
        ("Asia/Beirut", "0 0 * * *", "2026-03-29", "01:00"),
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "02:30"),
        # Shown twice in autumn: at the first showing.
        ("America/New_York", "30 1 * * *", "2026-11-01", "01:30"),
        ("Europe/London", "30 1 * * *", "2026-10-25", "01:30"),
    ],
)
def test_a_moment_the_clocks_skip_or_repeat_still_comes_once(zone, expr, day, expected):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    start = midnight - timedelta(minutes=1)

    slots = due.slots_between(expr, zone, start, start + timedelta(hours=22))

    assert [f"{wall(slot, zone):%H:%M}" for slot in slots] == [expected]
    assert slots[0].astimezone(ZoneInfo(zone)).fold == 0


def test_a_weekly_schedule_over_spring_forward_loses_no_week():
    monday = due.slots_between("0 0 * * mon", "America/Los_Angeles", START, END)

    gaps = {b - a for a, b in pairwise(monday)}
    assert gaps <= {timedelta(days=7, hours=hours) for hours in (-1, 0, 1)}
