from datetime import UTC, datetime, time

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import dates

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def parse(text, language="en", **others):
    return dates.parse(
        text, timezone="America/New_York", now=NOW, language=language, **others
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-04T07:00:00Z", "2026-03-04T07:00"),
        ("2026-03-04T07:00:00.123+01:00", "2026-03-04T06:00"),
        ("2026-03-04 07:00", "2026-03-04T12:00"),
        ("2026-03-04", "2026-03-04T17:00"),
        ("20260304", "2026-03-04T17:00"),
        ("1745215200", "2025-04-21T06:00"),
        ("1745215200000", "2025-04-21T06:00"),
        ("Mon, 21 Apr 2025 06:00:00 +0200", "2025-04-21T04:00"),
        ("Mon, 21 Apr 2025 06:00:00 CEST", "2025-04-21T04:00"),
        ("Mon, 21 Apr 2025 06:00:00 IST", "2025-04-21T00:30"),
        ("Mon, 21 Apr 2025 06:00:00 EDT", "2025-04-21T10:00"),
        ("Mon, 21 Apr 2025 24:00:00 +0000", "2025-04-22T00:00"),
        ("Monday, April 21, 2025 06:00:00 GMT", "2025-04-21T06:00"),
        ("04/21/2025 06:00 AM", "2025-04-21T10:00"),
        ("31/12/2025", "2025-12-31T17:00"),
        ("6 a.m. ET March 4, 2036", "2036-03-04T11:00"),
        ("July 4, 2036 at 6:30 p.m.", "2036-07-04T22:30"),
        ("noon Friday, Sept. 5, 2036", "2036-09-05T16:00"),
        ("4 March 2026", "2026-03-04T17:00"),
    ],
)
def test_what_people_and_programs_write_is_read(text, moment):
    assert parse(text) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("25. Dezember 2025", "de"),
        ("25 diciembre 2025", "es"),
        ("25 décembre 2025", "fr"),
    ],
)
def test_months_are_known_in_the_sources_language(text, language):
    assert parse(text, language) == datetime(2025, 12, 25, 17, tzinfo=UTC)


def test_numbers_with_slashes_follow_the_language():
    assert parse("3/4/2026").day == 4
    assert parse("3/4/2026", "en-GB").day == 3


def test_a_day_alone_may_begin_at_midnight():
    assert parse("2026-03-04", at=time(0)) == datetime(2026, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "tomorrow", "0001-01-01", "2026-13-45", "May 5", "March 2026"),
        *("12:00", "9" * 200, "March 4, 2026 or so", "2026-03-04 25:00"),
    ],
)
def test_guesses_and_nonsense_are_no_dates(text):
    assert parse(text) is None


def test_a_day_is_told_from_a_moment():
    assert dates.is_date_only("March 4, 2026")
    assert dates.is_date_only("20260304")
    assert not dates.is_date_only("2026-03-04T07:00")
    assert not dates.is_date_only("6 a.m. March 4, 2026")
    assert not dates.is_date_only("1745215200")


@given(st.text(max_size=60), st.sampled_from(["en", "de", "es-MX", "xx", ""]))
def test_any_text_is_a_moment_in_range_or_none(text, language):
    moment = parse(text, language)

    assert moment is None or 1990 <= moment.year <= 2101


@given(
    st.integers(min_value=700_000_000, max_value=3_800_000_000).map(
        lambda seconds: datetime.fromtimestamp(seconds, UTC)
    )
)
def test_iso_and_mail_dates_come_back_as_they_went(moment):
    assert parse(moment.isoformat()) == moment
    assert parse(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
