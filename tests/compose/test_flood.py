"""What holds an issue: a surge against the newsletter's own past, never mere size."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import flood
from dispatch.compose.flood import Past, Window
from dispatch.model import Arrival

MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
TODAY = Window(MONDAY - DAY, MONDAY)
BEGAN = MONDAY - 52 * WEEK


def came(source, count, *, window=TODAY, age=timedelta(hours=1)):
    """So many stories from a source, spread over a window."""
    step = (window.end - window.start) / (count + 1)
    moments = [window.start + (n + 1) * step for n in range(count)]
    return [Arrival(source, moment, moment - age) for moment in moments]


def weeks(counts, source="wire", window=TODAY):
    """What came in the same hours of the weeks before, the last one first."""
    return [
        one
        for n, count in enumerate(counts, 1)
        for one in came(source, count, window=window.earlier(n * WEEK))
    ]


def judge(stories, past=(), *, since=BEGAN, window=TODAY, **named):
    return flood.judge(
        stories, Past(tuple(past), since), window, timezone="UTC", **named
    )


def test_a_surge_of_one_source_is_told_with_what_is_usual():
    past = weeks([6, 5, 6, 7, 6, 8, 6, 5])

    assert judge(came("wire", 43), past) == (
        "43 stories from wire, usually 6 on a Monday",
    )


def test_the_usual_is_that_of_the_weekday_and_not_of_yesterday():
    sunday = TODAY.earlier(DAY)
    past = weeks([6] * 8) + weeks([40] * 8, window=sunday)

    assert judge(came("wire", 43), past)
    assert not judge(came("wire", 43, window=sunday), past, window=sunday)


def test_many_stories_from_many_sources_are_no_flood():
    sources = [f"desk {n}" for n in range(30)]
    past = [one for name in sources for one in weeks([4] * 8, name)]
    today = [one for name in sources for one in came(name, 10)]

    assert judge(today, past) == ()


def test_an_archive_with_old_dates_is_a_flood_even_from_many_sources():
    sources = [f"desk {n}" for n in range(10)]
    past = [one for name in sources for one in weeks([4] * 8, name)]
    today = [one for n in sources for one in came(n, 3, age=timedelta(days=400))]

    assert judge(today, past) == ("30 stories from before 2026-02-27, usually 0",)


def test_a_story_that_waited_since_it_was_young_is_not_old():
    early = TODAY.earlier(10 * DAY)

    assert judge(came("wire", 11, window=early), weeks([6] * 8)) == ()


def test_the_weekend_counts_as_the_hours_it_has():
    weekend = Window(MONDAY - 3 * DAY, MONDAY)
    past = weeks([18] * 8, window=weekend)

    assert judge(came("wire", 40, window=weekend), past, window=weekend) == ()
    (said,) = judge(came("wire", 90, window=weekend), past, window=weekend)
    assert said == "90 stories from wire, usually 18 in 3 days"


def test_weeks_of_holidays_make_no_flood_of_what_follows():
    assert judge(came("wire", 25), weeks([0, 0, 0, 24, 25, 26, 24, 25])) == ()


def test_after_a_summer_without_an_issue_the_first_is_measured_as_a_beginning():
    spring = came("wire", 30, window=TODAY.earlier(9 * WEEK))

    assert judge(came("wire", 40), spring) == ()
    (said,) = judge(came("wire", 41), spring)
    assert said == "41 stories from wire, after a long silence"


def test_a_new_newsletter_may_start_with_many_and_not_with_any_number():
    assert judge(came("newsroom", 40), since=MONDAY - DAY) == ()
    (said,) = judge(came("newsroom", 41), since=MONDAY - DAY)
    assert said == "41 stories from newsroom, and there is nothing to compare it with"


def test_a_first_issue_looks_back_as_far_as_it_is_told_to():
    week = came("newsroom", 20, age=timedelta(days=6))

    assert judge(week, since=MONDAY - DAY)
    assert judge(week, since=MONDAY - DAY, old=timedelta(days=7)) == ()


def test_a_new_source_may_bring_as_many_as_the_newsletter_usually_has():
    past = weeks([20] * 8, "newsroom")

    assert judge(came("wire", 20), past) == ()
    (said,) = judge(came("wire", 21), past)
    assert said == "21 stories from wire, which is new here"


def test_a_source_that_was_approved_once_is_not_asked_about_every_day():
    past = weeks([20] * 8, "newsroom") + came("wire", 43, window=TODAY.earlier(DAY))

    assert judge(came("wire", 50), past) == ()
    assert judge(came("wire", 90), past)


def test_a_monthly_newsletter_is_compared_with_whole_months():
    month = Window(MONDAY - 30 * DAY, MONDAY)
    past = [
        one
        for n in range(1, 9)
        for one in came("wire", 100, window=month.earlier(n * 5 * WEEK))
    ]

    assert judge(came("wire", 140, window=month), past, window=month) == ()
    assert judge(came("wire", 900, window=month), past, window=month)


@given(
    st.lists(st.integers(8, 24), min_size=8, max_size=8),
    st.integers(0, 24),
)
def test_what_was_seen_before_never_holds_an_issue(counts, today):
    assert judge(came("wire", today), weeks(counts)) == ()


@given(st.integers(1, 40), st.floats(1.0, 1.2))
def test_growth_never_holds_an_issue(start, rate):
    counts = [round(start * rate**n) for n in range(9)]

    assert judge(came("wire", counts[-1]), weeks(counts[-2::-1])) == ()


@given(
    st.lists(st.integers(1, 20), min_size=8, max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_holidays_never_hold_the_issue_after_them(counts, quiet):
    past = weeks([0 if off else n for n, off in zip(counts, quiet, strict=True)])
    open_ = sorted(n for n, off in zip(counts, quiet, strict=True) if not off)
    today = max(flood.FLOOR, *open_[-2:-1], 0)

    assert judge(came("wire", today), past) == ()


@given(st.lists(st.integers(1, 30), min_size=3, max_size=8))
def test_ten_times_the_most_that_ever_was_always_holds(counts):
    today = max(10 * max(counts), flood.FLOOR + 1)

    assert judge(came("wire", today), weeks(counts))


@pytest.mark.parametrize("count", [0, 1, flood.FLOOR])
def test_few_stories_are_never_a_flood(count):
    assert judge(came("wire", count), weeks([0] * 8)) == ()
