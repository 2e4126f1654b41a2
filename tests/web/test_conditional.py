from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st
from starlette.datastructures import Headers

from dispatch.web import conditional

CHANGED = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
SAME = "Mon, 02 Mar 2026 12:00:00 GMT"


def asked(etag='"abc"', **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return conditional.not_modified(Headers(names), etag=etag, last_modified=CHANGED)


@pytest.mark.parametrize(
    "header", ['"abc"', 'W/"abc"', '"x", "abc"', '"x",W/"abc"', "*", ' "abc" ']
)
def test_a_matching_tag_means_not_modified(header):
    assert asked(if_none_match=header)


@pytest.mark.parametrize("header", ['"x"', "abc", '"abc-gzip"', "", '"abc'])
def test_another_tag_means_modified(header):
    assert not asked(if_none_match=header)


def test_the_tag_wins_over_the_date():
    assert not asked(if_none_match='"old"', if_modified_since=SAME)


@pytest.mark.parametrize(
    ("date", "same"),
    [
        (SAME, True),
        ("Mon, 02 Mar 2026 12:00:01 GMT", True),
        ("Mon, 02 Mar 2026 11:59:59 GMT", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_the_date_counts_where_there_is_no_tag(date, same):
    assert asked(if_modified_since=date) is same


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_date_header_makes_it_stumble(text):
    asked(if_modified_since=text)


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", "gzip"),
        ("br, gzip;q=0.5", "br"),
        ("gzip, deflate, br", "br"),
        ("br;q=0.1, gzip", "gzip"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("gzip;q=0", ""),
        ("gzip;q=0, *", "br"),
        ("identity", ""),
        ("identity, gzip;q=0.5", ""),
        ("identity;q=0.5, gzip", "gzip"),
        ("", ""),
        ("gzip;q=much", ""),
    ],
)
def test_the_coding_that_is_liked_best_is_sent(header, taken):
    asked = Headers({"accept-encoding": header})

    assert conditional.coding(asked, ("br", "gzip")) == taken
