"""A first publication that takes long lets others have their turn, and goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from dispatch.actions.feeds import feed_stories
from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.errors import StoreError
from dispatch.model import FeedSettings, FeedsSettings, Settings
from dispatch.publish import archive, families
from dispatch.store import articles
from support.publishing import SITE, article, words

MONTHS = 4
SECTIONS = ("town", "sport")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    whole = families.feed  # whose limit is too large for a test
    monkeypatch.setattr(
        families, "feed", lambda kind, key: replace(whole(kind, key), limit=2)
    )
    return Settings(
        site=SITE,
        feeds=FeedsSettings(directory=tmp_path / "feeds", families=("section",)),
        feed=(FeedSettings("all", title="All", limit=3, window=timedelta(days=14)),),
    )


@pytest.fixture
def newsroom(sqlite_store, clock):
    """Eight stories in each of four months, of two sections in turn."""
    return filled(sqlite_store, clock)


def filled(store, clock):
    clock.moment = datetime(2026, 5, 1, tzinfo=UTC)
    told = [
        (month, day, hour)
        for month in range(1, MONTHS + 1)
        for day in range(1, 29, 9)
        for hour in (6, 18)
    ]

    def unit(tx):
        for number, (month, day, hour) in enumerate(told, 1):
            moment = datetime(2026, month, day, hour, tzinfo=UTC)
            articles.add(
                tx,
                article(
                    number,
                    content=words(
                        headline=f"Story {number}", section=SECTIONS[number % 2]
                    ),
                    published_at=moment,
                    updated_at=moment,
                    first_seen_at=clock.now(),
                ),
            )

    store.write(unit)
    return store


def files(settings):
    folder = settings.feeds.directory
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


def older(settings, name="all"):
    """Return where a feed's own document leads to, if it leads anywhere."""
    read = feedparser.parse((settings.feeds.directory / f"{name}.atom").read_bytes())
    assert not read.bozo
    assert 3 <= len(read.entries) < 9, "old stories are shown as if they were new"
    return [one.href for one in read.feed.links if one.rel == "prev-archive"]


def passes(store, settings, clock, memory=None, enough=lambda: True):
    """Publish until there is no more; yield the report of each pass."""
    memory = memory or Memory()
    for _ in range(100):
        report = publish(store, settings, clock=clock, memory=memory, enough=enough)
        assert report.ok
        yield report
        if not report.unfinished:
            return
    pytest.fail("it never ends")


def test_step_by_step_comes_to_the_same_files_as_in_one_go(store, settings, clock):
    newsroom = filled(store, clock)
    reports = list(passes(newsroom, settings, clock))
    in_steps = files(settings)
    elsewhere = replace(
        settings,
        feeds=replace(settings.feeds, directory=settings.feeds.directory / "whole"),
    )
    publish(newsroom, elsewhere, clock=clock)

    assert len(reports) >= MONTHS
    assert in_steps == files(elsewhere)


def test_one_step_is_taken_in_each_pass_and_every_feed_is_there_after_the_first(
    newsroom, settings, clock
):
    first, *rest = passes(newsroom, settings, clock)

    assert [one.name for one in first.feeds] == ["all", "section/sport"]
    assert first.left == ("section/town",)
    assert all(len(feed.written) == 3 for feed in first.feeds)
    for report in (first, *rest):
        archives = {one.rpartition(".")[0] for f in report.feeds for one in f.archived}
        assert len(archives) <= 1


def test_with_time_enough_each_feed_closes_one_month_before_any_closes_all(
    newsroom, settings, clock
):
    first, second = passes(newsroom, settings, clock, enough=lambda: False)

    assert not first.left
    assert all(len(feed.archived) == 3 for feed in first.feeds)
    assert first.feeds[0].waiting == "2026-02"
    assert first.feeds[0].lines()[1] == (
        "Feed all: archive 2026-01 written; 2026-02 and what is newer follow."
    )
    assert sum(len(feed.archived) for feed in second.feeds) > 3 * MONTHS


@pytest.mark.parametrize("most", [6, archive.MOST_STORIES])
def test_no_feed_leads_to_archives_before_they_reach_what_it_shows(
    newsroom, settings, clock, monkeypatch, most
):
    monkeypatch.setattr(archive, "MOST_STORIES", most)
    monkeypatch.setattr(archive, "AT_ONCE", most + 1)
    told = [(report, older(settings)) for report in passes(newsroom, settings, clock)]

    waiting = [found for report, found in told if report.feeds[0].waiting]
    assert len(waiting) >= 2
    assert not any(waiting)
    [last] = told[-1][1]
    assert "/feeds/archive/all/2026-03" in last


def test_a_process_that_comes_after_goes_on_where_the_last_one_was(
    newsroom, settings, clock
):
    closed = []
    clock.advance(minutes=10)  # or changes count twice, and what is closed is mended
    for _ in range(100):
        report = publish(
            newsroom, settings, clock=clock, memory=Memory(), enough=lambda: True
        )
        closed += [one for feed in report.feeds for one in feed.archived]
        if not report.feeds[0].waiting:
            break

    mine = [one for one in closed if one.startswith("archive/all/")]
    assert len(mine) == len(set(mine)) == 3 * (MONTHS - 1)


def test_a_correction_of_an_archive_is_not_lost_in_a_pass_that_ends_early(
    newsroom, settings, clock
):
    memory = Memory()
    list(passes(newsroom, settings, clock, memory))
    with newsroom.read() as tx:
        one = articles.by_id(tx, 1)
    clock.advance(hours=3)
    changed = replace(one, content=replace(one.content, headline="Mended"))
    newsroom.write(lambda tx: articles.change(tx, changed, now=clock.now()))

    reports = list(passes(newsroom, settings, clock, memory))

    assert len(reports) > 1
    for name in ("all", f"section/{one.content.section}"):
        file = settings.feeds.directory / f"archive/{name}/2026-01.atom"
        assert b"Mended" in file.read_bytes()


def test_the_list_of_feeds_keeps_those_that_a_pass_did_not_reach(
    newsroom, settings, clock
):
    memory = Memory()
    list(passes(newsroom, settings, clock, memory))
    before = files(settings)["index.opml"]
    assert b"section/town.rss" in before
    clock.advance(hours=2)

    report = publish(
        newsroom, settings, clock=clock, memory=Memory(), enough=lambda: True
    )

    assert report.left
    assert files(settings)["index.opml"] == before


def test_a_pass_that_breaks_off_loses_no_change_for_the_next(
    newsroom, settings, clock, monkeypatch
):
    memory = Memory()
    list(passes(newsroom, settings, clock, memory))
    clock.advance(minutes=20)
    late = article(99, content=words(headline="Late", section="town"))
    now = {"published_at": clock.now(), "first_seen_at": clock.now()}
    newsroom.write(lambda tx: articles.add(tx, replace(late, **now)))
    clock.advance(minutes=10)
    whole = feed_stories.read

    def locked(*_given, **_named):
        raise StoreError("The database is locked.")

    monkeypatch.setattr(feed_stories, "read", locked)
    with pytest.raises(StoreError):
        publish(newsroom, settings, clock=clock, memory=memory)
    monkeypatch.setattr(feed_stories, "read", whole)
    clock.advance(minutes=10)

    list(passes(newsroom, settings, clock, memory))

    assert b"Late" in files(settings)["section/town.atom"]


def test_changing_every_old_story_at_once_is_shown_in_steps_too(
    newsroom, settings, clock
):
    memory = Memory()
    list(passes(newsroom, settings, clock, memory))
    clock.advance(hours=3)

    def unit(tx):
        for one in articles.recent(tx, 99):
            mended = replace(one.content, headline=f"Mended {one.id}")
            articles.change(tx, replace(one, content=mended), now=clock.now())

    newsroom.write(unit)

    reports = list(passes(newsroom, settings, clock, memory))

    for report in reports:
        archives = {one.rpartition(".")[0] for f in report.feeds for one in f.archived}
        assert len(archives) <= 1
    assert len(reports) > 2 * (MONTHS - 1)
    for name, data in files(settings).items():
        if name.endswith(".atom"):
            titles = [one.title for one in feedparser.parse(data).entries]
            assert all(title.startswith("Mended") for title in titles), name
    assert not publish(newsroom, settings, clock=clock, memory=memory).feeds[0].archived
    assert older(settings)
