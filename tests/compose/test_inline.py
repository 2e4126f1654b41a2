import http.server
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch.compose import inline, inline_fenced

PAGE = (
    "<!DOCTYPE html><html><head><style>{css}</style>"
    '<style data-premailer="ignore">{kept}</style></head><body>{body}</body></html>'
)


def page(css="p { color: #aa0000; }", body="<p>Hello</p>", kept=""):
    return PAGE.format(css=css, body=body, kept=kept)


BY = pytest.mark.parametrize("by", ["premailer", "css-inline"])


@BY
def test_plain_rules_become_style_attributes(by):
    made = inline.inline(page(), by)

    assert made.warning == ""
    assert squeezed('<p style="color:#aa0000">Hello</p>') in squeezed(made.html)
    assert made.html.startswith("<!DOCTYPE html>")


def squeezed(html):
    """The markup without what may differ: spaces and the last semicolon of a style."""
    return html.replace(" ", "").replace(';"', '"')


@BY
def test_the_second_style_block_is_left_word_for_word(by):
    kept = (
        "@media (prefers-color-scheme:dark){p{color:#eee !important}}"
        "[data-ogsc] .x{color:#fff !important}a:hover{color:red !important}"
    )

    assert f"<style>{kept}</style>" in inline.inline(page(kept=kept), by).html


@BY
def test_sizes_and_links_written_by_hand_stay_as_they_are(by):
    body = (
        '<img src="https://e.org/a b.png" width="600" height="300"><a href="#x">x</a>'
    )

    made = inline.inline(page("img { height: auto; width: 50px; }", body), by).html

    assert 'width="600" height="300"' in made
    assert 'href="#x"' in made


@pytest.fixture
def visits():
    """The paths that anybody asks a server on loopback for; first its address."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


@BY
def test_no_stylesheet_is_ever_fetched(visits, by, tmp_path):
    url, seen = visits
    secret = tmp_path / "secret.css"
    secret.write_text("p { font-family: stolen; }")
    css = f"@import url({url}/import.css); p {{ background: url({url}/b.png); }}"
    sheets = "".join(
        f'<link rel="stylesheet" href="{place}">'
        for place in (f"{url}/link.css", f"file://{secret}", secret)
    )

    made = inline.inline(page(css, f"{sheets}<p>x</p>"), by)

    assert seen == []
    assert "stolen" not in made.html


@pytest.mark.parametrize("poison", ["p", "head", "color", "--x", "color:red;}{", "td"])
@BY
def test_an_odd_style_attribute_breaks_neither_this_mail_nor_the_next(poison, by):
    inline.inline(page("td { color: red; }", f'<table><tr><td style="{poison}">x'), by)
    inline.inline(page(body=f'<p style="{poison}">x</p>'), by)

    made = inline.inline(page("p { color: #aa0000; } td { color: #00aa00; }"), by)

    assert made.warning == ""
    assert "color:#aa0000" in squeezed(made.html)


def test_without_css_inline_premailer_does_its_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "css_inline", None)

    made = inline.inline(page(), "css-inline")

    assert made.warning == ""
    assert '<p style="color:#aa0000">Hello</p>' in made.html


def test_a_mail_that_cannot_be_inlined_stays_as_it_was_and_says_so(monkeypatch):
    def fails(_page):
        raise TypeError("'list' object is not callable")

    monkeypatch.setattr(inline_fenced, "_transform", fails)

    made = inline.inline(page())

    assert made.html == page()
    assert "'list' object is not callable" in made.warning


def test_colours_keep_the_six_digits_that_outlook_needs():
    assert "color:#ffffff" in inline.inline(page("p { color: #ffffff; }")).html


def test_many_threads_may_ask_at_once():
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(inline.inline, [page(body=f"<p>{n}</p>") for n in range(40)])
        )

    assert all(
        f'<p style="color:#aa0000">{n}</p>' in one.html for n, one in enumerate(made)
    )
    assert not any(one.warning for one in made)


def test_an_articles_html_brings_no_style_of_its_own():
    hostile = (
        '<p style="p" class="head" id="x">One <b style="head">two</b></p>'
        "<style>@import url(http://127.0.0.1/x)</style>"
        '<link rel="stylesheet" href="/etc/passwd"><meta charset="x">'
        '<base href="/">three'
    )

    assert inline.harmless(hostile) == "<p>One <b>two</b></p>three"
    assert inline.harmless("  ") == ""
    assert inline.harmless("5 &lt; 6 &amp; é") == "5 &lt; 6 &amp; é"


def test_a_stylesheet_is_read_once_for_all_mails_and_changes_nothing(monkeypatch):
    read = []
    parse = inline_fenced._parser.parseString

    def counted(css, **wishes):
        read.append(css)
        return parse(css, **wishes)

    monkeypatch.setattr(inline_fenced, "_rules", {})
    monkeypatch.setattr(inline_fenced._parser, "parseString", counted)
    css = "p { color: #0000aa; } .lead p { margin: 0 0 8px; }"
    bodies = ["<p>One</p>", '<div class="lead"><p>Two</p></div>', "<p>Three</p>"]

    first = [inline.inline(page(css, body)) for body in bodies]
    again = [inline.inline(page(css, body)) for body in reversed(bodies)]

    assert first == again[::-1]
    assert len(read) == 1


def test_a_sheet_with_what_cannot_be_inlined_keeps_it_every_time(monkeypatch):
    monkeypatch.setattr(inline_fenced, "_rules", {})
    css = "p { color: #0000aa; } @media print { p { color: #000000; } }"

    made = [inline.inline(page(css)).html for _ in range(3)]

    assert len(set(made)) == 1
    assert "@media print" in made[0]
    assert inline_fenced._rules == {}


def test_the_sheets_that_are_remembered_are_few(monkeypatch):
    monkeypatch.setattr(inline_fenced, "_rules", {})
    for number in range(3 * inline_fenced.MOST_SHEETS):
        assert not inline.inline(page(f"p {{ margin: {number}px; }}")).warning
    assert len(inline_fenced._rules) <= inline_fenced.MOST_SHEETS
