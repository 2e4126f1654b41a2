import gzip
import os
import socket
from dataclasses import replace
from datetime import UTC, datetime

import brotli
import pytest

from dispatch.store import feeds
from dispatch.web.server import Server
from dispatch.web.site import create_site
from support.asking import Client

RSS = b"<rss version='2.0'>" + b"<!-- a long story -->" * 100 + b"</rss>"
CHANGED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def publish(app, name="all.rss", data=RSS, at=CHANGED):
    """Replace a feed file as publishing does."""
    file = app.settings.feeds.directory / name
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_bytes(data)
    os.utime(fresh, (at.timestamp(), at.timestamp()))
    fresh.replace(file)


def test_a_feed_comes_with_all_a_reader_needs_to_fetch_it_rarely(app, site):
    publish(app)

    answer = site.get("/feeds/all.rss")

    assert answer.body == RSS
    assert answer.headers["ETag"].startswith('"')
    assert answer.headers["Last-Modified"] == "Sun, 01 Mar 2026 09:30:00 GMT"
    assert answer.headers["Cache-Control"] == "public, max-age=900"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Link"] == '<http://127.0.0.1:8000/feeds/all.rss>; rel="self"'
    assert "Set-Cookie" not in answer.headers


def test_a_feed_names_its_hubs_and_the_list_of_feeds_none(app, serve):
    publish(app)
    publish(app, "index.opml")
    hubs = ("https://hub.example/", "https://other.example/push")
    named = replace(app.settings.feeds, hubs=hubs)
    site = serve(create_site(replace(app, settings=replace(app.settings, feeds=named))))

    assert site.get("/feeds/all.rss").headers["Link"] == (
        '<http://127.0.0.1:8000/feeds/all.rss>; rel="self", '
        '<https://hub.example/>; rel="hub", <https://other.example/push>; rel="hub"'
    )
    (app.settings.feeds.directory / "archive" / "all").mkdir(parents=True)
    publish(app, "archive/all/2026-02.rss")
    for name in ("index.opml", "archive/all/2026-02.rss"):
        assert "hub" not in site.get(f"/feeds/{name}").headers["Link"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("all.rss", "application/rss+xml; charset=utf-8"),
        ("all.atom", "application/atom+xml; charset=utf-8"),
        ("all.json", "application/feed+json; charset=utf-8"),
        ("index.opml", "text/x-opml; charset=utf-8"),
    ],
)
def test_each_format_says_what_it_is(app, site, name, media_type):
    publish(app, name)

    assert site.get(f"/feeds/{name}").headers["Content-Type"] == media_type


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_replaying_either_validator_is_answered_304_with_both(app, site, encoding):
    publish(app)
    first = site.get("/feeds/all.rss", accept_encoding=encoding)

    by_tag = site.get(
        "/feeds/all.rss", accept_encoding=encoding, if_none_match=first.headers["ETag"]
    )
    by_date = site.get(
        "/feeds/all.rss",
        accept_encoding=encoding,
        if_modified_since=first.headers["Last-Modified"],
    )

    for again in (by_tag, by_date):
        assert (again.status, again.body) == (304, b"")
        for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["Date"]


def test_a_tag_that_a_proxy_weakened_still_matches(app, site):
    publish(app)
    tag = site.get("/feeds/all.rss").headers["ETag"]

    assert site.get("/feeds/all.rss", if_none_match=f"W/{tag}").status == 304


def test_the_tag_wins_over_the_date(app, site):
    publish(app)

    answer = site.get(
        "/feeds/all.rss",
        if_none_match='"old"',
        if_modified_since="Sun, 01 Mar 2026 09:30:00 GMT",
    )

    assert answer.status == 200


@pytest.mark.parametrize(
    ("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)]
)
def test_each_coding_has_a_tag_of_its_own_and_the_same_bytes_inside(
    app, site, coding, unpack
):
    publish(app)
    bare = site.get("/feeds/all.rss", accept_encoding="identity")

    packed = site.get("/feeds/all.rss", accept_encoding=coding)

    assert packed.headers["Content-Encoding"] == coding
    assert unpack(packed.body) == RSS
    assert packed.headers["ETag"] != bare.headers["ETag"]
    tag = packed.headers["ETag"]
    crossed = site.get("/feeds/all.rss", accept_encoding="identity", if_none_match=tag)
    assert crossed.status == 200


def test_what_lies_packed_beside_a_feed_is_served_while_it_is_of_the_same_edition(
    app, site
):
    publish(app)
    beside = app.settings.feeds.directory / "all.rss.gz"
    beside.write_bytes(gzip.compress(RSS, 1))
    assert site.get("/feeds/all.rss", accept_encoding="gzip").body != (
        beside.read_bytes()
    )

    publish(app, data=RSS + b"<!-- new -->")
    beside.write_bytes(gzip.compress(RSS + b"<!-- new -->", 1))
    os.utime(beside, (CHANGED.timestamp(), CHANGED.timestamp()))

    answer = site.get("/feeds/all.rss", accept_encoding="gzip")
    assert answer.body == beside.read_bytes()


def test_new_bytes_move_both_validators(app, site):
    publish(app)
    before = site.get("/feeds/all.rss")
    publish(app, data=RSS + b"<!-- more -->", at=CHANGED.replace(hour=10))

    after = site.get("/feeds/all.rss", if_none_match=before.headers["ETag"])

    assert after.status == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.headers["Last-Modified"] == "Sun, 01 Mar 2026 10:30:00 GMT"


def test_a_file_from_the_future_is_not_dated_later_than_now(app, site, clock):
    publish(app, at=clock.now().replace(year=2030))

    modified = site.get("/feeds/all.rss").headers["Last-Modified"]

    assert modified == "Mon, 02 Mar 2026 12:00:00 GMT"


def test_head_says_what_get_would_without_saying_it(app, site):
    publish(app)
    get, head = site.get("/feeds/all.rss"), site.head("/feeds/all.rss")

    assert head.body == b""
    same = ("ETag", "Last-Modified", "Content-Type", "Content-Length", "Cache-Control")
    assert [head.headers[n] for n in same] == [get.headers[n] for n in same]


def test_a_program_in_a_web_page_may_send_its_validators(app, site):
    publish(app)

    answer = site.ask(
        "OPTIONS",
        "/feeds/all.rss",
        headers={
            "Origin": "https://reader.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        },
    )

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_who_keeps_asking_for_all_of_it_is_told_to_wait(app, site):
    publish(app)
    publish(app, "all.atom")
    asked = [site.get("/feeds/all.rss") for _ in range(31)]
    tag = asked[0].headers["ETag"]

    assert [answer.status for answer in asked] == [200] * 30 + [429]
    assert 0 < int(asked[-1].headers["Retry-After"]) <= 60
    assert site.get("/feeds/all.rss", if_none_match=tag).status == 304
    assert site.get("/feeds/all.rss", if_none_match='"old"').status == 200
    assert site.get("/feeds/all.atom").status == 200


def test_any_program_is_answered_whatever_it_calls_itself(app, site):
    publish(app)

    for agent in ("curl/8", "", "python-requests/2.31", "Mozilla/5.0 (bot)"):
        answer = site.get("/feeds/all.rss", user_agent=agent)
        assert (answer.status, answer.body) == (200, RSS)


def test_feeds_are_answered_over_ipv6_too(app):
    publish(app)
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    server = Server(create_site(app), "[::1]:0")
    server.start()
    try:
        assert Client(server.url).get("/feeds/all.rss").body == RSS
    finally:
        server.stop()


def test_cruft_in_the_query_is_ignored(app, site):
    publish(app)

    assert site.get("/feeds/all.rss?utm_source=x&_=1").body == RSS


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/none.rss",
        "/feeds/README.md",
        "/feeds/.all.rss",
        "/feeds/..%2fconfig.toml",
        "/feeds/%2e%2e/config.toml",
        "/feeds/../config.toml",
        "/feeds/..%2f..%2fetc%2fpasswd.rss",
        "/feeds/all.rss%00.txt",
        "/feeds/all.rss/",
        "/feeds/all.xml",
    ],
)
def test_nothing_but_feeds_is_served(app, site, path):
    publish(app)
    (app.settings.folder / "config.toml").write_text("secret")
    (app.settings.feeds.directory / "README.md").write_text("readme")

    answer = site.get(path)

    assert answer.status == 404
    assert "There is no such page" in answer.text


def test_the_page_about_feeds_lists_them_all(app, site, page):
    publish(app, "index.opml")

    answer = site.get("/feeds/")

    assert answer.text == page
    assert site.get("/feeds").headers["Location"] == "/feeds/"


@pytest.mark.parametrize(
    "path", ["/", "/feeds/", "/archive/", "/archive/articles/1", "/subscribe", "/nope"]
)
def test_every_page_tells_programs_where_the_feeds_are(site, path):
    html = site.get(path).text
    head = html.partition("</head>")[0]

    for name in ("all", "sports"):
        for extension in ("rss", "atom", "json"):
            assert f'href="/feeds/{name}.{extension}"' in head
    titles = [line for line in head.splitlines() if 'rel="alternate"' in line]
    assert len(
        {line.partition("title=")[2].partition(" href")[0] for line in titles}
    ) == (6)


@pytest.fixture
def renamed(app, serve):
    """The site after its feed "all" was called "news"."""
    publish(app, "all.rss")
    publish(app, "news.rss")
    (first, *rest) = app.settings.feed
    feed = replace(first, name="news", formerly=("all",))
    settings = replace(app.settings, feed=(feed, *rest))
    return serve(create_site(replace(app, settings=settings)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("all.rss", "news.rss"),
        ("all.json?utm_source=x", "news.json"),
        ("archive/all/2026-02.atom", "archive/news/2026-02.atom"),
        ("all/", "news/"),
    ],
)
def test_a_feed_that_has_another_name_now_is_found_under_its_old_one(renamed, old, new):
    answer = renamed.get(f"/feeds/{old}")

    assert answer.status == 301
    assert answer.headers["Location"].endswith(f"/feeds/{new}")


def test_the_file_that_an_old_name_left_behind_is_not_served(app, renamed):
    assert renamed.get("/feeds/all.rss").headers["Access-Control-Allow-Origin"] == "*"
    assert renamed.get("/feeds/news.rss").body == RSS
    assert renamed.get("/feeds/allied.rss").status == 404


def test_a_feed_that_is_no_more_says_so_and_one_that_never_was_does_not(app, serve):
    app.store.write(
        lambda tx: [
            feeds.ensure(tx, name, ids="tag", authority="quad.example")
            for name in ("all", "ended", "tag/ferry")
        ]
    )
    site = serve(create_site(app))

    for name in ("ended.rss", "archive/ended/2026-02.json", "tag/ferry.atom"):
        assert site.get(f"/feeds/{name}").status == 410
    for name in ("all.rss", "none.rss", "archive/none/2026-02.rss", "index.opml"):
        assert site.get(f"/feeds/{name}").status == 404
    publish(app, "ended.rss")  # whoever puts it back has it back
    assert site.get("/feeds/ended.rss").status == 200
