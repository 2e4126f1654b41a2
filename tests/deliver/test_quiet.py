from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import quiet

NIGHT = quiet.parse("22:00-06:00")
NOONISH = quiet.parse("12:00-13:30")
BERLIN = "Europe/Berlin"


def berlin(day, hour, minute=0):
    zone = ZoneInfo(BERLIN)
    return datetime(2026, 3, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (berlin(2, 23), berlin(3, 6)),
        (berlin(3, 5, 59), berlin(3, 6)),
        (berlin(3, 6), None),
        (berlin(3, 21, 59), None),
        (berlin(3, 22), berlin(4, 6)),
        (berlin(28, 23), berlin(29, 6)),  # the night in which clocks go forward
    ],
)
def test_a_night_ends_in_the_morning_of_the_zone(now, ends):
    assert quiet.until(NIGHT, BERLIN, now=now) == ends


def test_a_stretch_within_a_day():
    assert quiet.until(NOONISH, BERLIN, now=berlin(2, 12, 30)) == berlin(2, 13, 30)
    assert quiet.until(NOONISH, BERLIN, now=berlin(2, 13, 30)) is None


def test_none_is_never_quiet():
    assert quiet.parse("") is None
    assert quiet.until(None, "UTC", now=berlin(2, 23)) is None


@pytest.mark.parametrize(
    "text", ["22-6", "22:00", "24:00-06:00", "22:60-06:00", "06:00-06:00", "late"]
)
def test_what_is_no_stretch_of_hours_is_said_so(text):
    with pytest.raises(ValueError, match=r"22:00-06:00|no end"):
        quiet.parse(text)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(MOMENTS, st.sampled_from([NIGHT, NOONISH]), st.sampled_from([BERLIN, "UTC"]))
def test_quiet_always_ends_within_a_day_and_is_over_then(now, hours, zone):
    ends = quiet.until(hours, zone, now=now)
    if ends is None:
        begins = quiet.next_begin(hours, zone, now=now)
        assert now < begins <= now + timedelta(hours=25)
        assert quiet.until(hours, zone, now=begins) is not None
    else:
        assert now < ends <= now + timedelta(hours=25)
        assert quiet.until(hours, zone, now=ends) is None
