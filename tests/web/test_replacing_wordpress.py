"""Moving readers over from WordPress's feed, as docs/replacing-wordpress.md tells.

With a real reader library (lemon24/reader) as the reader's program.
"""

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from reader import make_reader

from dispatch.actions.feeds.publish import publish
from dispatch.config import durations
from dispatch.model import FeedSettings
from dispatch.store import articles
from dispatch.web.site import create_site
from support import web
from support.collecting import Desk, long_text
from support.http_server import Reply, Server
from support.wordpress import Site

PAGE = Path(__file__).parents[2] / "docs" / "replacing-wordpress.md"


@pytest.fixture
def desk(sqlite_store, clock, tmp_path):
    with Server() as server:
        yield Desk(sqlite_store, clock, tmp_path, server)


@pytest.fixture
def wordpress(desk):
    """Thirty posts; its feed shows the newest ten."""
    site = Site(desk.server, desk.clock).install()
    for number in range(101, 131):
        site.publish(number, f"Post {number}", long_text(f"w{number}x"))
        desk.clock.advance(hours=7)
    return site


@pytest.fixture
def readers_program():
    with make_reader(":memory:") as program:
        yield program


def on_the_page():
    """The configuration that the page tells people to write."""
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return tomllib.loads(block)


class Move:
    """From WordPress's feed to ours, with somebody who follows."""

    def __init__(self, desk, program, serve, folder):
        self.desk = desk
        self.program = program
        self._serve = serve
        self._folder = folder
        self.address = desk.server.url("/feed/")
        (feed,) = on_the_page()["feed"]
        window = durations.parse(feed.pop("window"))
        self.feed = FeedSettings(**feed, window=window)

    def follow(self):
        """Subscribe to WordPress's feed and read all that is in it."""
        self.program.add_feed(self.address)
        self.program.update_feed(self.address)
        seen = list(self.program.get_entries())
        for one in seen:
            self.program.mark_entry_as_read(one)
        return {one.id for one in seen}

    def over(self, **changes):
        """Collect, publish, and let the old address lead to the new feed."""
        (source,) = on_the_page()["source"]
        here = {"url": self.desk.server.url("/"), "every": timedelta(minutes=5)}
        wire = self.desk.wire(**{**source, **here, "first_contact": "baseline"})
        self.desk.visit(wire)
        app = web.make_app(self._folder, self.desk.store, self.desk.clock)
        feed = replace(self.feed, **changes)
        feeds = replace(app.settings.feeds, **on_the_page()["feeds"])
        self.settings = replace(app.settings, feeds=feeds, feed=(feed,))
        self.publish()
        site = self._serve(create_site(replace(app, settings=self.settings)))
        moved = {"Location": f"{site.url}/feeds/all.rss"}
        self.desk.server["/feed/"] = Reply(b"", 301, moved)

    def publish(self):
        assert publish(self.desk.store, self.settings, clock=self.desk.clock).ok

    def unread(self):
        self.program.update_feed(self.address)
        return [one.title for one in self.program.get_entries(read=False)]


@pytest.fixture
def move(desk, wordpress, readers_program, serve, tmp_path):
    return Move(desk, readers_program, serve, tmp_path)


def test_who_moves_over_as_the_page_tells_sees_nothing_twice(move):
    seen = move.follow()
    assert len(seen) == 10

    move.over()

    assert move.unread() == []
    assert {one.id for one in move.program.get_entries()} == seen


def test_the_first_story_after_the_move_is_the_only_new_one(move):
    move.follow()
    move.over()
    story = web.article("Written for Dispatch", html="<p>Fresh words.</p>")
    now = move.desk.clock.now()
    story = replace(story, published_at=now, updated_at=now, first_seen_at=now)
    move.desk.store.write(lambda tx: articles.add(tx, story))
    move.publish()

    assert move.unread() == ["Written for Dispatch"]


def test_a_post_edited_after_the_move_is_an_update_and_no_rerun(move, wordpress):
    move.follow()
    move.over()
    move.desk.clock.advance(hours=1)
    wordpress.edit(130, title="Post 130, corrected")
    move.over()

    assert move.unread() == []
    titles = [one.title for one in move.program.get_entries()]
    assert "Post 130, corrected" in titles


def test_ids_of_our_own_would_have_shown_everything_again(move):
    move.follow()

    move.over(ids="tag")

    assert len(move.unread()) == 10


def test_the_old_ids_are_the_same_in_every_format(move):
    seen = move.follow()
    move.over()

    folder = move.settings.feeds.directory
    for form in ("atom", "json"):
        text = (folder / f"all.{form}").read_text()
        assert all(one in text for one in seen)
