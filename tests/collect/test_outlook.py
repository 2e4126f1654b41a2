from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import outlook
from dispatch.collect.rhythm import Rhythm
from dispatch.model import Outlook

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
NOTHING_SAID = Outlook()

moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
waits = st.timedeltas(timedelta(minutes=1), timedelta(days=7))
outlooks = st.builds(
    Outlook,
    ttl=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)


def after(headers=None, *, every=QUARTER, outlook_=NOTHING_SAID, now=NOW, name="wire"):
    return outlook.after_success(
        name,
        every=every,
        rhythm=Rhythm(),
        outlook=outlook_,
        headers=headers or {},
        now=now,
    )


def wait(headers=None, **options):
    return after(headers, **options).at - NOW


def near(found, expected):
    """Whether it is the expected wait, or up to a tenth more."""
    return expected <= found <= expected * 1.1


def test_a_given_interval_is_kept_and_named():
    due = after()

    assert near(due.at - NOW, QUARTER)
    assert due.why == "every 15 min, as config.toml says"


def test_sources_do_not_march_in_step_but_each_is_predictable():
    waits_ = {wait(name=f"feed {number}") for number in range(100)}

    assert len(waits_) == 100
    assert wait() == wait()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "public, max-age=3600"}, HOUR),
        ({"cache-control": 'max-age="3600"'}, HOUR),
        ({"cache-control": "max-age=3600", "age": "1200"}, timedelta(minutes=40)),
        ({"cache-control": "max-age=3600, no-cache"}, QUARTER),
        ({"cache-control": "no-store, max-age=3600"}, QUARTER),
        ({"cache-control": "max-age=60"}, QUARTER),
        ({"cache-control": "max-age=999999999999999"}, timedelta(hours=12)),
        ({"cache-control": "max-age=soon"}, QUARTER),
        ({"cache-control": "s-maxage=3600"}, QUARTER),
        ({"expires": "Mon, 02 Mar 2026 13:00:00 GMT"}, HOUR),
        ({"expires": "0"}, QUARTER),
        ({"expires": "Wed, 11 Jan 1984 05:00:00 GMT"}, QUARTER),
        (
            {
                "expires": "Mon, 02 Mar 2026 20:00:00 GMT",
                "cache-control": "max-age=1800",
            },
            timedelta(minutes=30),
        ),
    ],
)
def test_an_answer_is_not_asked_for_while_it_is_good(headers, expected):
    assert near(wait(headers), expected)


def test_a_server_with_a_wrong_clock_is_understood_by_its_own_date():
    there = NOW - timedelta(days=400)
    headers = {
        "date": format_datetime(there, usegmt=True),
        "expires": format_datetime(there + HOUR, usegmt=True),
    }

    assert near(wait(headers), HOUR)
    until = {"date": headers["date"], "retry-after": headers["expires"]}
    assert outlook.retry_after(until, NOW) == HOUR


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("99999999999999999999", timedelta(days=7)),
        ("Mon, 02 Mar 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Mon, 02 Mar 2026 11:30:00 GMT", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=7)),
        ("000000000060", timedelta(minutes=1)),
    ],
)
def test_retry_after_is_seconds_or_a_date(said, expected):
    assert outlook.retry_after({"retry-after": said}, NOW) == expected


def test_ttl_counts_and_is_bounded():
    hour = Outlook(ttl=HOUR)

    assert near(wait(outlook_=hour), HOUR)
    assert "ttl" in after(outlook_=hour).why
    assert near(wait(outlook_=Outlook(ttl=timedelta(days=9))), timedelta(hours=12))


def test_skipped_hours_and_days_are_waited_out():
    due = after(outlook_=Outlook(skip_hours=frozenset({12, 13})))
    monday = Outlook(skip_days=frozenset({0}))

    assert due.at.hour == 14
    assert due.why == "the document names hours without visits"
    assert after(outlook_=monday).at.weekday() == 1


def test_who_skips_every_hour_skips_none():
    assert near(wait(outlook_=Outlook(skip_hours=frozenset(range(24)))), QUARTER)


@given(waits, outlooks, moments, st.integers(0, 10**9), st.text(max_size=9))
def test_the_next_visit_is_always_in_bounds(every, said, now, age, name):
    at = after(
        {"cache-control": f"max-age={age}"},
        every=every,
        outlook_=said,
        now=now,
        name=name,
    ).at

    longest = max(every, timedelta(hours=12)) * 1.1 + timedelta(days=8)
    assert now + every <= at <= now + longest
    all_hours, all_days = len(said.skip_hours) == 24, len(said.skip_days) == 7
    if not all_hours and not all_days:
        assert at.hour not in said.skip_hours
        assert at.weekday() not in said.skip_days


@given(st.integers(1, 10**6), st.none() | waits, moments)
def test_a_bad_visit_is_made_again_within_a_day(failures, every, now):
    at = outlook.after_failure("wire", every=every, failures=failures, now=now).at

    assert now < at <= now + timedelta(days=1)


@given(st.text(max_size=40), st.text(max_size=40), moments)
def test_no_header_breaks_the_arithmetic(one, other, now):
    headers = {
        "cache-control": one,
        "expires": other,
        "age": one,
        "date": other,
        "retry-after": one,
    }

    assert after(headers, now=now).at > now
    asked = outlook.retry_after(headers, now)
    assert asked is None or timedelta(0) <= asked <= timedelta(days=7)


def test_those_that_failed_together_are_not_tried_again_together():
    tries = {
        outlook.after_failure(f"feed {n}", every=None, failures=3, now=NOW).at
        for n in range(100)
    }

    assert len(tries) == 100
    assert max(tries) - min(tries) <= timedelta(minutes=6)


def test_failures_double_the_wait():
    found = [
        outlook.after_failure("wire", every=None, failures=n, now=NOW).at - NOW
        for n in (1, 2, 3, 60)
    ]

    assert near(found[0], QUARTER)
    assert near(found[1], 2 * QUARTER)
    assert near(found[2], 4 * QUARTER)
    assert found[3] == timedelta(days=1)
    folder = outlook.after_failure("desk", every=timedelta(0), failures=1, now=NOW)
    assert NOW < folder.at < NOW + timedelta(seconds=2)
