from hypothesis import given, strategies as st

from dispatch.compose import columns

prose = st.lists(st.text("abcäжé日.,", min_size=1, max_size=30), max_size=40)


@given(prose, st.integers(0, 6))
def test_wrapping_loses_nothing_and_breaks_only_at_spaces_or_wide_characters(
    words, indent
):
    text = " ".join(words)

    wrapped = columns.wrap(text, 40, " " * indent)

    assert wrapped.replace("\n", "").replace(" ", "") == text.replace(" ", "")
    for line in wrapped.split("\n"):
        assert columns.width(line) <= 40


def test_a_url_is_never_broken():
    url = "https://example.org/" + "a" * 100

    assert url in columns.wrap(f"See {url} for more", 40).split("\n")


def test_the_first_line_may_begin_otherwise():
    assert columns.wrap("one two three", 10, "   ", "1. ") == "1. one two\n   three"


def test_wide_characters_count_twice_and_marks_not_at_all():
    assert columns.width("日本") == 4
    assert columns.width("e\u0301\u2068\u2069") == 1
    assert columns.underline("日本", "-") == "----"


def test_a_title_of_another_direction_is_kept_apart():
    assert columns.isolate("خبر") == "\u2068خبر\u2069"
