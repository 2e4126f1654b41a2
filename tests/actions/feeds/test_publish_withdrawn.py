"""Feeds of a store in which stories are withdrawn, held and restored."""

from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import COLLECTING, Hand
from dispatch.actions.feeds.publish import publish
from dispatch.model import FeedSettings, FeedsSettings, Settings
from dispatch.store import articles
from support.publishing import MONDAY, SITE, article

TOMBSTONE = b"deleted-entry"


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(directory=tmp_path / "feeds"),
        feed=(FeedSettings("all", limit=3),),
    )


class Desk:
    def __init__(self, store, settings, clock):
        self.store, self.settings, self.clock = store, settings, clock
        self.stories = [self.add(article(number)) for number in (1, 2, 3)]

    def add(self, one):
        return self.store.write(lambda tx: articles.add(tx, one))

    def act(self, what, one, by="ada"):
        do, hand = getattr(editing, what), Hand(by, "it was wrong", self.clock.now())
        self.store.write(lambda tx: do(tx, one.id, hand))

    def feed(self, form="rss"):
        assert publish(self.store, self.settings, clock=self.clock).ok
        return (self.settings.feeds.directory / f"all.{form}").read_bytes()

    def titles(self, form="rss"):
        return [one.title for one in feedparser.parse(self.feed(form)).entries]


@pytest.fixture
def desk(sqlite_store, settings, clock):
    clock.moment = MONDAY + timedelta(days=1)
    return Desk(sqlite_store, settings, clock)


@pytest.mark.parametrize("by", ["ada", COLLECTING])
def test_a_withdrawn_story_is_a_notice_for_thirty_days(desk, by):
    desk.act("withdraw", desk.stories[1], by)

    assert desk.titles() == ["Story 3", "Withdrawn: Story 2", "Story 1"]
    assert desk.titles("atom") == ["Story 3", "Story 1"]
    assert TOMBSTONE in desk.feed("atom")

    desk.clock.advance(days=30)
    assert desk.titles() == ["Story 3", "Story 1"]
    assert TOMBSTONE not in desk.feed("atom")


def test_what_was_withdrawn_is_found_on_both_databases(store, settings, clock):
    clock.moment = MONDAY + timedelta(days=1)
    desk = Desk(store, settings, clock)
    desk.act("withdraw", desk.stories[1])

    assert desk.titles() == ["Story 3", "Withdrawn: Story 2", "Story 1"]


def test_a_held_story_leaves_without_a_word(desk):
    desk.act("hold", desk.stories[1])

    assert desk.titles() == ["Story 3", "Story 1"]
    assert TOMBSTONE not in desk.feed("atom")


@pytest.mark.parametrize("what", ["hold", "withdraw"])
def test_a_restored_story_is_the_same_as_ever(desk, what):
    before = desk.feed()
    desk.act(what, desk.stories[1])
    assert desk.feed() != before

    desk.act("restore", desk.stories[1])

    assert desk.feed() == before


def test_what_readers_never_saw_is_not_mourned(desk):
    later = desk.clock.now() + timedelta(hours=1)
    secret = desk.add(article(4, embargo_until=later))
    tomorrow = desk.add(article(5, published_at=later))
    for one in (secret, tomorrow):
        desk.act("withdraw", one)
    at_once = article(6)
    desk.add(replace(at_once, withdrawn_at=at_once.first_seen_at))

    assert desk.titles() == ["Story 3", "Story 2", "Story 1"]


def test_a_notice_takes_a_place_and_none_beyond_the_limit(desk):
    desk.act("withdraw", desk.stories[0])
    assert desk.titles()[-1] == "Withdrawn: Story 1"

    desk.add(article(4))

    assert desk.titles() == ["Story 4", "Story 3", "Story 2"]
    assert TOMBSTONE not in desk.feed("atom")
