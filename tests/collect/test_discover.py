import pytest
from hypothesis import given, strategies as st

from dispatch.collect import discover
from dispatch.collect.discover import Found

BASE = "https://paper.example/news/"


def page(head="", body=""):
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def link(href, kind="application/rss+xml", title="", rel="alternate"):
    return f'<link rel="{rel}" type="{kind}" href="{href}" title="{title}">'


def test_announced_feeds_are_found_in_the_pages_order():
    html = page(
        link("/feed", title="All &amp; more")
        + link("atom.xml", "application/atom+xml")
        + link("https://cdn.example/feed.json", "application/feed+json; charset=utf-8")
    )

    assert discover.feeds(html, BASE) == (
        Found("https://paper.example/feed", "rss", "All & more"),
        Found("https://paper.example/news/atom.xml", "atom"),
        Found("https://cdn.example/feed.json", "json"),
    )


def test_feeds_of_comments_come_last():
    html = page(link("/comments/feed/") + link("/feed/"))

    assert [one.url for one in discover.feeds(html, BASE)] == [
        "https://paper.example/feed/",
        "https://paper.example/comments/feed/",
    ]


def test_a_base_element_counts():
    html = page('<base href="https://other.example/x/">' + link("rss"))

    assert discover.feeds(html, BASE)[0].url == "https://other.example/x/rss"


@pytest.mark.parametrize(
    "other",
    [
        link("/style.css", "text/css"),
        link("/wp-json/wp/v2/posts/1", "application/json"),
        link("/feed", rel="stylesheet"),
        link("javascript:alert(1)"),
        link("ftp://paper.example/feed"),
        link(""),
        '<link rel="alternate" hreflang="de" href="/de/">',
    ],
)
def test_what_is_no_feed_is_passed_over(other):
    assert discover.feeds(page(other), BASE) == ()


def test_the_same_feed_is_named_once():
    html = page(link("/feed", title="One") + link("https://www.paper.example/feed/"))

    assert discover.feeds(html, BASE) == (
        Found("https://paper.example/feed", "rss", "One"),
    )


def test_without_an_announcement_links_in_the_text_count():
    html = page(
        body='<a href="/about">About</a> <a href="/rss.xml">RSS</a>'
        '<a href="/newsfeeds-explained">no</a><a href="/a.atom">Atom</a>'
    )

    assert discover.feeds(html, BASE) == (
        Found("https://paper.example/rss.xml", "rss", "RSS"),
        Found("https://paper.example/a.atom", "atom", "Atom"),
    )


def test_wordpress_is_recognised_by_its_header_or_its_page():
    header = {"link": '<https://paper.example/wp-json/>; rel="https://api.w.org/"'}
    html = page('<link rel="https://api.w.org/" href="/blog/wp-json/">')

    assert discover.wordpress_api("", header, BASE) == "https://paper.example/wp-json/"
    assert (
        discover.wordpress_api(html, {}, BASE) == "https://paper.example/blog/wp-json/"
    )
    assert discover.wordpress_api(page(link("/feed")), {}, BASE) == ""


def test_several_links_of_one_header_are_told_apart():
    headers = {"link": '<https://h.example/>; rel=hub, </feed>; x=1; rel="self a"'}

    assert list(discover.header_links(headers)) == [
        ("https://h.example/", frozenset({"hub"})),
        ("/feed", frozenset({"self", "a"})),
    ]


def test_guesses_start_at_the_page_and_go_on_at_the_root():
    guesses = discover.guesses("https://paper.example/blog")

    assert guesses[0] == "https://paper.example/blog/feed/"
    assert "https://paper.example/feed/" in guesses
    assert len(set(guesses)) == len(guesses)
    assert discover.guesses("no address") == ()


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_page_is_survived(html, base):
    discover.feeds(html, base)
    discover.wordpress_api(html, {"link": html}, base)
    discover.guesses(base)
