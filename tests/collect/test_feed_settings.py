"""What a source's settings and a feed's own words change."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import feed, feed_split, lead_image
from dispatch.errors import SourceError
from dispatch.model import Errand, Image, Outlook, Response
from support.wire import NOW, URL, WIRE, atom, item, read, rss


def visit(pages, *, source=WIRE, headers=None, **errand):
    """Visit a feed whose site answers by path, say what was asked for."""
    asked = []

    def fetch(url, *, headers=None):
        asked.append(url)
        path = url.removeprefix("https://wire.example")
        status, body = pages.get(path, (404, ""))
        return Response(status, answer_headers, body.encode(), url)

    answer_headers = headers or {}
    return feed.read(Errand(source, fetch, NOW, **errand)), asked


def published(date, *, future="hold", **errand):
    body = rss(f"<item><title>x</title><pubDate>{date}</pubDate></item>")
    source = replace(WIRE, future=future)
    harvest, _ = visit({"/feed?key=secret": (200, body)}, source=source, **errand)
    (one,) = harvest.found
    return one.published_at, one.embargo_until


def test_a_date_without_a_zone_is_in_the_sources():
    assert published("2026-03-02 06:00", timezone="America/New_York")[0] == datetime(
        2026, 3, 2, 11, tzinfo=UTC
    )
    assert published("2026-03-02", timezone="America/New_York")[0] == datetime(
        2026, 3, 2, 12, tzinfo=UTC
    )


SOON, LATE = NOW + timedelta(hours=20), NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("future", "date", "want"),
    [
        ("hold", SOON, (NOW, None)),
        ("hold", LATE, (LATE, LATE)),
        ("clamp", SOON, (NOW, None)),
        ("clamp", LATE, (NOW, None)),
        ("trust", SOON, (SOON, SOON)),
        ("trust", LATE, (LATE, LATE)),
    ],
)
def test_a_date_that_lies_ahead_is_treated_as_the_source_says(future, date, want):
    assert published(date.isoformat(), future=future) == want


def test_a_zone_out_of_season_is_logged_and_taken_as_written(caplog):
    with caplog.at_level(logging.INFO, "dispatch.collect.feed"):
        moment, _ = published("Mon, 21 Jul 2025 06:00:00 EST")

    assert moment == datetime(2025, 7, 21, 11, tzinfo=UTC)
    assert "EST" in caplog.text


def page(number, following=""):
    return (
        200,
        (
            f'{{"items": [{{"id": "{number}", "title": "{number}"}}], '
            f'"next_url": "{following}"}}'
        ),
    )


def test_the_further_pages_of_a_json_feed_are_read():
    harvest, asked = visit(
        {
            "/feed?key=secret": page(1, "/feed?page=2"),
            "/feed?page=2": page(2, "https://wire.example/feed?page=3"),
            "/feed?page=3": page(3),
        }
    )

    assert [one.guid for one in harvest.found] == ["1", "2", "3"]
    assert len(asked) == 3


@pytest.mark.parametrize(
    "following", [URL, "https://elsewhere.example/feed", "javascript:x", "http://["]
)
def test_pages_that_lead_nowhere_are_not_followed(following):
    harvest, asked = visit({"/feed?key=secret": page(1, following)})

    assert len(harvest.found) == len(asked) == 1


def test_five_pages_are_enough():
    pages = {f"/feed?page={n}": page(n, f"/feed?page={n + 1}") for n in range(2, 20)}

    harvest, asked = visit({"/feed?key=secret": page(1, "/feed?page=2"), **pages})

    assert len(harvest.found) == len(asked) == 5


def test_a_further_page_that_fails_is_a_problem_and_the_first_counts():
    harvest, _ = visit({"/feed?key=secret": page(1, "/feed?page=2")})

    assert len(harvest.found) == 1
    assert harvest.problems[0].where == "https://wire.example/feed"
    assert "answered 404" in harvest.problems[0].what


def test_what_a_feed_says_about_visits_becomes_its_outlook():
    channel = (
        "<ttl>60</ttl><skipHours><hour>3</hour><hour>24</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
        '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="/hub"/>'
    )

    assert read(rss("", channel)).outlook == Outlook(
        ttl=timedelta(hours=1),
        skip_hours=frozenset({3, 0}),
        skip_days=frozenset({5, 6}),
        hub="https://wire.example/hub",
        topic=URL,
    )


def test_the_link_header_names_the_hub_before_the_feed_does():
    body = atom("", '<link rel="hub" href="https://old.example/"/>')
    header = {
        "link": '<https://new.example/>; rel="hub", <https://wire.example/f>; rel=self'
    }

    outlook = read(body, headers=header).outlook

    assert (outlook.hub, outlook.topic) == (
        "https://new.example/",
        "https://wire.example/f",
    )


def test_a_feed_that_rests_always_says_nothing():
    hours = "".join(f"<hour>{n}</hour>" for n in range(24))

    assert read(rss("", f"<skipHours>{hours}</skipHours>")).outlook == Outlook()


def test_a_page_in_the_feeds_place_says_where_the_feeds_are():
    html = (
        "<!doctype html><html><head><link rel=alternate type=application/rss+xml "
        "href=/news.rss?key=1></head></html>"
    )

    with pytest.raises(SourceError, match=r"feeds are: https://wire.example/news\.rss"):
        read(html)


@pytest.mark.parametrize(
    ("body", "lead"),
    [
        ('<img src="https://a.example/1.jpg">', "https://a.example/1.jpg"),
        ('<img src="https://a.example/1.jpg" width="120">', ""),
        ('<img src="https://www.gravatar.com/avatar/1">', ""),
        ('<img src="https://a.example/share-button.png">', ""),
        (
            (
                '<img src="https://s.w.org/images/core/emoji/1.png">'
                '<img src="https://a.example/2.jpg" width="800">'
            ),
            "https://a.example/2.jpg",
        ),
        ("<p>none</p>", ""),
    ],
)
def test_the_first_picture_that_is_one_leads(body, lead):
    found = lead_image.first_of(body)

    assert (found.url if found else "") == lead


def test_a_pixel_that_the_feed_names_does_not_lead():
    pixel = '<media:content url="https://pixel.wp.com/b.gif" medium="image"/>'

    assert item(f"<title>x</title>{pixel}").content.image is None
    small = '<media:thumbnail url="/small.jpg" width="80"/>'
    assert item(f"<title>x</title>{small}").content.image == Image(
        "https://wire.example/small.jpg", width=80
    )


@given(st.lists(st.text("<>abc&;/\n]![-", max_size=20), max_size=8))
def test_cutting_a_sound_feed_finds_each_item_as_it_was(texts):
    items = [f"<item><![CDATA[{text.replace(']]>', '')}]]></item>" for text in texts]
    items = [one for one in items if feed_split.is_sound(one)] or ["<item/>"]

    cut = feed_split.cut(
        f"<rss><channel><title>x</title>{''.join(items)}</channel></rss>"
    )

    assert cut.items == tuple(items)
    assert cut.sound
    assert cut.outside == "<rss><channel><title>x</title></channel></rss>"
    assert cut.document(["<item/>"]) == "<rss><channel><item/></channel></rss>"


@given(st.text("<>/ itementryx:![CDATA]-\"'=", max_size=80))
def test_cutting_anything_gives_pieces_of_it_in_order(text):
    at = 0
    for one in feed_split.cut(text).items:
        at = text.index(one, at) + len(one)
