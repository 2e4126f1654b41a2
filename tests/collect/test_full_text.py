from dataclasses import replace

import pytest

from dispatch.collect import feed, full_text, pages, robots
from dispatch.collect.pages import No, Pages
from dispatch.errors import SourceError
from dispatch.model import Errand, Response, Validators
from support.wire import NOW, WIRE, rss

HOST = "https://wire.example"
TEASERS = replace(WIRE, full_text="teasers")
LONG = "".join(
    f"<p>The harbour bridge will close on Monday for the first time in {n} years, and "
    "engineers found rust in four of its pillars, the city said in a letter.</p>"
    for n in range(30, 36)
)
wants_library = pytest.mark.skipif(
    not full_text.available(), reason="needs the extra fulltext"
)


def story(
    n=1, text="It closes on Monday. [&#8230;]", date="Mon, 02 Mar 2026 09:00 GMT"
):
    return (
        f"<item><guid>g{n}</guid><title>Harbour bridge closes</title>"
        f"<link>{HOST}/{n}</link><pubDate>{date}</pubDate>"
        f"<description><![CDATA[<p>{text}</p>]]></description></item>"
    )


def page(body=LONG):
    return (
        "<html><head><title>Harbour bridge closes | Wire</title>"
        f'<meta property="og:image" content="/og.jpg"></head><body><article>'
        f"<h1>Harbour bridge closes</h1>{body}</article></body></html>"
    )


def visit(items, site, *, source=TEASERS, known=None):
    """Visit a feed of `items` whose `site` answers by path; say what was asked."""
    asked = []

    def fetch(url, *, headers=None):
        path = url.removeprefix(HOST)
        asked.append(path)
        if path.startswith("/feed"):
            return Response(200, {"etag": '"e"'}, rss(items).encode(), url)
        answer = site.get(path, (404, ""))
        if isinstance(answer, Exception):
            raise answer
        status, text = answer if isinstance(answer, tuple) else (200, answer)
        return Response(status, {"content-type": "text/html"}, text.encode(), url)

    harvest = feed.read(Errand(source, fetch, NOW, known=known or {}))
    return harvest, [path for path in asked if not path.startswith("/feed")]


@wants_library
def test_a_new_teaser_becomes_the_whole_story():
    harvest, _ = visit(story(), {"/1": page()})

    (one,) = harvest.found
    assert "rust in four of its pillars" in one.content.html
    assert one.content.summary == "It closes on Monday."
    assert one.content.image.url == f"{HOST}/og.jpg"
    assert [alias.kind for alias in one.aliases].count("body") == 2
    assert harvest.validators != Validators()


@wants_library
def test_a_whole_story_is_left_alone_and_so_is_a_known_one():
    _, asked = visit(story(text="word " * 80), {"/1": page()})
    assert asked == []

    (one,) = visit(story(), {"/1": page()})[0].found
    _, asked = visit(story(), {"/1": page()}, known={one.locator: one.stamp})
    assert asked == []


def test_without_the_setting_no_page_is_asked_for():
    assert visit(story(), {"/1": page()}, source=WIRE)[1] == []


def test_without_the_extra_the_teaser_stays_and_the_remark_says_so(monkeypatch):
    monkeypatch.setattr(full_text, "_library", lambda: None)

    harvest, asked = visit(story(), {"/1": page()})

    assert asked == []
    assert "It closes on Monday" in harvest.found[0].content.html
    assert "dispatch-news[fulltext]" in harvest.remark


@wants_library
@pytest.mark.parametrize(
    "site",
    [
        {"/1": page("<p>Short.</p>")},
        {
            "/1": page(
                "<p>Something else entirely, about gardens and roses.</p>" * 9
            ).replace("Harbour bridge closes", "Roses")
        },
        {"/1": (404, "")},
        {"/1": (403, "")},
        {"/1": page(), "/robots.txt": "User-agent: *\nDisallow: /"},
        {"/1": page("<b>" * 20_000)},
    ],
    ids=["shorter", "another story", "gone", "refused", "robots", "hostile"],
)
def test_in_doubt_the_feeds_own_text_stays(site):
    harvest, _ = visit(story(), site)

    assert "It closes on Monday" in harvest.found[0].content.html
    assert harvest.validators != Validators()


@wants_library
@pytest.mark.parametrize(
    "failure", [(503, ""), (429, ""), SourceError("no answer in time.")]
)
def test_a_page_that_fails_for_now_is_tried_again_while_the_story_is_young(failure):
    harvest, _ = visit(story(), {"/1": failure})
    old, _ = visit(story(date="Mon, 01 Feb 2026 09:00 GMT"), {"/1": failure})

    (one,) = harvest.found
    assert "It closes on Monday" in one.content.html
    assert harvest.validators == Validators()
    assert "next visit" in harvest.remark
    assert old.validators != Validators()
    again, asked = visit(story(), {"/1": page()}, known={one.locator: one.stamp})
    assert asked == ["/robots.txt", "/1"]
    assert "rust" in again.found[0].content.html


@wants_library
def test_twenty_pages_a_visit_are_read_and_robots_txt_once():
    items = "".join(story(n) for n in range(25))
    harvest, asked = visit(items, {f"/{n}": page() for n in range(25)})

    assert asked.count("/robots.txt") == 1
    assert len(asked) == 21
    assert sum("rust" in one.content.html for one in harvest.found) == 20
    assert harvest.validators == Validators()


@wants_library
def test_pages_of_other_sites_are_not_asked_for():
    items = story().replace(f"{HOST}/1", "https://elsewhere.example/1")

    assert visit(items, {})[1] == []


@pytest.mark.parametrize(
    ("html", "teaser"),
    [
        ("<p>Short.</p>", True),
        ("<p>" + "word " * 80 + "</p>", False),
        ("<p>" + "word " * 80 + "[…]</p>", True),
        ("<p>" + "word " * 80 + '</p><p><a href="/x">Read more »</a></p>', True),
        ("<p>" + "word " * 80 + "</p><p>Weiterlesen</p>", True),
        ("<p>" + "word " * 80 + "</p><p>The post X appeared first on Y.</p>", True),
        ("<p>" + "word " * 80 + "</p><p>They read more than we do.</p>", False),
    ],
)
def test_a_teaser_is_short_or_says_that_it_goes_on(html, teaser):
    assert full_text.is_teaser(html) is teaser


# -- robots.txt ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", False),
        ("User-agent: other\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", True),
        ("User-agent: Dispatch\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: dispatch\nUser-agent: x\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /*.php$", "/a/b.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a/b.php?x", True),
        ("User-agent: *\nDisallow: /*?print", "/a?print=1", False),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /%61", "/a", True),
        ("# only words\nHello", "/a", True),
    ],
)
def test_robots_txt_is_read_as_its_rfc_says(text, path, allowed):
    assert robots.parse(text).allow(f"{HOST}{path}") is allowed


def test_a_robots_txt_that_cannot_be_had_puts_the_pages_off():
    def fetch(url, *, headers=None):
        assert url.endswith("/robots.txt")
        return Response(503, {}, b"", url)

    assert Pages(fetch, HOST).get(f"{HOST}/1") is No.NOT_NOW


def test_a_pages_own_word_on_its_encoding_counts():
    body = '<meta charset="windows-1252"><p>“Café”'.encode("cp1252")

    assert "“Café”" in pages.decode(body, "text/html")
    assert "“Café”" in pages.decode("<p>“Café”".encode(), "text/html")
