from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from dispatch.collect import outlook
from dispatch.collect.rhythm import LONGEST, SHORTEST, Rhythm
from dispatch.model import Outlook

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENING = [
    NOW - timedelta(days=day) + timedelta(hours=8, minutes=9 * number)
    for day in range(1, 29)
    for number in range(6)
]


def test_a_source_is_asked_often_when_it_publishes_and_rarely_at_night():
    rhythm = Rhythm.of(EVENING, now=NOW)
    evening = rhythm.wait(NOW.replace(hour=20))
    night = rhythm.wait(NOW.replace(hour=2))

    assert rhythm.weekly == 42
    assert evening <= timedelta(minutes=10)
    assert night > 6 * evening


def test_a_visit_is_due_when_publishing_begins_though_the_night_was_quiet():
    rhythm = Rhythm.of(EVENING, now=NOW)

    asked = NOW.replace(hour=16)
    visits = []
    while asked < NOW.replace(hour=22):
        asked += rhythm.wait(asked)
        visits.append(asked)

    assert any(NOW.replace(hour=19) <= one < NOW.replace(hour=20) for one in visits)
    assert sum(NOW.replace(hour=20) <= one < NOW.replace(hour=21) for one in visits) > 5


def test_who_publishes_nothing_is_asked_every_few_hours():
    assert Rhythm().wait(NOW) == LONGEST
    assert Rhythm.of([NOW - timedelta(days=20)], now=NOW).wait(NOW) == LONGEST
    assert "nothing for a week" in Rhythm().words()


def test_what_is_old_or_yet_to_come_is_no_habit():
    moments = [NOW - timedelta(days=29), NOW + timedelta(hours=1)]

    assert Rhythm.of(moments, now=NOW) == Rhythm(0, (0,) * 24)


def test_the_reason_says_how_often_and_why():
    due = outlook.after_success(
        "wire",
        every=None,
        rhythm=Rhythm(40, (0,) * 24),
        outlook=Outlook(),
        headers={},
        now=NOW,
    )

    assert due.why == "every 25 min: it publishes about 40 stories a week"


@given(
    st.lists(
        st.datetimes(
            datetime(2026, 2, 1),  # noqa: DTZ001 - hypothesis adds the zone
            datetime(2026, 3, 3),  # noqa: DTZ001
            timezones=st.just(UTC),
        ),
        max_size=80,
    ),
    st.timedeltas(timedelta(0), timedelta(days=1)),
)
def test_the_wait_is_always_in_bounds_and_survives_the_store(moments, later):
    rhythm = Rhythm.of(moments, now=NOW)

    assert SHORTEST <= rhythm.wait(NOW + later) <= LONGEST
    assert Rhythm.parse(str(rhythm)) == rhythm


@given(st.integers(0, 23), st.integers(1, 400), st.integers(1, 400))
def test_more_stories_never_mean_fewer_visits(hour, fewer, more):
    hours = tuple(range(24))
    low, high = sorted((fewer, more))
    now = NOW.replace(hour=hour)

    assert Rhythm(high, hours).wait(now) <= Rhythm(low, hours).wait(now)


def test_nothing_was_learnt_yet():
    assert Rhythm.parse("") is None
