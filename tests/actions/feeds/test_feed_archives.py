"""The whole archive of a feed, by closed months, for a reader that walks the chain."""

import errno
import json
import os
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import Hand
from dispatch.actions.feeds import feed_records
from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import FeedFormat, FeedSettings, FeedsSettings, Settings
from dispatch.publish import archive, documents, families, files
from dispatch.store import archives, articles
from support.publishing import SITE, article, words

FH_ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
HOST = "https://news.example.org/feeds/"


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(directory=tmp_path / "feeds"),
        feed=(FeedSettings("all", title="All", limit=3, window=timedelta(days=14)),),
    )


class Newsroom:
    """A store whose stories are published and walked through."""

    def __init__(self, store, settings, clock):
        self.store, self.settings, self.clock = store, settings, clock
        self.count = 0

    def story(self, day, *, hour=12, **fields):
        """Store a story of a day of 2026, such as "03-04"; seen when it came."""
        self.count += 1
        moment = datetime(2026, *map(int, day.split("-")), hour, tzinfo=UTC)
        self.clock.moment = max(self.clock.moment, moment)
        fields = {"headline": f"Story {self.count} of {day}", **fields}
        seen = self.clock.now()
        new = article(
            self.count,
            content=words(**fields),
            published_at=moment,
            updated_at=moment,
            first_seen_at=seen,
        )
        return self.store.write(lambda tx: articles.add(tx, new))

    def correct(self, one, **fields):
        now = self.clock.now()
        changed = replace(one, content=replace(one.content, **fields), updated_at=now)
        return self.store.write(lambda tx: articles.change(tx, changed, now=now))

    def publish(self, **given):
        report = publish(self.store, self.settings, clock=self.clock, **given)
        assert report.ok, report.lines()
        return report

    def file(self, name):
        return self.settings.feeds.directory / name

    def walk(self, form="atom", name="all"):
        """Follow the chain as a reader does; return the ids of each document."""
        found, at = {}, f"{name}.{form}"
        while at:
            assert at not in found, "the chain goes in a circle"
            data = self.file(at).read_bytes()
            ids, older = READERS[form](data)
            found[at] = ids
            at = older.removeprefix(HOST)
        return found

    def digests(self):
        folder = self.file("archive")
        return {
            str(one.relative_to(folder)): (one.read_bytes(), one.stat().st_mtime_ns)
            for one in folder.rglob("*")
            if one.is_file()
        }


def read_xml(data):
    read = feedparser.parse(data)
    assert not read.bozo
    older = [one.href for one in read.feed.links if one.rel == "prev-archive"]
    return [one.id for one in read.entries], older[0] if older else ""


def read_json(data):
    whole = json.loads(data)
    assert whole.get("next_url") != whole["feed_url"]
    return [one["id"] for one in whole["items"]], whole.get("next_url", "")


READERS = {"rss": read_xml, "atom": read_xml, "json": read_json}


@pytest.fixture
def newsroom(sqlite_store, settings, clock):
    clock.moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Newsroom(sqlite_store, settings, clock)


def a_quarter(newsroom):
    """Two stories a week from January to April."""
    return [
        newsroom.story(f"{month:02}-{day:02}")
        for month in (1, 2, 3, 4)
        for day in (1, 4, 8, 11, 15, 18, 22, 25, 28)
    ]


@pytest.mark.parametrize("form", FeedFormat)
def test_a_reader_that_walks_the_chain_finds_every_story(newsroom, form):
    told = a_quarter(newsroom)
    newsroom.publish()

    walked = newsroom.walk(form)

    assert list(walked) == [
        f"all.{form}",
        *(f"archive/all/2026-{month}.{form}" for month in ("03", "02", "01")),
    ]
    assert {one for ids in walked.values() for one in ids} == {s.tag_id for s in told}
    assert walked[f"archive/all/2026-02.{form}"] == [
        one.tag_id for one in told[::-1] if one.published_at.month == 2
    ]


def test_on_both_databases_the_same_months_are_closed(store, settings, clock):
    clock.moment = datetime(2026, 1, 1, tzinfo=UTC)
    newsroom = Newsroom(store, settings, clock)
    a_quarter(newsroom)
    one = newsroom.correct(newsroom.story("01-09"), headline="Late")

    newsroom.publish()

    walked = newsroom.walk()
    assert [len(ids) for ids in walked.values()][1:] == [9, 9, 10]
    assert one.tag_id in walked["archive/all/2026-01.atom"]


def test_no_story_is_missing_at_any_time_while_months_go_by(newsroom):
    told, memory = set(), Memory()
    for month in range(1, 8):
        for days in ((2, 9, 11), (19, 20, 27)):
            told |= {newsroom.story(f"{month:02}-{day:02}").tag_id for day in days}
            newsroom.publish(memory=memory)
            walked = newsroom.walk()
            assert {one for ids in walked.values() for one in ids} == told
    assert len(walked) == 7


def test_a_closed_archive_never_moves_while_stories_come(newsroom):
    a_quarter(newsroom)
    newsroom.publish()
    before = newsroom.digests()
    recorded = recorded_digests(newsroom)

    for month in (5, 6, 7):
        for day in (1, 10, 20):
            newsroom.story(f"{month:02}-{day:02}")
            newsroom.publish()

    after = newsroom.digests()
    assert before.items() <= after.items()
    assert len(after) > len(before)
    assert recorded.items() <= recorded_digests(newsroom).items()
    on_disk = {
        f"archive/{name}": feed_records.digest(data)
        for name, (data, _) in after.items()
        if not name.endswith(".gz")
    }
    assert recorded_digests(newsroom) == on_disk


def recorded_digests(newsroom):
    with newsroom.store.read() as tx:
        closed = archives.of(tx, "all")
    return {
        f"{one.document}.{form}": digest
        for one in closed
        for form, digest in one.sha256.items()
    }


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_an_archive_says_that_it_is_one_and_where_it_belongs(newsroom, form):
    a_quarter(newsroom)
    newsroom.publish()

    root = ET.fromstring(newsroom.file(f"archive/all/2026-02.{form}").read_bytes())
    head = root if form == "atom" else root.find("channel")
    links = {
        one.get("rel"): one.get("href")
        for one in head.iterfind("{http://www.w3.org/2005/Atom}link")
    }
    assert head.find(FH_ARCHIVE) is not None
    assert links["self"] == f"{HOST}archive/all/2026-02.{form}"
    assert links["current"] == f"{HOST}all.{form}"
    assert links["prev-archive"] == f"{HOST}archive/all/2026-01.{form}"
    assert links["next-archive"] == f"{HOST}archive/all/2026-03.{form}"
    newest = newsroom.file(f"all.{form}").read_bytes()
    assert b"fh:archive" not in newest
    assert (
        b"next-archive" not in newsroom.file(f"archive/all/2026-03.{form}").read_bytes()
    )


def test_the_archives_have_the_feeds_own_id_and_page(newsroom):
    a_quarter(newsroom)
    newsroom.publish()

    ids = {
        feedparser.parse(newsroom.file(name).read_bytes()).feed.id
        for name in newsroom.walk()
    }
    assert len(ids) == 1


def test_a_correction_changes_its_archive_alone_and_is_told_again(newsroom):
    told = a_quarter(newsroom)
    newsroom.publish()
    before = newsroom.digests()
    newsroom.clock.advance(minutes=30)

    newsroom.correct(told[3], headline="Corrected", correction="It was Tuesday.")
    newsroom.publish()

    after = newsroom.digests()
    assert {name for name in after if after[name] != before.get(name)} == {
        f"all/2026-01.{form}{packed}" for form in FeedFormat for packed in ("", ".gz")
    }
    assert b"Corrected" in newsroom.file("archive/all/2026-01.rss").read_bytes()
    assert newsroom.walk("rss")["all.rss"][-1] == told[3].tag_id


def test_what_was_told_again_goes_with_the_fortnight(newsroom):
    told = a_quarter(newsroom)
    newsroom.publish()
    newsroom.correct(told[3], headline="Corrected")
    newsroom.story("05-20")
    newsroom.publish()

    assert told[3].tag_id not in newsroom.walk()["all.atom"]


def test_a_withdrawal_leaves_a_notice_in_its_archive(newsroom):
    told = a_quarter(newsroom)
    newsroom.publish()
    newsroom.clock.advance(minutes=30)
    hand = Hand("ada", "it named the wrong firm", newsroom.clock.now())
    newsroom.store.write(lambda tx: editing.withdraw(tx, told[3].id, hand))

    newsroom.publish()

    month = newsroom.file("archive/all/2026-01.atom").read_bytes()
    assert b"deleted-entry" in month
    assert b"It does" in month
    notice = feedparser.parse(newsroom.file("archive/all/2026-01.rss").read_bytes())
    [gone] = [one for one in notice.entries if one.id == told[3].tag_id]
    assert gone.title.startswith("Withdrawn: ")
    assert b"deleted-entry" in newsroom.file("all.atom").read_bytes()

    newsroom.clock.advance(days=60)
    newsroom.publish()
    assert newsroom.file("archive/all/2026-01.atom").read_bytes() == month


def test_a_held_story_leaves_its_archive_without_a_word(newsroom):
    told = a_quarter(newsroom)
    newsroom.publish()
    newsroom.clock.advance(minutes=30)
    hand = Hand("ada", "lawyers", newsroom.clock.now())
    newsroom.store.write(lambda tx: editing.hold(tx, told[3].id, hand))

    newsroom.publish()

    for form in FeedFormat:
        assert told[3].tag_id not in newsroom.walk(form)[f"archive/all/2026-01.{form}"]
        assert told[3].tag_id.encode() not in newsroom.file(f"all.{form}").read_bytes()


def test_a_back_dated_latecomer_is_shown_and_goes_into_the_next_archive(newsroom):
    a_quarter(newsroom)
    newsroom.publish()
    before = newsroom.digests()
    newsroom.clock.advance(minutes=30)
    late = newsroom.story("01-05", headline="Found in a drawer")

    newsroom.publish()
    assert newsroom.digests() == before
    assert late.tag_id in newsroom.walk()["all.atom"]

    for day in ("05-20", "05-21", "05-22"):
        newsroom.story(day)
    newsroom.publish()
    walked = newsroom.walk()
    assert [name for name, ids in walked.items() if late.tag_id in ids] == [
        "archive/all/2026-04.atom"
    ]
    assert before.items() <= newsroom.digests().items()

    newsroom.clock.advance(minutes=30)
    newsroom.correct(late, headline="Found in another drawer")
    newsroom.publish()
    assert b"another drawer" in newsroom.file("archive/all/2026-04.rss").read_bytes()
    assert before.items() <= newsroom.digests().items()


def test_a_whole_archive_of_old_stories_closes_the_months_anew(newsroom, monkeypatch):
    monkeypatch.setattr(archive, "MOST_WAITING", 5)
    told = a_quarter(newsroom)
    newsroom.publish()
    newsroom.clock.advance(minutes=30)
    told += [newsroom.story(f"01-{day:02}", hour=8) for day in range(1, 13)]

    newsroom.publish()

    walked = newsroom.walk()
    assert {one for ids in walked.values() for one in ids} == {s.tag_id for s in told}
    assert told[-1].tag_id in walked["archive/all/2026-01.atom"]


def test_a_busy_month_is_closed_in_parts(newsroom, monkeypatch):
    monkeypatch.setattr(archive, "MOST_STORIES", 4)
    monkeypatch.setattr(archive, "AT_ONCE", 5)
    told = a_quarter(newsroom)

    newsroom.publish()

    walked = newsroom.walk()
    assert "archive/all/2026-01-3.atom" in walked
    archived = [name for name in walked if name.startswith("archive")]
    assert all(len(walked[name]) <= 4 for name in archived)
    assert {one for ids in walked.values() for one in ids} == {s.tag_id for s in told}
    assert max(Counter(i for name in archived for i in walked[name]).values()) == 1


def test_a_feed_with_much_to_show_does_not_wait_for_the_end_of_the_month(
    newsroom, monkeypatch
):
    monkeypatch.setattr(archive, "MOST_WAITING", 5)
    told = {
        newsroom.story(f"01-{day:02}", hour=hour).tag_id
        for day in range(1, 31)
        for hour in (6, 18)
    }

    newsroom.publish()

    walked = newsroom.walk()
    assert "archive/all/2026-01.atom" in walked
    assert len(walked["all.atom"]) <= 14 * 2 + 5
    assert {one for ids in walked.values() for one in ids} == told


def test_many_stories_of_one_second_are_all_in_reach(newsroom, monkeypatch):
    monkeypatch.setattr(archive, "MOST_STORIES", 7)
    monkeypatch.setattr(archive, "AT_ONCE", 8)
    told = {newsroom.story("01-05").tag_id for _ in range(30)}
    told |= {newsroom.story("03-05").tag_id for _ in range(3)}

    newsroom.publish()

    walked = newsroom.walk()
    assert {one for ids in walked.values() for one in ids} == told
    assert len(walked) == 1 + 5


def test_a_family_has_archives_of_its_own(newsroom, monkeypatch):
    newsroom.settings = replace(
        newsroom.settings,
        feeds=replace(newsroom.settings.feeds, families=("section", "tag")),
    )
    for month in (1, 2, 3):
        for day in (1, 20):
            newsroom.story(f"{month:02}-{day:02}", section="town", tags=("Ferry",))
            newsroom.story(f"{month:02}-{day:02}", section="sport", tags=("Ferry",))
    with_limit(monkeypatch, 2)
    newsroom.publish()

    walked = newsroom.walk(name="section/town")
    assert list(walked)[1:] == [
        "archive/section/town/2026-02.atom",
        "archive/section/town/2026-01.atom",
    ]
    assert list(newsroom.walk(name="tag/ferry"))[1] == "archive/tag/ferry/2026-02.atom"


def with_limit(monkeypatch, limit):
    """Give the families' feeds a small limit, which config.toml cannot."""
    whole = families.feed
    monkeypatch.setattr(
        families, "feed", lambda kind, key: replace(whole(kind, key), limit=limit)
    )


def test_a_story_that_loses_its_tag_leaves_the_archive_of_the_tag(
    newsroom, monkeypatch
):
    with_limit(monkeypatch, 2)
    newsroom.settings = replace(
        newsroom.settings,
        feed=(),
        feeds=replace(newsroom.settings.feeds, families=("tag",)),
    )
    told = [
        newsroom.story(f"{month:02}-{day:02}", tags=("Ferry",))
        for month in (1, 2, 3)
        for day in (1, 20)
    ]
    memory = Memory()
    newsroom.publish(memory=memory)
    newsroom.clock.advance(minutes=30)

    newsroom.correct(told[0], tags=("Race",))
    newsroom.publish(memory=memory)

    january = newsroom.walk(name="tag/ferry")["archive/tag/ferry/2026-01.atom"]
    assert january == [told[1].tag_id]


def test_a_story_enters_its_archive_when_its_embargo_ends_however_lately_edited(
    newsroom,
):
    told = a_quarter(newsroom)
    memory = Memory()
    newsroom.publish(memory=memory)
    newsroom.clock.advance(hours=3)
    until = newsroom.clock.now() + timedelta(minutes=2)
    kept_back = replace(told[2], embargo_until=until)
    newsroom.store.write(
        lambda tx: articles.change(tx, kept_back, now=newsroom.clock.now())
    )
    archived = newsroom.file("archive/all/2026-01.atom")
    newsroom.publish(memory=memory)
    assert told[2].tag_id not in archived.read_text()
    newsroom.clock.advance(minutes=3)

    newsroom.publish(memory=memory)

    assert told[2].tag_id in archived.read_text()


def test_the_same_changes_are_not_made_twice_while_passes_overlap(
    newsroom, monkeypatch
):
    told = a_quarter(newsroom)
    memory = Memory()
    newsroom.publish(memory=memory)
    newsroom.clock.advance(hours=3)
    newsroom.publish(memory=memory)
    corrected = newsroom.correct(told[2], correction="Corrected.")
    newsroom.publish(memory=memory)
    made = []
    whole = documents.make
    monkeypatch.setattr(
        documents,
        "make",
        lambda channel, kept: made.append(channel.name) or whole(channel, kept),
    )

    newsroom.clock.advance(minutes=1)
    newsroom.publish(memory=memory)
    assert made == []
    newsroom.correct(corrected, correction="Corrected again.")
    newsroom.publish(memory=memory)

    assert "archive/all/2026-01" in made


def test_archives_can_be_switched_off(newsroom):
    newsroom.settings = replace(
        newsroom.settings, feeds=replace(newsroom.settings.feeds, archives=False)
    )
    a_quarter(newsroom)

    newsroom.publish()

    assert not newsroom.file("archive").exists()
    assert list(newsroom.walk()) == ["all.atom"]
    assert b"next_url" not in newsroom.file("all.json").read_bytes()


def test_archives_that_somebody_removed_come_back_as_they_were(newsroom):
    a_quarter(newsroom)
    newsroom.publish()
    before = {name: data for name, (data, _) in newsroom.digests().items()}
    shutil.rmtree(newsroom.file("archive/all"))

    newsroom.publish()

    assert {name: data for name, (data, _) in newsroom.digests().items()} == before


def test_another_address_of_the_site_closes_the_months_anew(newsroom):
    a_quarter(newsroom)
    newsroom.publish()
    site = replace(SITE, url="https://feeds.bell.example.org")
    newsroom.settings = replace(newsroom.settings, site=site)

    newsroom.publish()

    for form in ("rss", "atom", "json"):
        for file in newsroom.file("archive/all").glob(f"*.{form}"):
            assert b"news.example.org" not in file.read_bytes()


def test_another_title_leaves_what_is_closed_alone(newsroom):
    a_quarter(newsroom)
    newsroom.publish()
    before = newsroom.digests()
    feed = replace(newsroom.settings.feed[0], title="All the news there is")
    newsroom.settings = replace(newsroom.settings, feed=(feed,))

    newsroom.publish()

    assert newsroom.digests() == before
    assert b"All the news there is" in newsroom.file("all.rss").read_bytes()


def test_without_room_for_an_archive_the_last_good_feed_stays(newsroom, monkeypatch):
    a_quarter(newsroom)
    newsroom.publish()
    before = newsroom.digests(), newsroom.file("all.rss").read_bytes()
    for day in ("05-20", "05-21", "05-22"):
        newsroom.story(day)
    monkeypatch.setattr(files, "_write", no_room)

    report = publish(newsroom.store, newsroom.settings, clock=newsroom.clock)

    [line] = report.lines()
    assert "2026-04.rss: the disk is full. Make room" in line
    assert (newsroom.digests(), newsroom.file("all.rss").read_bytes()) == before
    monkeypatch.undo()
    newsroom.publish()
    assert "archive/all/2026-04.atom" in newsroom.walk()


def no_room(part, data):
    part.write_bytes(data[: len(data) // 2])
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
