"""Collecting a WordPress site, from a real server to both databases."""

from datetime import timedelta

import pytest

from dispatch.store import sources
from support.collecting import Desk, long_text
from support.http_server import Server
from support.wordpress import Site


@pytest.fixture
def desk(store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        yield Desk(store, clock, folder, server)


@pytest.fixture
def site(desk):
    return Site(desk.server, desk.clock).install()


def courier(desk, **options):
    """The site as a source."""
    named = {"name": "courier", "kind": "wordpress", "url": desk.server.url("/")}
    return desk.wire(**{**named, "every": timedelta(minutes=5), **options})


def headlines(desk):
    return sorted(one.content.headline for one in desk.stored())


def state(desk, name="courier"):
    with desk.store.read() as tx:
        return sources.state(tx, name)


def test_what_is_published_and_edited_comes_in_once(desk, site):
    site.publish(1, "D&I: what’s “next”?", long_text("first"), author="Ann Lee")
    desk.visit(courier(desk))
    desk.clock.advance(hours=3)
    site.publish(2, "A second story", long_text("second"))
    site.edit(1, title="D&I: the answer")
    again = desk.visit(courier(desk))
    quiet = desk.visit(courier(desk))

    assert headlines(desk) == ["A second story", "D&I: the answer"]
    assert (again.sources[0].new, again.sources[0].changed) == (1, 1)
    assert (quiet.sources[0].new, quiet.sources[0].changed) == (0, 0)
    first = next(one for one in desk.stored() if "D&I" in one.content.headline)
    assert first.content.bylines == ("Ann Lee",)
    assert first.content.origin_title == "The Larkfield Courier"


@pytest.mark.parametrize("how", ["delete", "trash"])
def test_a_post_that_its_site_took_down_is_withdrawn_where_that_is_wanted(
    desk, site, how
):
    for number in (1, 2, 3):
        site.publish(number, f"Story {number}", long_text(f"n{number}"))
    desk.visit(courier(desk, on_missing="withdraw"))
    getattr(site, how)(2)
    desk.visit(courier(desk, on_missing="withdraw"))

    withdrawn = [
        one.content.headline for one in desk.stored() if one.withdrawn_at is not None
    ]
    assert withdrawn == ["Story 2"]


def test_a_blocked_api_is_replaced_by_the_feed_and_tried_again_every_day(desk, site):
    site.terms = {3: ("category", "Campus Life")}
    site.publish(1, "Before", long_text("one"), terms=[3])
    desk.visit(courier(desk))
    site.blocked = 401
    desk.clock.advance(hours=1)
    site.publish(2, "While it was blocked", long_text("two"), terms=[3])
    desk.visit(courier(desk))
    said, asked = state(desk).remark, len(desk.server.asked)
    desk.visit(courier(desk))
    rest = [one.path for one in desk.server.asked[asked:] if "wp-json" in one.path]
    site.blocked = 0
    site.edit(1, title="Before, and edited since")
    desk.clock.advance(days=1)
    desk.visit(courier(desk))

    assert "its REST API answered 401" in said
    assert "Read by its feed" in said
    assert rest == []
    assert headlines(desk) == ["Before, and edited since", "While it was blocked"]
    assert {one.content.section for one in desk.stored()} == {"campus life"}
    assert state(desk).remark == ""


def test_rest_and_rss_of_one_site_make_one_article(desk, site):
    site.publish(1, "A story", long_text("one"))
    feed = desk.wire(name="rss", url=desk.server.url("/feed/"))
    desk.visit(courier(desk), feed)
    site.publish(2, "Another", long_text("two"))
    site.edit(1, title="A story, edited")
    desk.visit(courier(desk), feed)

    shown = [one for one in desk.stored() if one.merged_into is None]
    assert sorted(one.content.headline for one in shown) == [
        "A story, edited",
        "Another",
    ]


def test_the_first_visit_to_a_site_mails_none(desk, site):
    site.publish(1, "A story", long_text("one"))
    desk.visit(courier(desk, first_contact="baseline"))
    desk.clock.advance(hours=3)
    site.publish(2, "News", long_text("two"))
    desk.visit(courier(desk, first_contact="baseline"))

    assert {one.content.headline: one.baseline for one in desk.stored()} == {
        "A story": True,
        "News": False,
    }


def test_a_busy_night_after_a_quiet_week_is_no_storm(desk, site):
    for number in range(1, 7):
        site.publish(number, f"Old {number}", long_text(f"o{number}"))
    desk.visit(courier(desk))
    desk.clock.advance(days=7)
    for number in range(7, 19):
        site.publish(number, f"New {number}", long_text(f"n{number}"))
    for number in range(1, 7):
        site.edit(number, title=f"Old {number}, edited")
    report = desk.visit(courier(desk))

    assert (report.sources[0].new, report.sources[0].changed) == (12, 6)
    assert state(desk).held_at is None


def test_a_site_that_goes_over_to_https_and_another_host_has_no_story_twice(desk, site):
    for number in range(1, 9):
        site.publish(
            number,
            f"Story {number}",
            long_text(f"n{number}"),
            guid=f"http://old.example/?p={number}",
        )
    desk.visit(courier(desk))
    desk.clock.advance(days=1)
    for number in range(1, 9):
        site.edit(number, guid=f"https://new.example/?p={number}", slug=f"s-{number}")
    report = desk.visit(courier(desk))

    assert report.sources[0].new == 0
    assert len(desk.stored()) == 8
