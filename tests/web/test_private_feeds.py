"""A reader's own feeds, through the real site."""

import gzip
import json
import re
from dataclasses import replace

import feedparser
import pytest

from dispatch.actions.audience import subscribers as people
from dispatch.actions.feeds import private_feeds
from dispatch.actions.feeds.publish import publish
from dispatch.model import MailFormat, SubscriptionState
from dispatch.store import articles, subscriptions
from support import web

ACTIVE = SubscriptionState.ACTIVE


@pytest.fixture
def number(app):
    """A subscription that is active."""
    return web.subscribe(app, "ada@reader.example", ACTIVE)


@pytest.fixture
def manage(app, number):
    """The path of the page of the reader's feeds."""
    return f"/preferences/{app.tokens.make('preferences', number)}/feeds"


@pytest.fixture
def feed(app, site, manage, number):
    """The path of a feed that the reader has made, without its ending."""
    site.post(manage, {"make": "1", "name": "Phone"})
    ((_, token),) = private_feeds.listing(app.store, app.tokens, number)
    return f"/private/{token}"


def choose(app, number, *topics):
    app.store.write(
        lambda tx: subscriptions.set_choice(
            tx, number, topics=topics, format=MailFormat.HTML
        )
    )


def titles(answer):
    return [entry.title for entry in feedparser.parse(answer.body).entries]


def test_a_reader_makes_a_feed_and_reads_it_in_three_formats(site, manage, feed):
    page = site.get(manage).text
    assert feed in page
    assert "Phone" in page

    rss, atom = site.get(f"{feed}.rss"), site.get(f"{feed}.atom")
    whole = json.loads(site.get(f"{feed}.json").body)

    assert rss.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert titles(rss) == titles(atom) == [item["title"] for item in whole["items"]]
    assert len(titles(rss)) == 6
    assert whole["title"] == "The Daily Quad: your selection"
    assert whole["feed_url"].endswith(f"{feed}.json")


def test_the_feed_carries_the_readers_topics_and_follows_them(app, site, number, feed):
    choose(app, number, "sports")
    before = site.get(f"{feed}.rss")
    assert titles(before) == ["Rowing club wins the spring regatta by a length"]

    choose(app, number, "campus")
    after = site.get(f"{feed}.rss", if_none_match=before.headers["ETag"])

    assert after.status == 200
    assert len(titles(after)) == 2


def test_the_feed_speaks_the_readers_languages(app, site, number, feed):
    def speak(*languages):
        app.store.write(
            lambda tx: subscriptions.set_choice(tx, number, languages=languages)
        )
        return titles(site.get(f"{feed}.rss"))

    assert speak("de") == ["Ein Garten auf dem Dach der Mensa"]
    assert len(speak("ar", "en")) == 5
    assert len(speak()) == 6


def test_a_story_has_the_id_it_has_in_the_public_feeds(app, site, feed, clock):
    publish(app.store, app.settings, clock=clock)
    public = (app.settings.feeds.directory / "all.atom").read_bytes()

    own = feedparser.parse(site.get(f"{feed}.atom").body)

    assert [e.id for e in own.entries] == [
        e.id for e in feedparser.parse(public).entries
    ]


def test_what_has_not_changed_is_answered_304_without_being_made(
    app, site, feed, monkeypatch
):
    first = site.get(f"{feed}.rss")
    monkeypatch.setattr(private_feeds, "document", lambda *_a, **_k: 1 / 0)

    again = site.get(f"{feed}.rss", if_none_match=first.headers["ETag"])

    assert (again.status, again.body) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "X-Robots-Tag"):
        assert again.headers[name] == first.headers[name]


def test_a_new_story_is_in_it_at_once(app, site, feed):
    before = site.get(f"{feed}.rss")
    story = web.article("A late story", hours=0)
    app.store.write(lambda tx: articles.add(tx, story))

    after = site.get(f"{feed}.rss", if_none_match=before.headers["ETag"])

    assert titles(after)[0] == "A late story"


def test_it_is_private(site, feed):
    answer = site.get(f"{feed}.rss", origin="https://reader.example")

    assert answer.headers["Cache-Control"].startswith("private")
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert b"<itunes:block>Yes</itunes:block>" in answer.body
    assert b"<podcast:block>yes</podcast:block>" in answer.body
    assert b'rel="hub"' not in answer.body


def test_it_stands_in_no_list_and_on_no_page(app, site, feed, clock):
    publish(app.store, app.settings, clock=clock)

    for path in ("/", "/feeds/", "/feeds/index.opml", "/feeds/all/"):
        assert "/private/" not in site.get(path).text


def test_gzip_has_a_tag_of_its_own_and_the_same_bytes(site, feed):
    bare = site.get(f"{feed}.json", accept_encoding="identity")
    packed = site.get(f"{feed}.json", accept_encoding="gzip")

    assert gzip.decompress(packed.body) == bare.body
    assert packed.headers["ETag"] != bare.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"


def test_a_feed_that_was_ended_answers_410_and_the_others_go_on(
    app, site, manage, number, feed
):
    site.post(manage, {"make": "1", "name": "Desk"})
    (phone, _), (_, desk) = private_feeds.listing(app.store, app.tokens, number)

    page = site.post(manage, {"end": str(phone.id)}).text

    assert site.get(f"{feed}.rss").status == 410
    assert site.get(f"/private/{desk}.atom").status == 200
    assert "That feed has ended" in page
    assert feed not in page


def test_nobody_ends_the_feed_of_another(app, site, feed):
    other = web.subscribe(app, "eve@reader.example", ACTIVE)
    page = f"/preferences/{app.tokens.make('preferences', other)}/feeds"

    for number in ("1", "01", "-1", "1e3", "\uff19", "9" * 40):
        site.post(page, {"end": number})

    assert site.get(f"{feed}.rss").status == 200


def test_the_feed_goes_on_when_the_mails_stop_and_ends_with_the_person(
    app, site, manage, number, feed
):
    leave = app.tokens.make("unsubscribe", number)
    site.post(f"/unsubscribe/{leave}", {"List-Unsubscribe": "One-Click"})
    assert site.get(f"{feed}.rss").status == 200
    page = site.get(manage)
    assert page.status == 200
    assert "Stop the mails" not in page.text
    gone = site.get(f"/unsubscribe/{leave}").text
    assert f'<a href="{manage}">Your own feeds go on</a>' in gone

    people.erase(app.store, app.tokens, "ada@reader.example", clock=app.clock)

    assert site.get(f"{feed}.rss").status == 410


def test_an_address_that_was_never_given_out_is_not_found(app, site, number, feed):
    tokens = app.tokens
    for made in (
        tokens.make("preferences", number),
        tokens.make("feed", 99),
        tokens.make("feed", number).upper(),
        "a" * 40,
        "..%2f..%2fetc",
    ):
        assert site.get(f"/private/{made}.rss").status == 404
    assert site.get("/preferences/nonsense/feeds").status == 404


def test_looking_at_the_page_changes_nothing(app, site, manage, number):
    for _ in range(3):
        assert site.get(manage).status == site.head(manage).status == 200

    assert private_feeds.listing(app.store, app.tokens, number) == ()


def test_there_is_an_end_to_how_many_feeds_one_makes(app, site, manage, number):
    said = [site.post(manage, {"make": "1", "name": f"F{n}"}).text for n in range(11)]

    assert len(private_feeds.listing(app.store, app.tokens, number)) == 10
    assert "There are 10 feeds already" in said[-1]


def test_a_name_is_text_and_short(app, site, manage, number):
    page = site.post(manage, {"make": "1", "name": "<script>\r\n" + "x" * 500}).text

    ((feed, _),) = private_feeds.listing(app.store, app.tokens, number)
    assert len(feed.name) == 60
    assert "<script" not in page


def test_who_asks_for_all_of_it_all_the_time_is_told_to_wait(site, feed):
    asked = [site.get(f"{feed}.rss") for _ in range(31)]

    assert asked[-1].status == 429
    assert asked[-1].headers["Retry-After"]
    tag = asked[0].headers["ETag"]
    assert site.get(f"{feed}.rss", if_none_match=tag).status == 304


def test_a_withdrawn_story_is_a_notice_or_a_tombstone(app, site, feed, clock):
    with app.store.read() as tx:
        story = articles.recent(tx, 1)[0]
    clock.advance(minutes=5)
    gone = replace(story, withdrawn_at=clock.now(), withdrawn_reason="not true")
    app.store.write(lambda tx: articles.change(tx, gone, now=clock.now()))

    assert titles(site.get(f"{feed}.rss"))[0].startswith("Withdrawn:")
    assert b"deleted-entry" in site.get(f"{feed}.atom").body


def test_the_page_of_ones_feeds_looks_as_approved(site, manage, feed, page):
    html = re.sub(r"/private/[a-z2-7]{40}", "/private/TOKEN", site.get(manage).text)

    assert (
        re.sub(r"/(preferences|unsubscribe)/[a-z2-7]{40}", r"/\1/TOKEN", html) == page
    )
