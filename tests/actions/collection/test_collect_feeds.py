"""Collecting feeds, from a real server to both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.actions.collection import keep_harvest
from dispatch.errors import StoreError
from dispatch.store import revisions, sources
from support.collecting import STORY, Desk, entry, long_text, rss
from support.http_server import Reply, Server


@pytest.fixture
def desk(store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        yield Desk(store, clock, folder, server)


def test_a_feed_is_visited_when_its_time_has_come(desk):
    desk.server["/rss"] = rss(entry("1"))
    desk.visit(desk.wire(every=timedelta(hours=1)))
    early = desk.visit(desk.wire(every=timedelta(hours=1)))

    assert early.lines() == []
    assert early.ok
    assert len(desk.server.asked) == 1
    desk.visit(desk.wire(every=timedelta(hours=1)), force=True)
    desk.clock.advance(hours=1)
    desk.visit(desk.wire(every=timedelta(hours=1)))
    assert len(desk.server.asked) == 3


def test_validators_are_sent_back_exactly_and_survive_a_304(desk):
    reply = rss(entry("1"))
    reply.headers = {"ETag": 'W/"a b"', "Last-Modified": "Mon, 01 Jan 2024 bogus"}
    desk.server["/rss"] = reply
    desk.visit(desk.wire())
    desk.server["/rss"] = Reply(status=304)

    report = desk.visit(desk.wire())
    desk.visit(desk.wire())

    for asked in desk.server.asked[1:]:
        assert asked.headers["if-none-match"] == 'W/"a b"'
        assert asked.headers["if-modified-since"] == "Mon, 01 Jan 2024 bogus"
    assert report.lines() == ["Source wire: 0 new, 1 unchanged."]


def test_a_feed_that_fails_waits_longer_each_time_but_never_for_ever(desk):
    source = desk.wire(every=timedelta(minutes=15))
    waits = []
    for _ in range(12):
        report = desk.visit(source, force=True)
        with desk.store.read() as tx:
            waits.append(sources.state(tx, "wire").next_at - desk.clock.now())

    assert not report.ok
    assert "answered 404 (Not Found)" in report.lines()[0]
    for wait, minutes in zip(waits, (15, 30, 60), strict=False):
        assert timedelta(minutes=minutes) <= wait <= timedelta(minutes=minutes * 1.1)
    assert max(waits) == timedelta(days=1)
    desk.server["/rss"] = rss(entry("1"))
    assert desk.visit(source, force=True).ok
    with desk.store.read() as tx:
        state = sources.state(tx, "wire")
    assert (state.failures, state.error) == (0, "")


def test_a_feed_that_moves_to_https_and_another_host_repeats_nothing(desk):
    date = "Mon, 02 Mar 2026 11:00:00 GMT"
    text = long_text("word")
    desk.server["/rss"] = rss(
        entry("http://old.example/?p=7", "Seven", text, "http://old.example/7", date)
    )
    desk.visit(desk.wire())
    (before,) = desk.stored()
    desk.server["/rss"] = rss(
        entry("https://new.example/?p=7", "Seven", text, "https://new.example/7", date)
    )
    desk.visit(desk.wire())

    (after,) = desk.stored()
    assert after.id == before.id
    assert after.published_at == before.published_at
    assert after.content.url == "https://new.example/7"


def test_a_rebuilt_site_with_new_guids_repeats_nothing(desk):
    for build in ("a", "b", "c"):
        desk.server["/rss"] = rss(
            *(
                entry(
                    f"{build}-{n}", f"Story {n}", long_text(n), f"http://x.example/{n}"
                )
                for n in range(5)
            )
        )
        desk.visit(desk.wire())

    assert len(desk.stored()) == 5


def test_items_that_share_one_link_are_stories_of_their_own(desk):
    for day in range(3):
        desk.server["/rss"] = rss(
            entry(
                f"d{day}", f"Day {day}", long_text(f"d{day}x"), "http://x.example/live"
            )
        )
        desk.visit(desk.wire())

    assert len(desk.stored()) == 3


def test_one_guid_for_all_items_is_no_guid(desk):
    desk.server["/rss"] = rss(
        *(
            entry("same", f"Story {n}", long_text(n), f"http://x.example/{n}")
            for n in range(3)
        )
    )
    desk.visit(desk.wire())
    desk.visit(desk.wire(every=timedelta(0)))

    assert len(desk.stored()) == 3


def test_the_same_story_from_two_sources_is_one_article_of_the_first(desk):
    text = long_text("agency")
    desk.put(desk.folder / "agency.txt", f"A headline of our own here\n\n{text}")
    desk.server["/rss"] = rss(entry("1", "Their headline", text, "http://x.example/1"))
    desk.visit(desk.newsroom, desk.wire())
    desk.server["/rss"] = rss(
        entry("1", "Their new headline", text, "http://x.example/1")
    )

    report = desk.visit(desk.newsroom, desk.wire())

    (article,) = desk.stored()
    assert article.source == "newsroom"
    assert report.sources[1].copies == 1
    assert report.sources[1].problems == ()


def test_old_items_that_come_to_light_again_are_not_news(desk):
    desk.server["/rss"] = rss(entry("9", "Nine", date="Mon, 02 Mar 2026 11:00:00 GMT"))
    desk.visit(desk.wire())
    desk.server["/rss"] = rss(entry("1", "One", date="Sat, 01 Mar 2025 11:00:00 GMT"))
    desk.visit(desk.wire())

    marks = {one.content.headline: one.baseline for one in desk.stored()}
    assert marks == {"Nine": False, "One": True}


def test_undated_items_keep_the_order_of_the_feed(desk):
    desk.server["/rss"] = rss(
        *(entry(f"{n}", f"Story {n}", f"Text {n} here") for n in range(4))
    )
    desk.visit(desk.wire())

    assert [one.content.headline for one in desk.stored()] == [
        f"Story {n}" for n in range(4)
    ]


def test_a_counter_in_a_text_is_followed_for_a_while_only(desk):
    for count in range(27):
        desk.server["/rss"] = rss(entry("1", "Count", f"Seen {count} times so far"))
        desk.visit(desk.wire())

    (article,) = desk.stored()
    assert article.revision == 25
    assert "Seen 24 times" in article.content.html


def test_a_story_that_the_database_refuses_does_not_take_others_along(
    desk, monkeypatch
):
    add = revisions.add

    def refusing(tx, new, findings=()):
        if new.content.headline == "Bad":
            tx.execute(text("SELECT * FROM no_such_table"))
        return add(tx, new, findings)

    monkeypatch.setattr(revisions, "add", refusing)
    desk.server["/rss"] = rss(entry("good", "Good"), entry("bad", "Bad"))

    report = desk.visit(desk.wire())

    (source,) = report.sources
    assert source.new == 1
    assert [one.where for one in source.problems] == ["bad"]
    assert report.ok
    monkeypatch.undo()
    desk.server["/rss"] = rss(entry("bad", "Bad"), entry("good", "Good"))
    assert desk.visit(desk.wire()).sources[0].new == 1


def test_a_fault_of_ours_is_told_and_the_next_source_goes_on(desk, caplog):
    def broken(*_, **__):
        raise RuntimeError("a bug")

    desk.put(desk.folder / "bridge.txt", STORY)

    report = desk.visit(desk.wire(), desk.newsroom, fetch=broken)

    assert "unexpected error" in report.lines()[0]
    assert len(desk.stored()) == 1
    assert "a bug" in caplog.text


def test_a_visit_that_breaks_off_is_made_again_and_stores_nothing_twice(
    desk, monkeypatch
):
    items = [entry(f"{n}", f"Story {n}", long_text(n)) for n in range(30)]
    desk.server["/rss"] = rss(*items, headers={"ETag": '"1"'})

    def cut(*_, **__):
        raise StoreError("The disk is full.")

    monkeypatch.setattr(sources, "succeeded", cut)
    with pytest.raises(StoreError, match="disk is full"):
        desk.visit(desk.wire(first_contact="baseline"))
    assert len(desk.stored()) > 0
    monkeypatch.undo()

    report = desk.visit(desk.wire(first_contact="baseline"))

    assert "if-none-match" not in desk.server.asked[-1].headers
    assert report.ok
    assert len(desk.stored()) == 30
    assert all(one.baseline for one in desk.stored())


def test_a_merged_story_is_seen_as_its_heir(desk):
    desk.server["/rss"] = rss(
        *(entry(f"{n}", f"Story {n}", long_text(n)) for n in (1, 2))
    )
    desk.visit(desk.wire())
    heir, merged = desk.stored()
    desk.store.write(
        lambda tx: revisions.change(
            tx, replace(merged, merged_into=heir.id), now=desk.clock.now()
        )
    )
    desk.server["/rss"] = rss(entry("2", "Story 2", long_text(2) + " and more"))

    desk.visit(desk.wire())

    after = {one.id: one for one in desk.stored()}
    assert after[heir.id].content.headline == "Story 2"
    assert after[merged.id].revision == 2


def test_a_feed_is_read_whole_again_while_the_database_refused_one_of_its_stories(
    desk, monkeypatch
):
    reply = rss(entry("1"), entry("2", "Another", long_text("ferry")))
    reply.headers = {"ETag": '"a"'}
    desk.server["/rss"] = reply
    honest = keep_harvest.take_in

    def refusing(tx, arrivals, terms):
        if any(one.story.guid == "2" for one in arrivals):
            raise StoreError("no room")
        return honest(tx, arrivals, terms)

    with monkeypatch.context() as patch:
        patch.setattr(keep_harvest, "take_in", refusing)
        (first,) = desk.visit(desk.wire()).sources
    (second,) = desk.visit(desk.wire()).sources

    assert (first.new, len(first.problems), second.new) == (1, 1, 1)
    assert "if-none-match" not in desk.server.asked[-1].headers
