"""Subscribing at hubs, from a real feed and a real hub to both databases."""

from datetime import timedelta

import pytest

from dispatch.actions.collection import push, pushed
from dispatch.actions.collection.calls import Round
from dispatch.actions.collection.pushed import Received
from dispatch.collect import hub as rules
from dispatch.http import Fetcher
from dispatch.model import FetchSettings, SiteSettings
from dispatch.store import push as stored, sources
from support.collecting import Desk, entry, long_text
from support.http_server import Reply, Server
from support.hub import Hub

SITE = "https://news.example.org"
FETCH = Fetcher(FetchSettings(allow_private=("127.0.0.1",)))


class Newsroom(Desk):
    """A desk whose feed names a hub."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self.hub = Hub(self.server)
        self.source = self.wire(every=None)

    def document(self, *entries):
        links = (
            f'<a:link rel="hub" href="{self.server.url("/hub")}"/>'
            f'<a:link rel="self" href="{self.server.url("/rss")}"/>'
        )
        return (
            '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel>'
            f"{links}{''.join(entries)}</channel></rss>"
        ).encode()

    def publish(self, *entries):
        self.server["/rss"] = Reply(self.document(*entries))

    def keep_up(self, *sources, site=SITE):
        push.keep_up(self.store, sources, FETCH.submit, site_url=site, clock=self.clock)

    def verify(self, **changes):
        token = self.hub.path.rpartition("/")[2]
        query = self.hub.query(**changes)
        return push.confirm(self.store, token, query, clock=self.clock)

    def bring(self, body, **signed):
        return pushed.receive(
            self.store,
            self.hub.path.rpartition("/")[2],
            body,
            signature=self.hub.signature(body, **signed),
            content_type="application/rss+xml",
            clock=self.clock,
        )

    def read(self, *others):
        round_ = Round(
            self.store,
            FETCH,
            SiteSettings(),
            "news.example.org",
            (self.source, *others),
            self.clock,
        )
        return pushed.read(round_)

    def state(self):
        with self.store.read() as tx:
            return stored.of(tx, "wire")

    def polled_next(self):
        with self.store.read() as tx:
            return sources.state(tx, "wire").next_at

    def subscribe(self):
        """Everything up to an active subscription."""
        self.publish(entry("1", "First", long_text("one")))
        self.visit(self.source)
        self.keep_up(self.source)
        assert self.verify() == "c0ffee"


@pytest.fixture
def desk(store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        yield Newsroom(store, clock, folder, server)


def heads(desk):
    return [one.content.headline for one in desk.stored()]


def test_a_feed_that_names_a_hub_is_subscribed(desk):
    desk.subscribe()

    asked = desk.hub.last
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == desk.server.url("/rss")
    assert asked["hub.callback"].startswith(f"{SITE}/websub/")
    assert len(asked["hub.callback"]) > 60
    assert desk.state().lease_until == desk.clock.now() + timedelta(days=10)
    assert rules.words(desk.state(), desk.clock.now()).startswith("Push: active until")


@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "http://newsroom.local"])
def test_a_site_that_no_hub_can_reach_asks_for_nothing(desk, site):
    desk.publish(entry("1"))
    desk.visit(desk.source)
    desk.keep_up(desk.source, site=site)

    assert desk.hub.requests == []


def test_push_can_be_turned_off(desk):
    desk.publish(entry("1"))
    desk.visit(desk.wire(push=False))
    desk.keep_up(desk.wire(push=False))

    assert desk.hub.requests == []


@pytest.mark.parametrize(
    "changes",
    [{"mode": "unsubscribe"}, {"topic": "https://other.example/"}, {"challenge": ""}],
)
def test_what_nobody_asked_for_is_not_confirmed(desk, changes):
    desk.publish(entry("1"))
    desk.visit(desk.source)
    desk.keep_up(desk.source)

    assert desk.verify(**changes) is None
    assert desk.state().lease_until is None


def test_a_verification_counts_once(desk):
    desk.subscribe()

    assert desk.verify() is None


def test_a_push_becomes_an_article_at_once(desk):
    desk.subscribe()

    assert desk.bring(desk.document(entry("2", "Second"))) is Received.KEPT
    report = desk.read()

    assert report.sources[0].new == 1
    assert sorted(heads(desk)) == ["First", "Second"]
    assert desk.state().pushed_at == desk.clock.now()
    assert desk.read().sources == ()


def test_what_was_pushed_survives_a_restart_and_comes_in_order(desk):
    desk.subscribe()
    desk.bring(desk.document(entry("2", "Second", "Old words.")))
    desk.bring(desk.document(entry("2", "Second, corrected", "New words.")))

    desk.read()  # as the next process would

    assert sorted(heads(desk)) == ["First", "Second, corrected"]


@pytest.mark.parametrize(
    ("priority", "owner"), [(5, "newsroom"), (10, "newsroom"), (20, "wire")]
)
def test_a_push_too_minds_whose_copy_of_a_story_counts(desk, priority, owner):
    desk.put(desk.folder / "pier.txt", f"The pier\n\n{long_text('pier')}\n")
    desk.source = desk.wire(every=None, priority=priority)
    desk.visit(desk.newsroom, desk.source)
    desk.subscribe()
    pier = entry("2", "The pier, again", long_text("pier"))
    desk.bring(desk.document(pier))

    desk.read(desk.newsroom)

    (story,) = [one for one in desk.stored() if "pier" in one.content.headline]
    assert story.source == owner


def test_a_poll_after_a_push_brings_nothing_twice(desk):
    desk.subscribe()
    both = (
        entry("2", "Second", long_text("two")),
        entry("1", "First", long_text("one")),
    )
    desk.bring(desk.document(*both))
    desk.read()
    desk.publish(*both)

    report = desk.visit(desk.source, force=True)

    assert report.sources[0].new == 0
    assert len(desk.stored()) == 2


def test_a_push_that_nobody_signed_is_counted_and_not_read(desk):
    desk.subscribe()
    forged = desk.document(entry("9", "Forged"))

    assert desk.bring(forged, secret="guessed") is Received.IGNORED
    assert desk.read().sources == ()
    assert desk.state().ignored == 1
    assert heads(desk) == ["First"]


@pytest.mark.parametrize("body", [b"", b"  ", b"<html>no feed</html>", b"\x00\xff"])
def test_a_push_that_is_no_feed_makes_us_ask_the_source(desk, body):
    desk.subscribe()
    desk.clock.advance(minutes=1)

    assert desk.bring(body) is Received.KEPT
    desk.read()

    assert desk.polled_next() == desk.clock.now()


def test_more_than_can_wait_makes_us_ask_the_source(desk):
    desk.subscribe()
    for number in range(stored.MOST_WAITING + 1):
        desk.bring(desk.document(entry(f"n{number}")))

    with desk.store.read() as tx:
        assert len(stored.waiting(tx)) == stored.MOST_WAITING
    assert desk.polled_next() == desk.clock.now()


def test_polls_are_rare_while_pushes_come(desk):
    desk.subscribe()
    desk.bring(desk.document(entry("2", "Second", long_text("two"))))
    desk.read()
    desk.publish(
        entry("2", "Second", long_text("two")), entry("1", "First", long_text("one"))
    )
    desk.visit(desk.source, force=True)

    assert desk.polled_next() >= desk.clock.now() + timedelta(hours=12)


def test_a_hub_that_missed_a_story_is_relied_on_no_longer(desk):
    desk.subscribe()
    desk.bring(desk.document(entry("2", "Second", long_text("two"))))
    desk.read()
    desk.publish(entry("3", "Third", long_text("three")))
    report = desk.visit(desk.source, force=True)
    polled = [one.name for one in report.sources if one.new]

    assert push.doubt(desk.store, polled, clock=desk.clock) == ("wire",)
    assert desk.polled_next() == desk.clock.now() + timedelta(minutes=15)
    assert "missed a story" in rules.words(desk.state(), desk.clock.now())
    desk.bring(desk.document(entry("4", "Fourth", long_text("four"))))
    desk.read()
    desk.visit(desk.source, force=True)
    assert desk.polled_next() < desk.clock.now() + timedelta(hours=12)
    desk.clock.advance(hours=1)
    desk.keep_up(desk.source)
    assert len(desk.hub.requests) == 2  # asked anew


def test_a_poll_breaks_no_trust_where_there_was_none(desk):
    desk.subscribe()

    assert push.doubt(desk.store, ["wire"], clock=desk.clock) == ()


def test_a_lease_is_renewed_before_it_ends(desk):
    desk.subscribe()
    token = desk.state().token
    desk.clock.advance(days=7)
    desk.keep_up(desk.source)
    assert len(desk.hub.requests) == 1
    desk.clock.advance(days=1, minutes=1)
    desk.keep_up(desk.source)

    assert len(desk.hub.requests) == 2
    assert desk.state().lease_until < desk.clock.now() + timedelta(days=2)
    assert desk.verify() == "c0ffee"
    assert desk.state().token == token
    assert desk.state().lease_until == desk.clock.now() + timedelta(days=10)


@pytest.mark.parametrize("status", [404, 500])
def test_a_hub_that_refuses_is_asked_later_and_polling_goes_on(desk, status):
    desk.hub.status = status
    desk.publish(entry("1", "First"))
    desk.visit(desk.source)
    for _ in range(3):
        desk.keep_up(desk.source)

    assert len(desk.hub.requests) == 1
    assert f"answered {status}" in rules.words(desk.state(), desk.clock.now())
    desk.clock.advance(hours=1, minutes=1)
    desk.keep_up(desk.source)
    assert len(desk.hub.requests) == 2
    desk.publish(entry("2", "Second"), entry("1", "First"))
    assert desk.visit(desk.source, force=True).sources[0].new == 1


def test_a_hub_that_never_verifies_is_asked_again(desk):
    desk.publish(entry("1"))
    desk.visit(desk.source)
    desk.keep_up(desk.source)
    desk.clock.advance(hours=1, minutes=1)
    desk.keep_up(desk.source)

    assert len(desk.hub.requests) == 2
    assert "did not confirm" in rules.words(desk.state(), desk.clock.now())


def test_a_hub_may_verify_before_it_answers(desk):
    desk.publish(entry("1"))
    desk.visit(desk.source)
    answer = desk.server.replies["/hub"]

    def at_once(asked):
        reply = answer(asked)
        assert desk.verify() == "c0ffee"
        return reply

    desk.server["/hub"] = at_once
    desk.keep_up(desk.source)

    assert rules.active(desk.state(), desk.clock.now())


def test_a_denied_subscription_is_named(desk):
    desk.publish(entry("1"))
    desk.visit(desk.source)
    desk.keep_up(desk.source)

    assert desk.verify(mode="denied") == ""
    assert "denies" in rules.words(desk.state(), desk.clock.now())


def test_a_source_that_left_is_unsubscribed(desk):
    desk.subscribe()
    desk.keep_up()

    assert desk.hub.last["hub.mode"] == "unsubscribe"
    assert desk.verify() == "c0ffee"
    assert desk.state() is None


def test_a_hub_that_does_not_let_go_is_not_hurried(desk):
    desk.subscribe()
    desk.hub.status = 500
    for _ in range(3):
        desk.keep_up()
    assert len(desk.hub.requests) == 2

    desk.clock.advance(days=11)
    desk.keep_up()
    assert desk.state() is None


def test_a_private_hub_is_not_asked(desk):
    desk.publish(entry("1"))
    desk.visit(desk.source)
    guarded = Fetcher(FetchSettings())
    push.keep_up(
        desk.store, (desk.source,), guarded.submit, site_url=SITE, clock=desk.clock
    )

    assert desk.hub.requests == []
    assert "cannot be asked" in rules.words(desk.state(), desk.clock.now())
