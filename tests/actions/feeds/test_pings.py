"""Hubs are told of changed feeds, by a real hub on loopback and both databases."""

from datetime import timedelta

import pytest

from dispatch.actions.feeds import pings
from dispatch.http import Fetcher
from dispatch.model import FeedFormat, FetchSettings, Links
from dispatch.store import feeds, pings as stored
from support.http_server import Reply, Server

LINKS = Links("https://news.example.org")
FETCH = Fetcher(FetchSettings(allow_private=("127.0.0.1",)))
FORMS = tuple(FeedFormat)


class Told:
    """A hub's ear: what it was told, and what it answers."""

    def __init__(self, server, path="/hub"):
        self.url = server.url(path)
        self.status = 204
        self.bodies = []
        server[path] = self._answer

    def _answer(self, asked):
        self.bodies.append(asked.body.decode())
        return Reply(b"", self.status)


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def hub(server):
    return Told(server)


def publish(store, name, edition="1"):
    """Note that a feed's three files hold another edition."""
    digests = {form: f"{form}-{edition}" for form in FORMS}

    def unit(tx):
        feeds.ensure(tx, name, ids="tag", authority="news.example.org")
        feeds.record(tx, name, sha256=digests, entries=1)

    store.write(unit)


def tell(store, clock, *hubs, links=LINKS, **named):
    return pings.tell(
        store, [hub.url for hub in hubs], FETCH.submit, links, clock=clock, **named
    )


def test_a_hub_is_told_of_every_file_once(store, clock, hub):
    publish(store, "all")

    report = tell(store, clock, hub)

    assert hub.bodies == [
        "hub.mode=publish&hub.url=https%3A%2F%2Fnews.example.org%2Ffeeds%2F" + file
        for file in ("all.atom", "all.json", "all.rss")
    ]
    assert report.lines() == ["Hubs were told of 3 changed files."]
    assert tell(store, clock, hub).lines() == []
    assert len(hub.bodies) == 3


def test_only_what_has_changed_since_is_told(store, clock, hub):
    publish(store, "all")
    publish(store, "sports")
    tell(store, clock, hub)
    hub.bodies.clear()

    publish(store, "all", "2")
    tell(store, clock, hub)

    assert len(hub.bodies) == 3
    assert all("feeds%2Fall." in body for body in hub.bodies)


def test_each_hub_is_told_whatever_another_says(store, clock, server, hub):
    other = Told(server, "/other")
    hub.status = 503
    publish(store, "all")

    report = tell(store, clock, hub, other)

    assert len(hub.bodies) == 1
    assert len(other.bodies) == 3
    assert not report.ok
    assert "answered 503" in report.lines()[-1]


def test_a_silent_hub_is_left_alone_longer_each_time(store, clock, hub):
    publish(store, "all")
    hub.status = 429
    begun = clock.now()
    moments = []
    for _minute in range(100):
        if not tell(store, clock, hub).ok:
            moments.append(clock.now() - begun)
        clock.advance(minutes=1)

    assert moments == [timedelta(minutes=m) for m in (0, 1, 6, 21, 81)]

    hub.status = 202
    clock.advance(hours=4)
    assert tell(store, clock, hub).told == 3
    with store.read() as tx:
        assert stored.silence(tx, hub.url) is None


def test_changes_while_a_hub_is_down_make_one_ping(store, clock, hub):
    hub.status = 500
    for edition in "123":
        publish(store, "all", edition)
        tell(store, clock, hub)
    hub.status = 204
    hub.bodies.clear()
    clock.advance(minutes=1)

    tell(store, clock, hub)

    assert len(hub.bodies) == 3


def test_a_file_that_a_hub_does_not_want_holds_up_no_other(store, clock, hub):
    publish(store, "all")
    hub.status = 403

    report = tell(store, clock, hub)

    assert len(hub.bodies) == 3
    assert report.told == 0
    assert "answered 403. (all.atom)" in report.lines()[0]
    assert tell(store, clock, hub).ok  # and is not told of the same bytes again
    publish(store, "all", "2")
    hub.status = 204
    assert tell(store, clock, hub).told == 3


def test_a_hub_at_a_private_address_is_not_asked(store, clock, hub):
    publish(store, "all")

    report = pings.tell(
        store, [hub.url], Fetcher(FetchSettings()).submit, LINKS, clock=clock
    )

    assert hub.bodies == []
    assert "was not told" in report.lines()[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://box.local"])
def test_no_hub_is_told_of_a_site_that_it_cannot_reach(store, clock, hub, url):
    publish(store, "all")

    assert tell(store, clock, hub, links=Links(url)).lines() == []
    assert hub.bodies == []


def test_who_is_stopped_in_the_middle_tells_the_rest_later(store, clock, hub):
    publish(store, "all")

    tell(store, clock, hub, stopping=lambda: bool(hub.bodies))
    assert len(hub.bodies) == 1

    tell(store, clock, hub)
    assert len(set(hub.bodies)) == len(hub.bodies) == 3


def test_a_feed_that_could_not_be_published_is_not_told_of(store, clock, hub):
    publish(store, "all")
    store.write(lambda tx: feeds.record_error(tx, "all", "the disk is full"))

    assert tell(store, clock, hub).lines() == []
