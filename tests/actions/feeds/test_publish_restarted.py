"""A restart makes nothing anew that was published, and everything that was not."""

from dataclasses import replace

import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import FeedsSettings, Settings
from dispatch.publish import documents
from dispatch.store import articles
from support.publishing import FEED, SITE, article, words


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE, feeds=FeedsSettings(directory=tmp_path / "feeds"), feed=(FEED,)
    )


@pytest.fixture
def newsroom(sqlite_store, settings, clock):
    clock.advance(days=2)
    for number in (1, 2):
        one = article(number)
        sqlite_store.write(lambda tx, one=one: articles.add(tx, one))
    publish(sqlite_store, settings, clock=clock)
    return sqlite_store


@pytest.fixture
def made(monkeypatch):
    """Count the feeds that are made from now on."""
    count, real = [], documents.make
    monkeypatch.setattr(
        documents, "make", lambda *given: count.append(1) or real(*given)
    )
    return count


def test_what_was_published_is_not_made_again(newsroom, settings, clock, made):
    report = publish(newsroom, settings, clock=clock, memory=Memory())

    assert not made
    assert report.lines() == ["Feed all: 2 entries, unchanged."]
    assert report.feeds[0].unchanged == ("all.rss", "all.atom", "all.json")


def another_story(store, settings):
    store.write(lambda tx: articles.add(tx, article(3)))
    return settings


def another_title(_store, settings):
    return replace(settings, site=replace(SITE, title="The Bell"))


def a_hub(_store, settings):
    feeds = replace(settings.feeds, hubs=("https://hub.example/",))
    return replace(settings, feeds=feeds)


def a_file_less(_store, settings):
    (settings.feeds.directory / "all.json").unlink()
    return settings


@pytest.mark.parametrize("change", [another_story, another_title, a_hub, a_file_less])
def test_what_is_different_is_made_again(newsroom, settings, clock, made, change):
    settings = change(newsroom, settings)

    assert publish(newsroom, settings, clock=clock).ok

    assert made


def test_another_way_of_writing_makes_everything_again(
    newsroom, settings, clock, made, monkeypatch
):
    monkeypatch.setattr(documents, "EDITION", documents.EDITION + 1)

    assert publish(newsroom, settings, clock=clock).ok

    assert made


def test_what_a_report_speaks_of_is_told_after_a_restart_too(
    newsroom, settings, clock, made
):
    nameless = article(3, content=words(headline="<b></b>"))
    newsroom.write(lambda tx: articles.add(tx, nameless))
    publish(newsroom, settings, clock=clock)

    report = publish(newsroom, settings, clock=clock)

    assert len(made) == 2
    assert "left out article 3" in "".join(report.lines())
