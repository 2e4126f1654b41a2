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
        ("02 Mar 26 05:30:00 EST", "2026-03-02T10:30"),
        ("Di, 3 März 2026 07:00:00 +0100", "2026-03-03T06:00"),
        ("mar, 03 mar 2026 07:00:00 +0100", "2026-03-03T06:00"),
        ("4 mars 2026 à 10h30", "2026-03-04T15:30"),
        ("Mittwoch, 4. März 2026, 10:30 Uhr", "2026-03-04T15:30"),
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
        ("25 dicembre 2025", "it"),
        ("25 de dezembro de 2025", "pt"),
        ("25 december 2025", "nl"),
        ("25. desember 2025", "nb"),
        ("den 25 december 2025", "sv"),
        ("25. december 2025", "da"),
        ("25 grudnia 2025", "pl"),
        ("25 декабря 2025", "ru"),
    ],
)
def test_months_are_known_in_the_sources_language(text, language):
    assert parse(text, language) == datetime(2025, 12, 25, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["1er août 2026", "1º de agosto de 2026", "1. Aug. 2026"]
)
def test_months_of_ten_languages_are_known_whatever_the_source_says(name):
    assert parse(name, "en") == datetime(2026, 8, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("Mon, 20 Jul 2026 06:00:00 EST", "EST"),
        ("Mon, 20 Jul 2026 06:00:00 EDT", ""),
        ("Tue, 20 Jan 2026 06:00:00 CEST", "CEST"),
        ("Tue, 20 Jan 2026 06:00:00 BST", "BST"),
        ("Mon, 20 Jul 2026 06:00:00 MST", ""),
        ("Mon, 20 Jul 2026 06:00:00 +0200", ""),
        ("2026-07-20", ""),
    ],
)
def test_a_zone_out_of_season_is_noticed_and_taken_as_written(text, slip):
    moment = parse(text)

    assert moment is not None
    assert dates.out_of_season(text, moment) == slip


def test_years_before_1990_and_more_than_ten_ahead_are_no_dates():
    assert parse("1989-12-31") is None
    assert parse("1990-01-02") is not None
    assert parse("2036-12-01") is not None
    assert parse("2037-12-01") is None


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
    st.integers(min_value=700_000_000, max_value=2_112_000_000).map(
        lambda seconds: datetime.fromtimestamp(seconds, UTC)
    )
)
def test_iso_and_mail_dates_come_back_as_they_went(moment):
    assert parse(moment.isoformat()) == moment
    assert parse(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
