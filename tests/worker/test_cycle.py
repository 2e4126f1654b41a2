import time
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.model import FeedSettings, NewsletterSettings, Response, SourceSettings
from dispatch.store import articles, issues
from dispatch.worker import cycle
from dispatch.worker.cycle import CycleThread
from support import web
from support.publishing import article, words

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>
<link>https://wire.example/</link><description>News</description>{items}
</channel></rss>"""
ITEM = """<item><title>{title}</title><link>https://wire.example/{title}</link>
<guid isPermaLink="false">{title}</guid><description>What happened, at some length.
</description><pubDate>Mon, 02 Mar 2026 {at} GMT</pubDate></item>"""


class Wire:
    """A feed that grows; counts how often it was asked."""

    def __init__(self):
        self.items = ""
        self.asked = 0

    def add(self, title, at):
        self.items += ITEM.format(title=title, at=at)

    def __call__(self, url, *, headers=None):
        del headers
        self.asked += 1
        body = FEED.format(items=self.items).encode()
        return Response(200, {"content-type": "application/rss+xml"}, body, url)


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def app(tmp_path, store, clock, wire):
    """A publication of one feed, asked every hour, and a letter daily at 13:00."""
    opened = web.make_app(tmp_path, store, clock, timezone="UTC")
    letter = NewsletterSettings(
        name="daily",
        title="The Daily Quad",
        sender="The Quad <news@quad.example>",
        schedule="0 13 * * *",
        timezone="UTC",
    )
    source = SourceSettings(
        name="wire",
        kind="feed",
        url="https://wire.example/feed",
        every=timedelta(hours=1),
        first_contact="mail",
    )
    settings = replace(
        opened.settings,
        source=(source,),
        feed=(FeedSettings("all"),),
        newsletter=(letter,),
    )
    return replace(opened, settings=settings, fetch=wire)


@pytest.fixture
def thread(app):
    rounds = []
    made = CycleThread(app, planned=lambda: rounds.append(1))
    made.rounds = rounds
    yield made
    made._gatherer.close()


def composed(app):
    with app.store.read() as tx:
        return [one.subject for one in issues.recent(tx, 9)]


def test_a_source_is_left_alone_until_its_time_has_come(thread, wire, clock):
    thread.once()
    clock.advance(minutes=20)
    thread.once()
    assert wire.asked == 1

    clock.advance(minutes=46)
    thread.once()
    assert wire.asked == 2


def test_a_slot_asks_the_sources_first_though_their_time_has_not_come(
    thread, app, wire, clock
):
    wire.add("Morning", "11:00:00")
    clock.advance(minutes=30)
    thread.once()
    wire.add("Late", "12:55:00")
    clock.advance(minutes=30)  # the slot; the feed was asked half an hour ago

    thread.once(fresh=True)

    assert wire.asked == 2
    assert len(composed(app)) == 1
    assert "Late" in composed(app)[0]


def test_a_tick_composes_a_slot_that_nobody_woke_us_for(thread, app, wire, clock):
    thread.once()
    wire.add("Morning", "12:10:00")
    clock.advance(hours=1, minutes=7)

    thread.once()

    assert composed(app) == ["Morning — The Daily Quad"]


def test_a_broken_source_does_not_keep_an_issue_from_its_slot(
    thread, app, wire, clock, caplog
):
    wire.add("Morning", "11:00:00")
    thread.once()
    broken = replace(app, fetch=lambda _url, **_named: Response(500, {}, b"", "x"))
    thread.replace(broken)
    clock.advance(hours=1)

    thread.once(fresh=True)

    assert composed(app) == ["Morning — The Daily Quad"]
    assert "500" in caplog.text


def test_a_step_that_breaks_takes_no_other_with_it(thread, app, wire, clock, caplog):
    wire.add("Morning", "11:00:00")
    app.settings.feeds.directory.rmdir()
    app.settings.feeds.directory.write_text("in the way", encoding="utf-8")
    thread.once()
    clock.advance(hours=1)
    thread.once(fresh=True)

    with app.store.read() as tx:
        assert articles.count(tx) == 1
    assert composed(app) == ["Morning — The Daily Quad"]
    assert thread.rounds == [1, 1]


def test_what_was_said_is_not_said_again(thread, wire, clock, caplog):
    caplog.set_level("INFO", logger="dispatch")
    wire.add("Morning", "11:00:00")
    thread.once()
    said = caplog.text
    thread.once()
    clock.advance(minutes=1)
    thread.once()

    assert len(said) > 0
    assert caplog.text.count("feeds") == said.count("feeds")


def test_a_cycle_that_hangs_is_trouble(thread, monkeypatch):
    thread.once()
    assert thread.trouble() == ""

    later = time.monotonic() + cycle.OVERDUE + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert "five minutes" in thread.trouble()
    thread.once()
    assert thread.trouble() == ""


def test_a_wake_up_makes_one_cycle_and_a_slot_asks_every_source(thread, wire):
    thread.start()
    thread.wake()
    while not thread.rounds:
        time.sleep(0.01)
    thread.wake_for_slot()
    while len(thread.rounds) < 2:
        time.sleep(0.01)
    thread.stop()

    assert wire.asked == 2


def fill_the_past(app, months):
    """Store fifty-one stories of each of so many months before this one."""

    def unit(tx):
        for number in range(51 * months):
            moment = app.clock.now() - timedelta(days=60 + 30 * (number // 51))
            old = article(
                number + 1,
                source="past",
                content=words(headline=f"Old {number}"),
                published_at=moment,
                updated_at=moment,
                first_seen_at=moment,
            )
            articles.add(tx, old)

    app.store.write(unit)


def test_a_slot_does_not_wait_for_a_long_publication_which_goes_on_after_it(
    thread, app, wire, clock
):
    thread.once()
    fill_the_past(app, 3)
    wire.add("Morning", "12:10:00")
    clock.advance(hours=1, minutes=7)
    thread.wake_for_slot()  # it comes while a round is under way

    thread.once()

    folder = app.settings.feeds.directory
    made = len(list(folder.rglob("archive/all/*.atom")))
    assert composed(app) == ["Morning — The Daily Quad"]
    assert (folder / "all.atom").exists()
    assert made == 1
    assert thread._woken.is_set()

    thread._slot.clear()
    while thread._woken.is_set():
        thread._woken.clear()
        thread.once()
    assert len(list(folder.rglob("archive/all/*.atom"))) > made
