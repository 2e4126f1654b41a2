"""Whole stories for teasers, from the feed's server to the store."""

import pytest

from dispatch.collect import full_text
from support.collecting import Desk, entry, rss
from support.http_server import Reply, Server

pytestmark = pytest.mark.skipif(
    not full_text.available(), reason="needs the extra fulltext"
)
BODY = "".join(
    f"<p>The harbour bridge will close on Monday for the first time in {n} years, and "
    "engineers found rust in four of its pillars, the city said in a letter.</p>"
    for n in range(30, 36)
)
PAGE = Reply(
    f"<html><body><article><h1>Bridge closes</h1>{BODY}</article></html>".encode(),
    headers={"Content-Type": "text/html"},
)


@pytest.fixture
def desk(store, clock, tmp_path):
    with Server() as server:
        yield Desk(store, clock, tmp_path, server)


def test_a_page_that_fails_once_fills_the_story_at_the_next_visit(desk):
    link = desk.server.url("/1")
    desk.server["/rss"] = rss(entry("g", "Bridge closes", "It closes.", link))
    desk.server["/1"] = Reply(b"", 503)
    wire = desk.wire(full_text="teasers")

    desk.visit(wire)
    (teaser,) = desk.stored()
    desk.server["/1"] = PAGE
    desk.clock.advance(hours=25)
    desk.visit(wire, force=True)
    (whole,) = desk.stored()
    desk.server["/1"] = Reply(b"", 404)
    desk.visit(wire, force=True)
    (still,) = desk.stored()

    assert teaser.content.html == "<p>It closes.</p>"
    assert "rust in four of its pillars" in whole.content.html
    assert whole.tag_id == teaser.tag_id
    assert still == whole
