"""A lane for each relay: none waits for another; they come and go with the config."""

import threading
import time
from dataclasses import replace

import pytest

from dispatch.actions.delivery.rounds import Channel
from dispatch.deliver import route, session
from dispatch.model import NewsletterSettings
from dispatch.worker import delivering
from support import ledger, smtp, web

PATIENCE = 120  # seconds; far more than anything here takes
WEEKLY = NewsletterSettings("weekly", "news@example.org", "0 7 * * *", relay="other")


def channel(server, name, **changes):
    relay = server.relay(name=name, **changes)
    return Channel(relay, lambda: session.connect(relay, helo="news.example.org"))


def using(app, *channels):
    used = [one.relay for one in channels]
    routes = route.routes(used, [WEEKLY])
    return replace(app, channels=channels, routes=routes, tokens=ledger.TOKENS)


@pytest.fixture
def app(tmp_path, store, clock):
    return web.make_app(tmp_path, store, clock)


@pytest.fixture
def lanes(monkeypatch):
    """Start the threads of an application; stop them at the end."""
    monkeypatch.setattr(delivering, "IDLE", 0.05)
    monkeypatch.setattr(delivering, "DRAIN", 5.0)
    started = []

    def start(app):
        made = delivering.DeliveryThread(app)
        made.start()
        started.append(made)
        return made

    yield start
    for one in started:
        one.stop()


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_a_relay_that_says_nothing_keeps_no_other_waiting(app, store, lanes):
    ledger.sending_issue(store, 2)
    ledger.sending_issue(store, 3, newsletter="weekly")
    with smtp.serving(say={"MAIL": smtp.SILENCE}) as mute, smtp.serving() as other:
        running = lanes(using(app, channel(mute, "default"), channel(other, "other")))
        until(lambda: len(other.received) == 3)

        assert mute.received == []
        assert running.trouble() == ""


def test_relays_come_and_go_with_the_config(app, store, lanes):
    with smtp.serving() as one, smtp.serving() as other:
        running = lanes(using(app, channel(one, "default")))
        running.replace(using(app, channel(one, "default"), channel(other, "other")))
        ledger.sending_issue(store, 2, newsletter="weekly")
        running.wake()
        until(lambda: len(other.received) == 2)

        running.replace(using(app, channel(one, "default")))
        ledger.sending_issue(store, 4)
        running.wake()
        until(lambda: len(one.received) == 4)

    assert len(other.received) == 2


def test_another_rate_holds_at_once_though_a_round_is_under_way(app, store, lanes):
    ledger.sending_issue(store, 12)
    with smtp.serving() as one:
        running = lanes(using(app, channel(one, "default", rate=("20/m",))))
        until(lambda: len(one.received) == 1)
        began = time.monotonic()
        running.replace(using(app, channel(one, "default")))
        until(lambda: len(one.received) == 12)

    assert time.monotonic() - began < 20  # at the old rate, more than half a minute
    assert sorted(one.recipients) == sorted(set(one.recipients))


def test_a_lane_that_died_is_trouble(app, store, lanes, monkeypatch):
    with smtp.serving() as one:
        running = lanes(using(app, channel(one, "default")))
        assert running.trouble() == ""
        lane = running._lanes["default"]
        lane.hush()
        lane.join(PATIENCE)

        assert "died" in running.trouble()
        running.hush()
        assert "stopping" in running.trouble()


def test_one_round_through_all_of_them_is_one_report(app, store):
    ledger.sending_issue(store, 2)
    ledger.sending_issue(store, 1, newsletter="weekly")
    with smtp.serving() as one, smtp.serving() as other:
        both = using(app, channel(one, "default"), channel(other, "other"))
        report = delivering.DeliveryThread(both).once()

    assert report.accepted == 3
