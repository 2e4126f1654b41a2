"""A feed for every section, author and tag, and no more work than a story makes."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from dispatch.actions.feeds import families as family_feeds, feed_stories
from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import FeedSettings, FeedsSettings, Settings
from dispatch.store import articles, feeds, stirred
from support.publishing import FEED, SITE, article, words


def story(number, *, section="town", tags=("Ferry",), by=("Ada Quill",), **fields):
    content = words(headline=f"Story {number}", section=section, tags=tags, bylines=by)
    return article(number, content=content, **fields)


def add(store, *stories):
    return [store.write(lambda tx, one=one: articles.add(tx, one)) for one in stories]


def change(store, clock, new, **fields):
    """Store a changed story as collecting does, seen now."""
    changed = replace(new, **fields)
    return store.write(lambda tx: articles.change(tx, changed, now=clock.now()))


@pytest.fixture
def settings(tmp_path):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(
            directory=tmp_path / "feeds", families=("section", "author", "tag")
        ),
        feed=(FEED,),
    )


def headlines(settings, name):
    data = (settings.feeds.directory / name).read_bytes()
    return [entry.title for entry in feedparser.parse(data).entries]


def test_every_section_author_and_tag_has_a_feed_in_three_formats(
    store, settings, clock
):
    clock.advance(days=2)
    add(store, story(1), story(2, section="sports", tags=("Open Water",)))

    report = publish(store, settings, clock=clock)

    assert report.ok
    folder = settings.feeds.directory
    for form in ("rss", "atom", "json"):
        for name in ("section/town", "section/sports", "author/ada_quill"):
            assert (folder / f"{name}.{form}").exists()
    assert headlines(settings, "section/town.rss") == ["Story 1"]
    assert headlines(settings, "author/ada_quill.atom") == ["Story 2", "Story 1"]
    assert headlines(settings, "tag/open_water.rss") == ["Story 2"]
    outlines = ET.fromstring((folder / "index.opml").read_bytes()).iter("outline")
    titles = [one.get("title") for one in outlines]
    assert titles[0] == "All the news"
    assert "The Harbour Bell: Open Water" in titles
    with store.read() as tx:
        assert feeds.titles(tx)["tag/ferry"] == "The Harbour Bell: Ferry"


def test_a_story_has_one_id_in_all_formats_and_families(store, settings, clock):
    clock.advance(days=2)
    [one] = add(store, story(1))

    publish(store, settings, clock=clock)

    for name in ("all", "section/town", "author/ada_quill", "tag/ferry"):
        for form in ("rss", "atom"):
            data = (settings.feeds.directory / f"{name}.{form}").read_bytes()
            assert [entry.id for entry in feedparser.parse(data).entries] == [
                one.tag_id
            ]


def test_a_section_that_is_a_path_is_published_inside_the_folder(
    store, settings, clock
):
    clock.advance(days=2)
    add(store, story(1, section="../../etc", tags=("C",)), story(2, tags=("C++",)))

    assert publish(store, settings, clock=clock).ok

    inside = {file.parent.name for file in settings.feeds.directory.rglob("*.rss")}
    assert inside == {"feeds", "section", "author", "tag"}
    assert len(list((settings.feeds.directory / "tag").glob("*.rss"))) == 2
    assert len(list((settings.feeds.directory / "section").glob("etc-*.rss"))) == 1


def test_a_section_without_a_story_to_read_has_no_feed_yet(store, settings, clock):
    clock.advance(days=2)
    later = clock.now() + timedelta(hours=3)
    add(store, story(1, section="secret", embargo_until=later))
    memory = Memory()

    publish(store, settings, clock=clock, memory=memory)
    assert not (settings.feeds.directory / "section/secret.rss").exists()

    clock.advance(hours=3)
    publish(store, settings, clock=clock, memory=memory)
    assert headlines(settings, "section/secret.rss") == ["Story 1"]


def test_a_daemon_looks_only_at_the_feeds_that_a_story_touches(store, settings, clock):
    clock.advance(days=2)
    add(store, story(1), story(2, section="sports", tags=("Race",), by=("Ben Ode",)))
    memory = Memory()
    publish(store, settings, clock=clock, memory=memory)
    clock.advance(minutes=20)
    with store.read() as tx:
        families = family_feeds.find(tx, settings)
        quiet = stirred.since(tx, clock.now() - timedelta(minutes=5), now=clock.now())
    assert all(memory.untouched(feed, quiet) for feed in families)

    [three] = add(store, story(3, tags=("Race",), first_seen_at=clock.now()))
    with store.read() as tx:
        now = clock.now()
        changed = stirred.since(tx, now - timedelta(minutes=5), now=now)
    touched = {one.name for one in families if not memory.untouched(one, changed)}

    assert changed.articles == {three.id}
    assert touched == {"section/town", "author/ada_quill", "tag/race"}


def test_a_story_that_loses_a_tag_leaves_the_feed_of_the_tag(store, settings, clock):
    clock.advance(days=2)
    one, _ = add(store, story(1, tags=("Ferry", "Race")), story(2, tags=("Ferry",)))
    memory = Memory()
    publish(store, settings, clock=clock, memory=memory)
    clock.advance(minutes=20)

    change(store, clock, one, content=replace(one.content, tags=("Race",)))
    report = publish(store, settings, clock=clock, memory=memory)

    assert report.ok
    assert headlines(settings, "tag/ferry.rss") == ["Story 2"]
    assert headlines(settings, "tag/race.rss") == ["Story 1"]


def test_a_pass_with_a_memory_leaves_what_a_pass_without_one_would(
    store, settings, clock
):
    clock.advance(days=2)
    add(store, story(1), story(2, section="sports", tags=("Race", "Ferry")))
    memory = Memory()
    publish(store, settings, clock=clock, memory=memory)
    for number in range(3, 7):
        clock.advance(minutes=10)
        sections = ("town", "sports", "harbour")
        add(
            store,
            story(
                number,
                section=sections[number % 3],
                tags=(f"Tag {number % 2}", "Ferry"),
                first_seen_at=clock.now(),
            ),
        )
        publish(store, settings, clock=clock, memory=memory)
    listed = (settings.feeds.directory / "index.opml").read_bytes()

    report = publish(store, settings, clock=clock)

    assert not any(feed.written for feed in report.feeds)
    assert (settings.feeds.directory / "index.opml").read_bytes() == listed


def test_a_family_file_that_was_deleted_comes_back(store, settings, clock):
    clock.advance(days=2)
    add(store, story(1))
    memory = Memory()
    publish(store, settings, clock=clock, memory=memory)
    (settings.feeds.directory / "tag/ferry.rss").unlink()
    clock.advance(minutes=20)

    report = publish(store, settings, clock=clock, memory=memory)

    assert [feed.written for feed in report.feeds if feed.written] == [
        ("tag/ferry.rss",)
    ]
    assert "Families: 2 feeds unchanged." in report.lines()


def test_a_feed_of_a_section_is_left_alone_by_stories_of_others(
    store, settings, clock, monkeypatch
):
    clock.advance(days=2)
    add(store, story(1), story(2, section="sports"))
    town = FeedSettings("town", sections=("Town",))
    quiet = replace(
        settings, feed=(FEED, town), feeds=replace(settings.feeds, families=())
    )
    memory, read = Memory(), []
    publish(store, quiet, clock=clock, memory=memory)
    clock.advance(minutes=20)
    whole = feed_stories.read
    monkeypatch.setattr(
        feed_stories,
        "read",
        lambda tx, feed, *given, **named: (
            read.append(feed.name) or whole(tx, feed, *given, **named)
        ),
    )

    add(store, story(3, section="sports", first_seen_at=clock.now()))
    publish(store, quiet, clock=clock, memory=memory)
    assert read == ["all"]

    clock.advance(minutes=20)
    add(store, story(4, first_seen_at=clock.now()))
    publish(store, quiet, clock=clock, memory=memory)
    assert read == ["all", "all", "town"]
    assert headlines(quiet, "town.rss") == ["Story 4", "Story 1"]
