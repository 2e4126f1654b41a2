import json
import shutil
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import FeedSettings, FeedsSettings, Report, Settings
from dispatch.store import articles, feeds
from support.publishing import FEED, SITE, article, full_story, words

TOWN = FeedSettings(name="town", sections=("town",))
FILES = ("all.rss", "all.atom", "all.json", "town.rss", "town.atom", "town.json")
NAMES = {*FILES, "index.opml"}


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(directory=tmp_path / "feeds"),
        feed=(FEED, TOWN),
    )


@pytest.fixture
def stocked(store, clock):
    """A store with a day's stories in it."""
    return stock(store, clock)


@pytest.fixture
def newsroom(sqlite_store, clock):
    return stock(sqlite_store, clock)


def stock(store, clock):
    clock.advance(days=2)
    add(store, article(1))
    add(store, full_story(2))
    return store


def add(store, story):
    return store.write(lambda tx: articles.add(tx, story))


def read(settings, name):
    return (settings.feeds.directory / name).read_bytes()


def stamps(settings):
    return {
        file.name: (file.stat().st_mtime_ns, file.stat().st_ino)
        for file in settings.feeds.directory.iterdir()
        if file.suffix not in {".gz", ".br"}
    }


def test_every_feed_is_written_in_every_format(stocked, settings, clock):
    report = publish(stocked, settings, clock=clock)

    assert report.ok
    assert set(stamps(settings)) == NAMES
    assert [feed.entries for feed in report.feeds] == [2, 1]
    assert report.feeds[0].written == ("all.rss", "all.atom", "all.json")
    titles = [
        entry.title for entry in feedparser.parse(read(settings, "all.rss")).entries
    ]
    assert titles == ["Café & ferry: “open” since ’07", "Story 1"]


def test_a_second_time_touches_nothing(stocked, settings, clock):
    publish(stocked, settings, clock=clock)
    before = stamps(settings)
    clock.advance(days=1)

    report = publish(stocked, settings, clock=clock)

    assert stamps(settings) == before
    assert [feed.written for feed in report.feeds] == [(), ()]
    assert report.feeds[0].unchanged == ("all.rss", "all.atom", "all.json")
    assert report.lines()[0] == "Feed all: 2 entries, unchanged."


def test_only_the_feeds_of_a_new_story_change(newsroom, settings, clock):
    publish(newsroom, settings, clock=clock)
    before = stamps(settings)
    add(newsroom, article(3, content=words(headline="New", section="sport")))

    report = publish(newsroom, settings, clock=clock)

    changed = {
        name for name, stamp in stamps(settings).items() if stamp != before[name]
    }
    assert changed == {"all.rss", "all.atom", "all.json"}
    assert [feed.written for feed in report.feeds][1] == ()


def test_a_file_that_somebody_removed_comes_back(newsroom, settings, clock):
    publish(newsroom, settings, clock=clock)
    (settings.feeds.directory / "all.atom").unlink()

    report = publish(newsroom, settings, clock=clock)

    assert report.feeds[0].written == ("all.atom",)


def test_a_story_of_tomorrow_waits_for_tomorrow(newsroom, settings, clock):
    tomorrow = clock.now() + timedelta(days=1)
    add(newsroom, article(3, published_at=tomorrow, updated_at=tomorrow))

    assert publish(newsroom, settings, clock=clock).feeds[0].entries == 2
    clock.advance(days=2)
    assert publish(newsroom, settings, clock=clock).feeds[0].entries == 3


def test_a_feed_holds_its_newest_stories_up_to_the_limit(newsroom, settings, clock):
    feed = replace(FEED, limit=1, window=timedelta(0))
    feeds = replace(settings.feeds, archives=False)  # else older ones wait for theirs
    settings = replace(settings, feed=(feed,), feeds=feeds)

    assert publish(newsroom, settings, clock=clock).feeds[0].entries == 1
    assert json.loads(read(settings, "all.json"))["items"][0]["title"].startswith(
        "Café"
    )


def test_a_feed_holds_all_that_came_shortly_before_its_newest_story(
    newsroom, settings, clock
):
    feed = replace(FEED, limit=1, window=timedelta(days=14))

    report = publish(newsroom, replace(settings, feed=(feed,)), clock=clock)

    assert report.feeds[0].entries > 1


@pytest.mark.parametrize(
    ("chosen", "title"),
    [({"tags": ("FERRY",)}, "Café"), ({"authors": ("ada quill",)}, "Café")],
)
def test_a_feed_selects_by_tag_and_author(newsroom, settings, clock, chosen, title):
    settings = replace(settings, feed=(FeedSettings("some", **chosen),))

    assert publish(newsroom, settings, clock=clock).feeds[0].entries == 1
    (item,) = json.loads(read(settings, "some.json"))["items"]
    assert item["title"].startswith(title)


def test_a_story_that_names_no_language_is_in_that_of_the_site(
    newsroom, settings, clock
):
    feeds = (
        FeedSettings("here", languages=("en",)),
        FeedSettings("pt", languages=("pt",)),
    )

    here, there = publish(newsroom, replace(settings, feed=feeds), clock=clock).feeds

    assert here.entries > 0
    assert there.entries == 1


def test_a_daemon_makes_a_feed_anew_only_for_other_stories(newsroom, settings, clock):
    memory = Memory()
    first = publish(newsroom, settings, clock=clock, memory=memory)
    folder = settings.feeds.directory
    (folder / "all.rss").write_bytes(b"marked")

    again = publish(newsroom, settings, clock=clock, memory=memory)

    assert read(settings, "all.rss") == b"marked"
    assert set(again.feeds[0].unchanged) == set(first.feeds[0].written)
    assert again.feeds[0].entries == first.feeds[0].entries

    newsroom.write(lambda tx: articles.add(tx, article(8)))
    publish(newsroom, settings, clock=clock, memory=memory)
    assert b"Story 8" in read(settings, "all.rss")


def test_a_failure_since_is_cleared_though_the_stories_are_the_same(
    newsroom, settings, clock
):
    memory = Memory()
    publish(newsroom, settings, clock=clock, memory=memory)
    newsroom.write(lambda tx: feeds.record_error(tx, "all", "The disk was full."))

    publish(newsroom, settings, clock=clock, memory=memory)

    with newsroom.read() as tx:
        assert {file.error for file in feeds.files(tx)} == {""}


def test_a_daemon_makes_a_feed_anew_whose_file_or_settings_went(
    newsroom, settings, clock
):
    memory = Memory()
    publish(newsroom, settings, clock=clock, memory=memory)
    (settings.feeds.directory / "all.atom").unlink()

    publish(newsroom, settings, clock=clock, memory=memory)
    assert read(settings, "all.atom")

    named = replace(settings, feed=(replace(FEED, title="Another"), TOWN))
    publish(newsroom, named, clock=clock, memory=memory)
    assert b"Another" in read(settings, "all.rss")


def test_ids_are_the_same_in_every_feed_and_after_a_move(newsroom, settings, clock):
    publish(newsroom, settings, clock=clock)
    first = [entry.id for entry in feedparser.parse(read(settings, "all.atom")).entries]
    moved = replace(
        settings, site=replace(SITE, url="https://new.example.com", home="")
    )

    publish(newsroom, moved, clock=clock)

    read_again = feedparser.parse(read(settings, "all.atom"))
    assert [entry.id for entry in read_again.entries] == first
    assert feedparser.parse(read(settings, "town.rss")).entries[0].id == first[0]
    assert read_again.feed.id.startswith("tag:bell.example.org,")


def test_the_kind_of_ids_is_fixed_when_a_feed_is_made(newsroom, settings, clock):
    publish(newsroom, settings, clock=clock)
    changed = replace(settings, feed=(replace(FEED, ids="source"), TOWN))

    report = publish(newsroom, changed, clock=clock)

    assert report.ok
    assert report.feeds[0].written == ()
    assert 'was made with ids = "tag"' in report.lines()[1]


def test_a_feed_may_keep_the_ids_of_its_source(newsroom, settings, clock):
    settings = replace(settings, feed=(replace(FEED, ids="source"),))

    publish(newsroom, settings, clock=clock)

    ids = [item["id"] for item in json.loads(read(settings, "all.json"))["items"]]
    assert ids == ["https://wire.example.net/?p=77", article(1).tag_id]


def test_a_story_that_will_not_do_is_named_and_the_rest_goes_on(
    newsroom, settings, clock
):
    add(newsroom, article(3, content=words(headline="")))

    report = publish(newsroom, settings, clock=clock)

    assert report.ok
    assert report.feeds[0].entries == 2
    assert "left out article 3. It has no headline." in "\n".join(report.lines())


def test_a_feed_that_fails_leaves_its_files_and_does_not_stop_the_others(
    newsroom, settings, clock
):
    publish(newsroom, settings, clock=clock)
    add(newsroom, article(3, content=words(section="town")))
    good = read(settings, "all.json")
    (settings.feeds.directory / "all.rss").unlink()
    (settings.feeds.directory / "all.rss").mkdir()  # cannot be replaced by a file

    report = publish(newsroom, settings, clock=clock)

    assert not report.ok
    assert report.feeds[0].error.endswith(
        "all.rss: cannot be written (Is a directory)."
    )
    assert report.lines()[0].startswith("Feed all: not published: ")
    assert read(settings, "all.json") == good
    assert report.feeds[1].written == ("town.rss", "town.atom", "town.json")
    with newsroom.read() as tx:
        errors = {file.feed: file.error for file in feeds.files(tx)}
    assert "Is a directory" in errors["all"]
    assert errors["town"] == ""


def test_an_error_is_forgotten_when_the_feed_works_again(newsroom, settings, clock):
    blocked = settings.feeds.directory / "all.rss"
    blocked.mkdir(parents=True)
    assert not publish(newsroom, settings, clock=clock).ok
    blocked.rmdir()

    assert publish(newsroom, settings, clock=clock).ok

    with newsroom.read() as tx:
        assert {file.error for file in feeds.files(tx)} == {""}


def test_a_folder_that_cannot_be_used_is_one_clear_sentence(newsroom, settings, clock):
    settings.feeds.directory.write_text("")

    report = publish(newsroom, settings, clock=clock)

    assert not report.ok
    assert "is not a folder" in report.error
    assert all(feed.error == report.error for feed in report.feeds)
    assert report.lines()[-1] == report.error


def test_a_list_of_feeds_that_cannot_be_written_is_said_so(newsroom, settings, clock):
    (settings.feeds.directory / "index.opml").mkdir(parents=True)

    report = publish(newsroom, settings, clock=clock)

    assert not report.ok
    assert "index.opml" in report.error
    assert not any(feed.error for feed in report.feeds)


def test_files_of_a_feed_that_left_the_config_stay(newsroom, settings, clock):
    publish(newsroom, settings, clock=clock)

    publish(newsroom, replace(settings, feed=(FEED,)), clock=clock)

    assert set(stamps(settings)) == NAMES


class ReadOnly:
    """A store that nothing may be written to."""

    def __init__(self, store):
        self.read = store.read

    def write(self, unit):
        raise AssertionError(unit)


def test_nothing_is_written_to_the_database_when_nothing_changed(
    newsroom, settings, clock
):
    publish(newsroom, settings, clock=clock)

    assert publish(ReadOnly(newsroom), settings, clock=clock).ok


class Counted(ReadOnly):
    """A store that counts how often it is read."""

    def __init__(self, store):
        super().__init__(store)
        self.reads = 0
        self._read = store.read
        self.read = self._counted

    def _counted(self):
        self.reads += 1
        return self._read()


def test_the_store_is_asked_about_all_feeds_at_once(newsroom, settings, clock):
    many = tuple(replace(FEED, name=f"feed-{number}") for number in range(9))
    settings = replace(settings, feed=many)
    memory = Memory()
    publish(newsroom, settings, clock=clock, memory=memory)
    counted = Counted(newsroom)

    assert publish(counted, settings, clock=clock, memory=memory).ok

    assert counted.reads == 1 + len(many)  # and each feed reads its own stories


def test_an_error_that_is_known_is_not_written_again(newsroom, settings, clock):
    (settings.feeds.directory / "all.rss").mkdir(parents=True)
    publish(newsroom, settings, clock=clock)

    assert not publish(ReadOnly(newsroom), settings, clock=clock).ok


def test_a_report_is_for_people_and_machines(newsroom, settings, clock):
    report: Report = publish(newsroom, settings, clock=clock)

    assert report.lines() == [
        "Feed all: 2 entries, wrote all.rss, all.atom, all.json.",
        "Feed town: 1 entry, wrote town.rss, town.atom, town.json.",
    ]
    assert json.loads(json.dumps(report.to_json()))["feeds"][1]["entries"] == 1


def test_the_output_of_a_lost_folder_is_made_again(newsroom, settings, clock):
    publish(newsroom, settings, clock=clock)
    good = read(settings, "all.rss")
    shutil.rmtree(settings.feeds.directory)

    publish(newsroom, settings, clock=clock)

    assert read(settings, "all.rss") == good
