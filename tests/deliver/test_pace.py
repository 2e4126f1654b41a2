from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import pace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RATES = st.builds(pace.Rate, st.integers(1, 100), st.sampled_from([1, 60]))


def later(seconds):
    return NOON + timedelta(seconds=seconds)


class Bucket:
    """The state that the store keeps."""

    def __init__(self, text):
        self.rate = pace.parse(text)
        self.full_at = None

    def take(self, most, *, now=NOON):
        count = min(most, pace.available(self.rate, self.full_at, now=now))
        self.full_at = pace.taken(self.rate, self.full_at, count, now=now)
        return count


def test_rates_are_read():
    assert pace.parse("14/s").per_second == 14
    assert pace.parse("600/m").per_second == 10
    assert pace.parse(" 3600/h ").per_second == 1
    assert pace.parse("86400/d").per_second == 1
    assert [str(pace.parse(text)) for text in ("14/s", "5/d")] == ["14/s", "5/d"]


def test_seconds_and_minutes_are_a_pace_hours_and_days_a_quota():
    quotas = [pace.parse(text).quota for text in ("14/s", "600/m", "1/h", "1/d")]

    assert quotas == [False, False, True, True]


@pytest.mark.parametrize("text", ["", "14", "14/w", "0/s", "-1/s", "a/s", "1.5/s"])
def test_what_is_no_rate_is_said_so(text):
    with pytest.raises(ValueError, match="14/s"):
        pace.parse(text)


def test_two_seconds_worth_may_go_at_once_and_then_the_rate_holds():
    bucket = Bucket("5/s")

    assert bucket.take(100) == 10
    assert bucket.take(100) == 0
    assert bucket.take(100, now=later(1)) == 5


def test_a_slow_rate_lets_one_go_and_says_when_the_next_may():
    bucket = Bucket("6/m")

    assert bucket.take(5) == 1
    assert pace.next_at(bucket.rate, bucket.full_at, now=NOON) == later(10)
    assert bucket.take(5, now=later(9.9)) == 0
    assert bucket.take(5, now=later(10)) == 1


def test_what_was_not_used_can_be_given_back():
    bucket = Bucket("5/s")
    bucket.take(10)
    bucket.full_at = pace.taken(bucket.rate, bucket.full_at, -4, now=NOON)

    assert bucket.take(10) == 4


def test_a_clock_that_goes_back_costs_two_seconds_and_not_a_year():
    bucket = Bucket("5/s")
    bucket.take(10, now=NOON + timedelta(days=366))

    assert bucket.take(10) == 0
    assert bucket.take(10, now=later(2)) == 10


@given(
    RATES,
    st.lists(
        st.tuples(st.floats(0, 30), st.integers(1, 50), st.integers(0, 50)),
        max_size=40,
    ),
)
def test_no_stretch_of_time_carries_more_than_its_share(rate, asks):
    full_at, seconds, gone = None, 0.0, 0
    for passed, most, unused in asks:
        seconds += passed
        now = later(seconds)
        count = min(most, pace.available(rate, full_at, now=now))
        back = min(unused, count)
        full_at = pace.taken(rate, full_at, count, now=now)
        full_at = pace.taken(rate, full_at, -back, now=now)
        gone += count - back

    assert gone <= rate.burst + rate.per_second * seconds + 1


@given(RATES, st.integers(1, 300))
def test_the_next_may_go_when_it_was_said_and_not_before(rate, count):
    full_at = pace.taken(rate, None, min(count, int(rate.burst)), now=NOON)
    at = pace.next_at(rate, full_at, now=NOON)

    assert pace.available(rate, full_at, now=at + timedelta(microseconds=1)) >= 1
    if at > NOON:
        before = at - timedelta(milliseconds=1)
        assert pace.available(rate, full_at, now=before) == 0


MINUTE = pace.minute(NOON)


def test_a_quota_may_be_used_up_at_once_and_comes_back_as_the_window_slides():
    quota = pace.parse("100/h")

    assert pace.left(quota, {}, now=NOON) == 100
    used = {MINUTE - 30: 60, MINUTE: 40}
    assert pace.left(quota, used, now=NOON) == 0
    at = pace.left_at(quota, used, now=NOON)
    assert at == NOON + timedelta(minutes=31)
    assert pace.left(quota, used, now=at) == 60


def test_use_before_the_window_does_not_count():
    assert pace.left(pace.parse("5/h"), {MINUTE - 61: 5}, now=NOON) == 5
    assert pace.left_at(pace.parse("5/h"), {MINUTE - 61: 5}, now=NOON) == NOON


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), max_size=30),
)
def test_no_hour_ever_carries_more_than_the_quota(count, asks):
    quota = pace.Rate(count, 3600)
    used, sent, minutes = {}, [], 0
    for passed, most in asks:
        minutes += passed
        now = NOON + timedelta(minutes=minutes)
        taken = min(most, pace.left(quota, used, now=now))
        used[pace.minute(now)] = used.get(pace.minute(now), 0) + taken
        sent += [minutes] * taken

    for start in sent:
        assert sum(start <= one < start + 60 for one in sent) <= count


@given(
    st.integers(1, 50),
    st.dictionaries(st.integers(MINUTE - 90, MINUTE), st.integers(1, 60), max_size=9),
)
def test_a_quota_is_free_when_it_was_said_and_not_before(count, used):
    quota = pace.Rate(count, 3600)
    at = pace.left_at(quota, used, now=NOON)

    assert pace.left(quota, used, now=at) >= 1
    if at > NOON:
        assert pace.left(quota, used, now=at - timedelta(seconds=1)) == 0
