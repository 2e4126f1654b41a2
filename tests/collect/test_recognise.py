import pytest
from hypothesis import given, strategies as st

from dispatch.collect import recognise
from dispatch.text import colours

BASE = "https://courier.example/"


def read(head="", body=""):
    html = f'<html lang="en-GB"><head>{head}</head><body>{body}</body></html>'
    return recognise.masthead(html, BASE)


def test_the_name_is_what_the_site_calls_itself():
    assert read('<meta property="og:site_name" content="The Courier">').name == (
        "The Courier"
    )
    assert read("<title>The Courier | News of Larkfield</title>").name == "The Courier"
    assert read("<title>Larkfield’s Courier-Mail</title>").name == (
        "Larkfield’s Courier-Mail"
    )
    assert read().name == ""


def test_the_language_and_the_tagline_are_the_pages():
    page = read('<meta name="description" content="News since 1911">')

    assert (page.language, page.tagline) == ("en-GB", "News since 1911")


@pytest.mark.parametrize(
    ("head", "body", "logo"),
    [
        (
            '<link rel="apple-touch-icon" href="/touch.png">',
            '<img width="300" class="custom-logo" src="/logo.png">',
            "https://courier.example/logo.png",
        ),
        (
            '<link rel="apple-touch-icon" href="//cdn.example/touch.png">',
            "",
            "https://cdn.example/touch.png",
        ),
        ('<link rel="icon" href="/favicon.ico">', "", ""),
        ("", '<img class="custom-logo" src="/logo.svg">', ""),
        ("", '<img class="custom-logo" src="data:image/png;base64,xx">', ""),
    ],
)
def test_the_logo_is_one_that_mail_can_show(head, body, logo):
    assert read(head, body).logo == logo


@pytest.mark.parametrize(
    ("head", "accent"),
    [
        ('<meta name="theme-color" content="#0b5394">', "#0b5394"),
        ('<meta name="theme-color" content="#ffffff">', ""),
        ('<meta name="theme-color" content="#222">', ""),
        ('<meta name="theme-color" content="red;}">', ""),
        ("<style>:root{--ghost-accent-color: #d0021b;}</style>", "#d0021b"),
        (
            "<style>body{--wp--preset--color--primary: #7a00df;}</style>",
            "#7a00df",
        ),
        ("<style>a{--wp--preset--color--vivid-red: #cf2e2e}</style>", ""),
    ],
)
def test_the_accent_is_a_colour_that_the_site_chose_itself(head, accent):
    assert read(head).accent == accent


def test_a_manifest_may_know_the_colour():
    assert recognise.manifest_accent(b'{"theme_color": "#d0021b"}') == "#d0021b"
    assert recognise.manifest_accent(b'{"theme_color": "#ffffff"}') == ""
    assert recognise.manifest_accent(b"<html>") == ""
    assert read('<link rel="manifest" href="/m.json">').manifest == BASE + "m.json"


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_white_letters_on_the_accent_can_be_read_whatever_the_site_has(colour):
    readable = colours.parse(recognise.readable(colour))

    assert colours.contrast(readable, colours.WHITE) >= colours.ENOUGH - 0.05


@given(st.text(max_size=200))
def test_any_page_gives_a_masthead(html):
    recognise.masthead(html, BASE)
