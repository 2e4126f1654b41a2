"""A feed that is called something else is the same feed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import FeedSettings, FeedsSettings, Settings
from dispatch.store import archives, articles, feeds
from support.publishing import SITE, article

OLD = FeedSettings("all", title="All", limit=3, ids="source")
NEW = replace(OLD, name="news", formerly=("older", "all"))


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE, feeds=FeedsSettings(directory=tmp_path / "feeds"), feed=(OLD,)
    )


@pytest.fixture
def newsroom(store, clock):
    clock.moment = datetime(2026, 6, 1, tzinfo=UTC)

    def unit(tx):
        for number in range(1, 13):
            moment = clock.now() - timedelta(days=10 * (13 - number))
            one = article(number, published_at=moment, updated_at=moment)
            articles.add(tx, replace(one, first_seen_at=moment))

    store.write(unit)
    return store


def read(settings, name):
    return feedparser.parse((settings.feeds.directory / name).read_bytes())


def test_it_keeps_its_id_the_ids_of_its_stories_and_its_archives(
    newsroom, settings, clock
):
    publish(newsroom, settings, clock=clock)
    before = read(settings, "all.atom")
    with newsroom.read() as tx:
        closed = archives.of(tx, "all")
    renamed = replace(settings, feed=(replace(NEW, ids="tag"),))

    assert publish(newsroom, renamed, clock=clock, memory=Memory()).ok

    after = read(renamed, "news.atom")
    assert after.feed.id == before.feed.id
    assert [one.id for one in after.entries] == [one.id for one in before.entries]
    with newsroom.read() as tx:
        assert [(one.name, one.since, one.until) for one in closed] == [
            (one.name, one.since, one.until) for one in archives.of(tx, "news")
        ]
        assert not feeds.is_known(tx, "all")
    for one in closed:
        archived = read(renamed, f"archive/news/{one.name}.atom")
        assert archived.entries
        current = [link.href for link in archived.feed.links if link.rel == "current"]
        assert current == ["https://news.example.org/feeds/news.atom"]


def test_a_new_feed_that_names_one_that_never_was_is_new(newsroom, settings, clock):
    renamed = replace(settings, feed=(replace(NEW, formerly=("never",)),))

    assert publish(newsroom, renamed, clock=clock).ok

    with newsroom.read() as tx:
        assert set(feeds.identities(tx)) == {"news"}


def test_a_name_that_is_left_in_the_config_changes_nothing_again(
    newsroom, settings, clock
):
    renamed = replace(settings, feed=(NEW,))
    publish(newsroom, settings, clock=clock)
    publish(newsroom, renamed, clock=clock)
    before = (settings.feeds.directory / "news.rss").stat().st_mtime_ns

    report = publish(newsroom, renamed, clock=clock)

    assert not report.feeds[0].written
    assert (settings.feeds.directory / "news.rss").stat().st_mtime_ns == before
