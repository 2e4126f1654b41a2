import contextlib
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.config import durations, faults


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("10s", 10),
        ("5m", 300),
        ("6h", 21600),
        ("2d", 172800),
        (" 1 h ", 3600),
    ],
)
def test_a_number_and_a_unit_are_a_length_of_time(text, seconds):
    assert durations.parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "10", "s", "-5m", "1.5h", "5 minutes", "1h30m", "٣s", "5M", "367d", "1w"],
)
def test_anything_else_is_none(text):
    with pytest.raises(
        ValueError, match=r"is (not a length of time|longer than a year)"
    ):
        durations.parse(text)


@given(st.integers(min_value=0, max_value=366 * 86400))
def test_what_is_written_is_read_back(seconds):
    length = timedelta(seconds=seconds)

    assert durations.parse(durations.write(length)) == length


@given(st.text(max_size=20))
def test_no_text_makes_it_fail_otherwise(text):
    with contextlib.suppress(faults.UnfitError):
        durations.parse(text)
