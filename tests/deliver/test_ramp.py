from datetime import date

from hypothesis import given, strategies as st

from dispatch.deliver import ramp


def allowed(day, *, first=200, target=50_000, days=30):
    return ramp.allowance(first=first, target=target, days=days, day=day)


def test_it_starts_small_and_ends_at_the_target():
    assert allowed(0) == 200
    assert allowed(29) == 50_000
    assert allowed(30) is None


def test_before_the_first_day_it_is_as_careful_as_on_it():
    assert allowed(-5) == 200


def test_a_target_below_the_start_needs_no_warming():
    assert allowed(3, first=200, target=100) is None


def test_days_are_counted_from_the_start():
    assert ramp.day_of(date(2026, 3, 1), date(2026, 3, 4)) == 3
    assert ramp.day_of(date(2026, 3, 1), date(2026, 2, 28)) == -1


@given(
    st.integers(1, 5_000),
    st.integers(1, 10**7),
    st.integers(1, 366),
    st.integers(0, 365),
)
def test_no_day_allows_less_than_the_one_before_or_more_than_the_target(
    first, target, days, day
):
    today = ramp.allowance(first=first, target=target, days=days, day=day)
    tomorrow = ramp.allowance(first=first, target=target, days=days, day=day + 1)
    if today is not None:
        assert 1 <= today <= target
    if today is not None and tomorrow is not None:
        assert today <= tomorrow <= today * (target / first) + 1
