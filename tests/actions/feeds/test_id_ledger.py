"""One id for life: whatever changes, no reader sees a story twice.

The ledger is every id in every document, by story. A change that moves one would show
all readers all stories again.
"""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.model import FeedSettings, FeedsSettings, Settings
from dispatch.store import articles, open_store
from support.publishing import SITE, article, words

# As they were minted. Who changes this line shows every reader every story again.
LEDGER = {n: f"tag:bell.example.org,2026-03-02:article/{n:08x}" for n in range(1, 7)}


def story(number, **fields):
    return {
        "headline": f"Story {number}",
        "url": f"http://bell.example.org/2026/story-{number}",
        "section": "town",
        "bylines": ("Ada Quill",),
        "tags": ("Ferry",),
        **fields,
    }


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(
            directory=tmp_path / "feeds", families=("section", "author", "tag")
        ),
        feed=(
            FeedSettings("all", limit=2, window=timedelta(days=5)),
            FeedSettings("guids", ids="source"),
        ),
    )


@pytest.fixture
def database(tmp_path, sqlite_template):
    file = tmp_path / "dispatch.db"
    shutil.copy(sqlite_template, file)
    return file


class Life:
    """A publication through its changes; each opens the database anew."""

    def __init__(self, database, settings, clock):
        self.database, self.settings, self.clock = database, settings, clock

    def open(self):
        return open_store(f"sqlite:///{self.database}", clock=self.clock)

    def begin(self):
        with self.open() as store:
            for number, tag in LEDGER.items():
                moment = datetime(2025, 9 + number // 2, 2 + number, tzinfo=UTC)
                one = article(
                    number,
                    content=words(**story(number)),
                    tag_id=tag,
                    guid=f"https://bell.example.org/?p={number}",
                    published_at=moment,
                    updated_at=moment,
                    first_seen_at=moment,
                )
                store.write(lambda tx, one=one: articles.add(tx, one))

    def rewrite(self, **fields):
        """Let every story say something else; `fields` are functions of its number."""
        self.clock.advance(hours=1)
        now = self.clock.now()
        with self.open() as store:
            with store.read() as tx:
                known = articles.by_ids(tx, LEDGER)
            for one in known.values():
                told = {name: make(one.id) for name, make in fields.items()}
                new = replace(one, content=replace(one.content, **told), updated_at=now)
                store.write(lambda tx, new=new: articles.change(tx, new, now=now))

    def ledger(self):
        """Publish, and return every id of every document: feed, format, story."""
        with self.open() as store:
            assert publish(store, self.settings, clock=self.clock).ok
        found = {}
        folder = self.settings.feeds.directory
        for file in sorted(folder.rglob("*")):
            name, _, form = str(file.relative_to(folder)).rpartition(".")
            if form == "json":
                ids = [one["id"] for one in json.loads(file.read_bytes())["items"]]
            elif form in {"rss", "atom"}:
                ids = [one.id for one in feedparser.parse(file.read_bytes()).entries]
            else:
                continue
            found[name, form] = set(ids)
        return found


@pytest.fixture
def life(database, settings, clock):
    clock.moment = datetime(2026, 3, 1, tzinfo=UTC)
    begun = Life(database, settings, clock)
    begun.begin()
    return begun


def everywhere(ledger, *, source=False):
    """All ids of the feeds with our own ids, or of the one that keeps its source's."""
    return {
        one
        for (name, _), ids in ledger.items()
        if name.startswith(("guids", "archive/guids")) == source
        for one in ids
    }


def test_ids_are_those_of_the_ledger_in_every_format_feed_and_archive(life):
    ledger = life.ledger()

    assert everywhere(ledger) == set(LEDGER.values())
    assert {form for _, form in ledger} == {"rss", "atom", "json"}
    names = {name for name, _ in ledger}
    assert {"all", "section/town", "author/ada_quill", "tag/ferry"} <= names
    assert any(name.startswith("archive/all/") for name in names)
    for name in names:  # the same stories, by the same ids, in all three
        assert ledger[name, "rss"] == ledger[name, "atom"] == ledger[name, "json"]


def change_site(life, **fields):
    site = replace(life.settings.site, **fields)
    life.settings = replace(life.settings, site=site)


def copy_database(life):
    copy = life.database.with_name("restored.db")
    shutil.copy(life.database, copy)
    life.database = copy
    lose_folder(life)


def lose_folder(life):
    shutil.rmtree(life.settings.feeds.directory, ignore_errors=True)


CHANGES = {
    "headline": lambda life: life.rewrite(headline=lambda n: f"Another {n}"),
    "address": lambda life: life.rewrite(
        url=lambda n: f"http://bell.example.org/2026/another-slug-{n}"
    ),
    "scheme": lambda life: life.rewrite(
        url=lambda n: f"https://bell.example.org/2026/story-{n}"
    ),
    "host of the stories": lambda life: life.rewrite(
        url=lambda n: f"https://www.bell.example.com/story-{n}"
    ),
    "text": lambda life: life.rewrite(html=lambda n: f"<p>All new, {n}.</p>"),
    "address of the site": lambda life: change_site(life, url="https://f.example.net"),
    "home of the paper": lambda life: change_site(life, home="https://other.example/"),
    "title of the paper": lambda life: change_site(life, title="The Bell"),
    "language": lambda life: change_site(life, language="pt"),
    "folder lost": lose_folder,
    "database copied": copy_database,
}


@pytest.mark.parametrize("what", CHANGES)
def test_no_id_moves_whatever_changes(life, what):
    before = life.ledger()

    CHANGES[what](life)
    after = life.ledger()

    assert everywhere(after) == everywhere(before) == set(LEDGER.values())
    assert everywhere(after, source=True) == everywhere(before, source=True)
    assert before.keys() == after.keys()


def feed_id(life):
    data = (life.settings.feeds.directory / "all.atom").read_bytes()
    return feedparser.parse(data).feed.id


def test_a_feeds_own_id_does_not_move_either(life):
    life.ledger()
    before = feed_id(life)
    for change in CHANGES.values():
        change(life)
    life.ledger()

    assert feed_id(life) == before
