"""The cycle and hubs: it subscribes, reads what they bring, and doubts them."""

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from dispatch.actions.collection import push, pushed
from dispatch.model import Response, SourceSettings
from dispatch.store import articles, push as stored
from dispatch.worker.cycle import CycleThread
from support import web
from support.collecting import entry, long_text

TOPIC = "https://wire.example/feed"
LINKS = (
    '<a:link rel="hub" href="https://hub.example/"/>'
    f'<a:link rel="self" href="{TOPIC}"/>'
)


def document(*entries):
    return (
        '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Wire</title>{LINKS}{''.join(entries)}</channel></rss>"
    ).encode()


class World:
    """A feed and its hub, as the cycle meets them."""

    def __init__(self):
        self.body = document(entry("1", "First", long_text("one")))
        self.asked = 0
        self.forms = []

    def fetch(self, url, *, headers=None):
        del headers
        self.asked += 1
        return Response(200, {"content-type": "application/rss+xml"}, self.body, url)

    def submit(self, _url, fields):
        self.forms.append(fields)
        return 202

    def token(self):
        return urlsplit(self.forms[-1]["hub.callback"]).path.rpartition("/")[2]


@pytest.fixture
def world():
    return World()


@pytest.fixture
def app(tmp_path, store, clock, world):
    opened = web.make_app(
        tmp_path, store, clock, timezone="UTC", url="https://news.quad.example"
    )
    source = SourceSettings("wire", "feed", url=TOPIC, first_contact="mail")
    settings = replace(opened.settings, source=(source,), newsletter=())
    return replace(opened, settings=settings, fetch=world.fetch, submit=world.submit)


@pytest.fixture
def thread(app):
    made = CycleThread(app, planned=lambda: None, gap=0)
    yield made
    made._gatherer.close()


def bring(app, world, body):
    secret = world.forms[-1]["hub.secret"].encode()
    signature = "sha512=" + hmac.new(secret, body, hashlib.sha512).hexdigest()
    return pushed.receive(
        app.store,
        world.token(),
        body,
        signature=signature,
        content_type="application/rss+xml",
        clock=app.clock,
    )


def subscribed(app, world, thread):
    thread.once()
    query = {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "c0ffee",
        "hub.lease_seconds": "864000",
    }
    assert push.confirm(app.store, world.token(), query, clock=app.clock) == "c0ffee"


def heads(app):
    with app.store.read() as tx:
        return sorted(one.content.headline for one in articles.recent(tx, 9))


def test_a_push_is_published_by_the_next_cycle_without_a_poll(app, world, thread):
    subscribed(app, world, thread)
    bring(app, world, document(entry("2", "Second", long_text("two"))))

    thread.once()

    assert heads(app) == ["First", "Second"]
    assert world.asked == 1
    assert len(world.forms) == 1


def test_a_poll_that_finds_more_than_the_hub_brought_ends_the_trust(
    app, world, thread, clock, caplog
):
    subscribed(app, world, thread)
    bring(app, world, document(entry("2", "Second", long_text("two"))))
    thread.once()
    world.body = document(entry("3", "Third", long_text("three")))
    clock.advance(hours=13)

    thread.once()

    assert heads(app) == ["First", "Second", "Third"]
    assert "hub missed a story" in caplog.text
    with app.store.read() as tx:
        assert stored.of(tx, "wire").broken_at == clock.now()
