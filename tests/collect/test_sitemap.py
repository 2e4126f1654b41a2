import gzip

import pytest

from dispatch.collect import full_text, sitemap
from dispatch.errors import SourceError
from dispatch.model import Errand, Response, SourceSettings, Validators
from support.wire import NOW

HOST = "https://paper.example"
MAP = SourceSettings(name="map", kind="sitemap", url=f"{HOST}/news.xml")
wants_library = pytest.mark.skipif(
    not full_text.available(), reason="needs the extra fulltext"
)


def url(path="/1", title="Bridge closes", date="2026-03-02T09:00:00Z", more=""):
    news = (
        f"<news:news><news:publication><news:name>Paper</news:name>"
        f"<news:language>en</news:language></news:publication>"
        f"<news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title}</news:title>"
        f"<news:keywords>city, bridges</news:keywords></news:news>"
        if title
        else ""
    )
    return f"<url><loc>{HOST}{path}</loc>{news}{more}</url>"


def urlset(*places):
    return (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap'
        '/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        f"{''.join(places)}</urlset>"
    ).encode()


def index(*places):
    inner = "".join(f"<sitemap>{place}</sitemap>" for place in places)
    return f"<sitemapindex>{inner}</sitemapindex>".encode()


def page(title="Bridge closes", words="bridge"):
    body = "".join(
        f"<p>The {words} will close on Monday for the first time in {n} years, and "
        "engineers found rust in four of its pillars, the city said.</p>"
        for n in range(30, 36)
    )
    return (
        f"<html><head><title>{title} | Paper</title>"
        f'<meta property="og:title" content="{title}">'
        '<meta name="author" content="Ann Lee">'
        '<meta property="og:image" content="/og.jpg"></head><body>'
        f"<nav><a href=/>Home</a></nav><article><h1>{title}</h1>{body}</article>"
        "</body></html>"
    ).encode()


def read(replies, *, known=None, validators=None):
    """Visit a sitemap whose site answers with `replies`, by path."""
    asked = []

    def fetch(address, *, headers=None):
        path = address.removeprefix(HOST)
        asked.append(path)
        body = replies.get(path, (404, b""))
        status, data = body if isinstance(body, tuple) else (200, body)
        kind = "text/html" if b"<html" in data else "application/xml"
        return Response(status, {"content-type": kind}, data, address)

    errand = Errand(
        MAP, fetch, NOW, known=known or {}, validators=validators or Validators()
    )
    harvest = sitemap.read(errand)
    read.asked = asked
    return harvest


@pytest.fixture
def without_library(monkeypatch):
    monkeypatch.setattr(full_text, "_library", lambda: None)


def test_without_the_extra_there_are_headlines_and_links(without_library):
    harvest = read(
        {
            "/news.xml": urlset(
                url(more="<image:image><image:loc>/a.jpg</image:loc></image:image>")
            )
        }
    )

    (one,) = harvest.found
    assert one.content.headline == "Bridge closes"
    assert one.content.url == one.locator == f"{HOST}/1"
    assert one.content.tags == ("city", "bridges")
    assert one.content.image.url == f"{HOST}/a.jpg"
    assert one.published_at.hour == 9
    assert "pip install" in harvest.remark


def test_only_the_last_two_days_are_news(without_library):
    harvest = read(
        {
            "/news.xml": urlset(
                url("/old", date="2026-02-27T09:00:00Z"),
                url("/new", date="2026-03-01T09:00:00Z"),
                url("/undated", date=""),
            )
        }
    )

    assert [one.locator for one in harvest.found] == [f"{HOST}/new"]


def test_a_gzipped_sitemap_is_unpacked(without_library):
    assert len(read({"/news.xml": gzip.compress(urlset(url()))}).found) == 1


def test_a_bomb_is_refused():
    with pytest.raises(SourceError, match="grows beyond all measure"):
        read({"/news.xml": gzip.compress(b" " * 50_000_000)})


def test_a_damaged_gzip_is_refused():
    with pytest.raises(SourceError, match="damaged"):
        read({"/news.xml": b"\x1f\x8b" + b"x" * 50})


def test_an_index_leads_to_the_maps_that_may_hold_news(without_library):
    harvest = read(
        {
            "/news.xml": index(
                "<loc>/archive.xml</loc><lastmod>2019-01-01</lastmod>",
                "<loc>/fresh.xml</loc><lastmod>2026-03-02T08:00:00Z</lastmod>",
                "<loc>https://elsewhere.example/x.xml</loc>",
                "<loc>/broken.xml</loc>",
            ),
            "/fresh.xml": urlset(url()),
            "/broken.xml": (500, b""),
        }
    )

    assert [one.content.headline for one in harvest.found] == ["Bridge closes"]
    assert "/archive.xml" not in read.asked
    assert {one.where for one in harvest.problems} == {
        "https://elsewhere.example/x.xml",
        "/broken.xml",
    }
    assert harvest.validators == Validators()


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"<html><p>x</html>", b"hello you"])
def test_what_is_no_sitemap_is_an_error(body):
    with pytest.raises(SourceError, match="not a sitemap"):
        read({"/news.xml": body})


def test_entities_of_its_own_are_refused():
    with pytest.raises(SourceError, match="declares entities"):
        read({"/news.xml": b'<!DOCTYPE u [<!ENTITY a "b">]><urlset></urlset>'})


def test_pages_of_other_sites_are_passed_over(without_library):
    place = url().replace(HOST, "https://elsewhere.example")

    assert read({"/news.xml": urlset(place)}).found == ()


@wants_library
def test_stories_come_from_their_pages():
    harvest = read({"/news.xml": urlset(url()), "/1": page()})

    (one,) = harvest.found
    assert "rust in four of its pillars" in one.content.html
    assert "<h2>" not in one.content.html
    assert one.content.bylines == ("Ann Lee",)
    assert one.content.image.url == f"{HOST}/og.jpg"
    assert harvest.remark == ""


@wants_library
def test_a_plain_sitemap_takes_headlines_from_the_pages():
    place = url(title="", more="<lastmod>2026-03-02</lastmod>")

    (one,) = read({"/news.xml": urlset(place), "/1": page("Rust found")}).found

    assert one.content.headline == "Rust found"


@wants_library
def test_robots_txt_is_honoured():
    harvest = read(
        {
            "/news.xml": urlset(url()),
            "/1": page(),
            "/robots.txt": b"User-agent: *\nDisallow: /1",
        }
    )

    assert "/1" not in read.asked
    assert harvest.found[0].content.html == ""
    assert "robots.txt keeps 1 pages" in harvest.remark


@wants_library
def test_known_pages_are_not_fetched_again():
    replies = {"/news.xml": urlset(url()), "/1": page()}
    (one,) = read(replies).found

    (again,) = read(replies, known={one.locator: one.stamp}).found

    assert again.stamp == one.stamp
    assert read.asked == ["/news.xml"]


@wants_library
def test_twenty_pages_are_read_and_the_others_wait():
    places = [url(f"/{n}", f"Bridge {n} closes") for n in range(25)]
    replies = {"/news.xml": urlset(*places)}
    replies |= {f"/{n}": page(f"Bridge {n} closes", f"bridge {n}") for n in range(25)}

    first = read(replies)
    known = {one.locator: one.stamp for one in first.found}
    second = read(replies, known=known, validators=first.validators)

    assert sum(bool(one.content.html) for one in first.found) == 20
    assert "5 pages are read at the next visit" in first.remark
    assert first.validators == Validators()
    told = [one for one in second.found if known[one.locator] != one.stamp]
    assert len(told) == 5
    assert all(one.content.html for one in told)
