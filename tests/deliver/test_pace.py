import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import pace


def test_rates_are_read():
    assert pace.parse("14/s").per_second == 14
    assert pace.parse("600/m").per_second == 10
    assert pace.parse(" 3600/h ").per_second == 1
    assert pace.parse("86400/d").per_second == 1


@pytest.mark.parametrize("text", ["", "14", "14/w", "0/s", "-1/s", "a/s", "1.5/s"])
def test_what_is_no_rate_is_said_so(text):
    with pytest.raises(ValueError, match="14/s"):
        pace.parse(text)


def test_without_rates_everything_may_go():
    assert pace.Pace([], now=0.0).take(20, now=0.0) == 20


def test_two_seconds_worth_may_go_at_once_and_then_the_rate_holds():
    bucket = pace.Pace([pace.parse("5/s")], now=0.0)

    assert bucket.take(100, now=0.0) == 10
    assert bucket.take(100, now=0.0) == 0
    assert bucket.take(100, now=1.0) == 5


def test_the_strictest_rate_decides():
    bucket = pace.Pace([pace.parse("100/s"), pace.parse("60/m")], now=0.0)

    assert bucket.take(100, now=0.0) == 2
    assert 0.9 < bucket.wait() <= 1.0


def test_what_was_not_used_can_be_given_back():
    bucket = pace.Pace([pace.parse("5/s")], now=0.0)
    bucket.take(10, now=0.0)
    bucket.give_back(4)

    assert bucket.take(10, now=0.0) == 4


@given(
    st.integers(1, 100),
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 50)), max_size=40),
)
def test_no_stretch_of_time_carries_more_than_its_share(rate, asks):
    bucket = pace.Pace([pace.Rate(rate, 1)], now=0.0)
    now, taken = 0.0, 0
    for passed, most in asks:
        now += passed
        taken += bucket.take(most, now=now)

    assert taken <= max(1, 2 * rate) + rate * now + 1
