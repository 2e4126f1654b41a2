import pytest
from hypothesis import given, strategies as st

from dispatch.text import colours

PAPER, NIGHT = colours.parse("#f3efe6"), colours.parse("#232529")
anything = st.tuples(*[st.floats(0, 1)] * 3)


@given(anything, st.sampled_from([PAPER, NIGHT]))
def test_any_accent_becomes_readable_on_both_grounds(accent, ground):
    moved = colours.parse(colours.write(colours.readable(accent, ground)))

    assert colours.contrast(moved, ground) >= colours.ENOUGH - 0.05


@given(anything)
def test_ink_is_readable_on_any_ground(ground):
    assert colours.contrast(colours.ink_on(ground), ground) >= colours.ENOUGH


def test_an_accent_that_is_readable_already_stays():
    assert colours.write(colours.readable(colours.parse("#0b5394"), PAPER)) == "#0b5394"


def test_black_on_white_has_the_greatest_contrast():
    assert colours.contrast(colours.BLACK, colours.WHITE) == pytest.approx(21)


@pytest.mark.parametrize("text", ["", "red", "#12", "#0b5394;}", "url(x)", "#gggggg"])
def test_what_is_no_colour_is_the_default_accent(text):
    assert colours.write(colours.parse(text)) == colours.FALLBACK


def test_a_short_colour_is_read_like_its_long_form():
    assert colours.parse("#a3f") == colours.parse("#aa33ff")
