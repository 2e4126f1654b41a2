"""The thread that tells hubs: woken by the cycle, in nobody's way."""

import queue
import threading
from dataclasses import replace

import pytest

from dispatch.errors import SourceError
from dispatch.worker.cycle import CycleThread
from dispatch.worker.pinging import PingThread
from support import web

HUB = "https://hub.example/"
PATIENCE = 120  # seconds; far more than anything here takes


class World:
    """A hub, as the thread meets it."""

    def __init__(self):
        self.told = queue.SimpleQueue()
        self.free = threading.Event()
        self.free.set()
        self.down = False

    def submit(self, _url, fields):
        self.told.put(fields["hub.url"])
        self.free.wait(PATIENCE)
        if self.down:
            raise SourceError("hub.example does not answer.")
        return 204

    def hears(self):
        return self.told.get(timeout=PATIENCE)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def app(tmp_path, sqlite_store, clock, world):
    web.fill(sqlite_store)
    opened = web.make_app(tmp_path, sqlite_store, clock, url="https://quad.example")
    feeds = replace(opened.settings.feeds, hubs=(HUB,))
    settings = replace(opened.settings, feeds=feeds, newsletter=())
    return replace(opened, settings=settings, submit=world.submit)


@pytest.fixture
def ping(app):
    thread = PingThread(app)
    thread.start()
    yield thread
    thread.stop()


@pytest.fixture
def cycle(app, ping):
    made = CycleThread(app, planned=lambda: None, published=ping.wake, gap=0)
    yield made
    made.hush()


def test_a_cycle_that_publishes_has_the_hub_told_of_every_file(cycle, world):
    cycle.once()

    told = {world.hears() for _ in range(6)}
    assert told == {
        f"https://quad.example/feeds/{name}.{form}"
        for name in ("all", "sports")
        for form in ("rss", "atom", "json")
    }


def test_a_hub_that_hangs_keeps_no_cycle_waiting(cycle, world):
    world.free.clear()
    cycle.once()
    world.hears()

    cycle.once()  # while the hub has not answered

    world.free.set()
    assert world.hears()


def test_a_hub_that_is_down_does_not_end_the_thread(cycle, world, clock):
    world.down = True
    cycle.once()
    world.hears()
    world.down = False
    clock.advance(minutes=2)

    cycle.once()

    assert len({world.hears() for _ in range(6)}) == 6
