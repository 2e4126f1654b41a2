from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import due
from dispatch.model import NewsletterState, SlotOutcome

ZONES = [
    "UTC",
    "America/New_York",
    "America/Los_Angeles",
    "America/Santiago",
    "Europe/Berlin",
    "Europe/London",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Sydney",
]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def state(**changes):
    return NewsletterState("daily", "Daily", NOON, NOON, **changes)


def outcomes(slots, newsletter=None, **policy):
    rules = {"catch_up": "latest", "max_lateness": timedelta(hours=6), **policy}
    decided = due.settle(slots, newsletter or state(), now=NOON, **rules)
    return [one.outcome for one in decided]


def hours_ago(*hours):
    return [NOON - timedelta(hours=hour) for hour in hours]


@pytest.mark.parametrize("zone", ZONES)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_daily_slot_comes_once_on_every_local_day(zone, hour, minute):
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone))
    slots = due.slots_between(
        f"{minute} {hour} * * *",
        zone,
        start.astimezone(UTC) - timedelta(seconds=1),
        start.replace(year=2027).astimezone(UTC) - timedelta(seconds=1),
    )

    days = [slot.astimezone(ZoneInfo(zone)).date() for slot in slots]
    assert len(days) == 365
    assert len(set(days)) == 365


@given(
    expression=st.sampled_from(["0 7 * * mon-fri", "30 2 * * *", "15 0 * * 0"]),
    cut=st.integers(0, 60 * 24 * 40),
)
def test_slots_are_the_same_however_often_one_looks(expression, cut):
    start, end = NOON, NOON + timedelta(days=40)
    middle = start + timedelta(minutes=cut)

    whole = due.slots_between(expression, "Europe/Berlin", start, end)
    halves = due.slots_between(expression, "Europe/Berlin", start, middle)
    halves += due.slots_between(expression, "Europe/Berlin", middle, end)
    assert halves == whole


def test_sunday_is_zero():
    slot = due.next_slot("0 9 * * 0", "UTC", NOON)

    assert slot.weekday() == 6


@pytest.mark.parametrize(
    "expression", ["mondays at 9", "", "0 25 * * *", "0 7 * *", "0 0 30 2 *", "@daily"]
)
def test_what_is_no_schedule_is_told_with_an_example(expression):
    with pytest.raises(ValueError, match="five cron fields"):
        due.check_schedule(expression)


def test_the_latest_of_several_due_slots_opens_and_the_others_are_superseded():
    assert outcomes(hours_ago(3, 2, 1)) == [
        SlotOutcome.SUPERSEDED,
        SlotOutcome.SUPERSEDED,
        SlotOutcome.OPENED,
    ]


def test_catch_up_all_opens_every_slot_that_is_not_too_late():
    assert outcomes(hours_ago(30, 2, 1), catch_up="all") == [
        SlotOutcome.SKIPPED_LATE,
        SlotOutcome.OPENED,
        SlotOutcome.OPENED,
    ]


def test_catch_up_skip_sends_nothing_late_but_a_tick_is_not_late():
    punctual = NOON - timedelta(seconds=40)

    assert outcomes([*hours_ago(1), punctual], catch_up="skip") == [
        SlotOutcome.SKIPPED_LATE,
        SlotOutcome.OPENED,
    ]


def test_slots_within_a_pause_are_paused():
    paused = state(
        paused_at=NOON - timedelta(hours=4), paused_until=NOON - timedelta(hours=2)
    )

    assert outcomes(hours_ago(5, 3, 1), paused, catch_up="all") == [
        SlotOutcome.OPENED,
        SlotOutcome.PAUSED,
        SlotOutcome.OPENED,
    ]
