import pytest
from hypothesis import given, strategies as st

from dispatch.publish import legal


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
        ("http://127.0.0.1:8000/feeds/", "http://127.0.0.1:8000/feeds/"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/café?q=ñ", "https://example.org/caf%C3%A9?q=%C3%B1"),
        ("https://example.org/caf%C3%A9", "https://example.org/caf%C3%A9"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://bücher.example:8443/", "https://xn--bcher-kva.example:8443/"),
        ("https://me:pass@example.org/x", "https://example.org/x"),
        ("https://[2001:db8::1]:80/", "https://[2001:db8::1]:80/"),
        ("  https://example.org/\n", "https://example.org/"),
        ("HTTPS://example.org/", "https://example.org/"),
        ("https://example.org/[x]", "https://example.org/%5Bx%5D"),
    ],
)
def test_an_address_is_plain_ascii(raw, expected):
    assert legal.address(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "/relative",
        "//example.org/x",
        "javascript:alert(1)",
        "mailto:a@example.org",
        "https://",
        "https://exa mple.org/",
        "https://[broken/",
        "https://example.org:port/",
        "https://" + "ü" * 80 + ".example/",
    ],
)
def test_what_no_reader_could_open_is_no_address(raw):
    assert legal.address(raw) == ""


@given(st.text(st.characters(exclude_categories=())))
def test_markup_is_legal_and_stays_as_it_is_the_second_time(raw):
    once = legal.markup(raw)

    assert legal.markup(once) == once
    assert "\r" not in once
    once.encode()


def test_direction_marks_and_joiners_stay_in_a_story():
    body = "<p>\u200f(a)\u200c b</p>"

    assert legal.markup(body) == body


@pytest.mark.parametrize("tag", ["en", "pt-BR", "zh-Hant-TW"])
def test_a_language_tag_is_kept(tag):
    assert legal.language(tag) == tag


@pytest.mark.parametrize("tag", ["", "english language", "e", "de_DE", "<x>"])
def test_what_is_no_language_tag_is_dropped(tag):
    assert legal.language(tag) == ""
