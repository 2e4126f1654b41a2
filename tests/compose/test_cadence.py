from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import cadence, due
from dispatch.model import Cadence

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Africa/Cairo",  # the clocks skip midnight
    "America/Havana",  # and show it twice
    "Pacific/Auckland",
    "Pacific/Kiritimati",
)
PERIODS = (Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY)
moments = st.integers(0, 800 * 24 * 60).map(
    lambda minutes: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
schedules = st.sampled_from(
    ["0 7 * * *", "0 7 * * mon-fri", "30 0 * * *", "0 0 * * *", "0 7,17 * * *"]
)


def label(cadence_, moment, zone):
    """Name the period of a moment by the calendar on its wall."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    match cadence_:
        case Cadence.DAILY:
            return day
        case Cadence.WEEKLY:
            return day.isocalendar()[:2]
        case Cadence.MONTHLY:
            return day.year, day.month


@given(moments, moments, st.sampled_from(ZONES), st.sampled_from(PERIODS))
def test_an_issue_is_due_when_the_newest_was_of_an_earlier_period(
    covered_at, slot, zone, wanted
):
    if slot < covered_at:
        covered_at, slot = slot, covered_at

    is_due = cadence.is_due(wanted, covered_at, slot, zone)

    assert is_due == (label(wanted, covered_at, zone) != label(wanted, slot, zone))


@given(moments, st.sampled_from(ZONES))
def test_a_period_begins_before_its_slot_and_the_day_begins_last(slot, zone):
    begun = cadence.begun(slot, zone)

    assert begun[Cadence.WEEKLY] <= begun[Cadence.DAILY] <= slot
    assert begun[Cadence.MONTHLY] <= begun[Cadence.DAILY]
    for wanted, start in begun.items():
        assert label(wanted, start, zone) == label(wanted, slot, zone)
        before = start - timedelta(microseconds=1)
        assert label(wanted, before, zone) != label(wanted, slot, zone)


@given(moments, st.integers(0, 40), schedules, st.sampled_from(ZONES), st.data())
def test_the_next_due_slot_is_the_first_that_is_due(now, days, schedule, zone, data):
    wanted = data.draw(st.sampled_from(Cadence))
    covered_at = now - timedelta(days=days)

    found = cadence.next_due(
        wanted, covered_at, schedule=schedule, timezone=zone, after=now
    )

    slots = due.slots_between(schedule, zone, now, found)
    assert slots[-1] == found
    assert [cadence.is_due(wanted, covered_at, one, zone) for one in slots] == [
        *(False for _ in slots[1:]),
        True,
    ]


def test_weeks_go_from_monday_to_sunday_across_the_year():
    sunday = datetime(2027, 1, 3, 23, 59, tzinfo=UTC)  # ISO week 53 of 2026

    assert cadence.begun(sunday, "UTC")[Cadence.WEEKLY] == datetime(
        2026, 12, 28, tzinfo=UTC
    )
    assert not cadence.is_due(
        Cadence.WEEKLY, datetime(2026, 12, 28, tzinfo=UTC), sunday, "UTC"
    )


def test_the_newsletters_zone_says_which_day_it_is():
    slot = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # still Sunday in New York

    assert cadence.begun(slot, "America/New_York")[Cadence.WEEKLY] == datetime(
        2026, 2, 23, 5, 0, tzinfo=UTC
    )


def test_who_never_had_mail_is_due_at_once():
    assert all(
        cadence.is_due(wanted, None, datetime(2026, 3, 4, tzinfo=UTC), "UTC")
        for wanted in Cadence
    )


@pytest.mark.parametrize(
    ("schedule", "offered"),
    [
        ("0 7 * * *", "each weekly monthly"),
        ("0 7,17 * * *", "each daily weekly monthly"),
        ("0 9 * * sat", "each monthly"),
        ("0 9 1 * *", "each"),
        ("0 9 1 1 *", "each"),
        ("*/5 * * * *", "each daily weekly monthly"),
    ],
)
def test_only_what_makes_a_difference_is_offered(schedule, offered):
    assert " ".join(cadence.offered(schedule, "Europe/Berlin")) == offered
