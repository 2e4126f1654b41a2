"""Reading Ghost: its Content API over a real server, visit after visit."""

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.collect import ghost
from dispatch.errors import SourceError
from dispatch.model import Errand, Response, SourceSettings
from support.ghost import KEY, Site
from support.http_server import Reply, Server
from support.reading import Readings


@pytest.fixture
def site(clock):
    with Server() as server:
        yield Site(server, clock).install()


@pytest.fixture
def review(site, clock):
    return Readings(clock, "ghost", site.url, key=KEY)


def test_what_is_published_and_edited_comes_in(review, site):
    site.publish(1, "First")
    review.visit()
    review.wait(hours=3)
    site.publish(2, "Second")
    site.edit(1, title="First, edited")
    review.visit()
    quiet = review.visit()

    assert review.headlines() == ["First, edited", "Second"]
    assert quiet.gone == frozenset()
    assert site.server.asked[-1].headers["accept-version"].startswith("v5")


def test_all_pages_are_read(review, site):
    site.most = 5
    site.publish(1)
    review.visit()
    review.wait(days=1)
    for number in range(2, 40):
        site.publish(number, f"Story {number}")
    review.visit()

    assert len(review.found) == 39


def test_a_post_that_the_site_no_longer_has_is_gone(review, site):
    for number in (1, 2, 3):
        site.publish(number)
    review.visit()
    del site.posts[2]
    first, second = review.visit(), review.visit()

    assert first.gone == {f"post/{2:024x}"}
    assert second.gone == frozenset()


def test_a_site_that_lost_most_of_its_posts_at_once_is_doubted(review, site):
    for number in range(1, 9):
        site.publish(number)
    review.visit()
    for number in range(1, 8):
        del site.posts[number]
    harvest = review.visit()

    assert harvest.gone == frozenset()
    assert "7 of its 8 newest stories" in harvest.problems[0].what


def test_what_a_post_says_is_taken_over(review, site):
    site.publish(
        1,
        "Tea & <toast>",
        authors=[{"name": "Ann Lee"}, {"name": "Bob Ray"}],
        tags=[{"name": "Town"}, {"name": "#hidden", "visibility": "internal"}],
        primary_tag={"name": "Town"},
        custom_excerpt="Why it matters",
        feature_image=site.server.url("/a.jpg"),
        feature_image_alt="A pot",
        feature_image_caption="A pot of tea. <a href='/x'>Photo by Ann Lee</a>",
    )
    review.visit()
    content = review.only()

    assert content.headline == "Tea & <toast>"
    assert content.bylines == ("Ann Lee", "Bob Ray")
    assert (content.section, content.tags) == ("town", ("Town",))
    assert content.summary == "Why it matters"
    assert content.image.url == site.server.url("/a.jpg")
    assert (content.image.alt, content.image.caption) == ("A pot", "A pot of tea.")
    assert "Ann Lee" in content.image.credit


def test_a_post_for_members_is_its_headline_and_its_excerpt_and_that_is_said(
    review, site
):
    site.publish(
        1,
        "For members",
        "The beginning that a cut left.",
        visibility="paid",
        access=False,
        excerpt="What it is < about",
    )
    harvest = review.visit()

    assert review.only().html == "<p>What it is &lt; about</p>"
    assert "1 story is for members only" in harvest.remark


def test_a_wrong_key_is_said_in_words_and_never_shown(site, clock, caplog):
    caplog.set_level(logging.DEBUG, logger="dispatch")
    review = Readings(clock, "ghost", site.url, key="f00dfeedf00dfeed")

    with pytest.raises(SourceError, match="key is not this site's") as refused:
        review.visit()

    assert "f00dfeed" not in str(refused.value) + caplog.text


@pytest.mark.parametrize("broken", [b"<html>", b"[]", b'{"posts": 1}'])
def test_what_is_not_ghost_is_said_without_the_key(review, site, broken):
    site.html = broken

    with pytest.raises(SourceError, match="It sent") as refused:
        review.visit()

    assert KEY not in str(refused.value)


def test_a_server_that_hangs_up_shows_no_key_either(review, site):
    site.answer = lambda _: Reply(send=lambda handler: handler.connection.close())

    with pytest.raises(SourceError) as refused:
        review.visit()

    assert KEY not in str(refused.value)


def test_a_site_without_a_key_is_told_where_to_make_one(site, clock):
    with pytest.raises(SourceError, match="Integrations"):
        Readings(clock, "ghost", site.url).visit()


POST = st.fixed_dictionaries(
    {"id": st.sampled_from(["", "a" * 24, "b" * 24])},
    optional=dict.fromkeys(
        (
            *("title", "html", "url", "updated_at", "published_at", "tags", "authors"),
            *("primary_tag", "feature_image", "visibility", "excerpt", "locale"),
        ),
        st.none() | st.text(max_size=30) | st.lists(st.integers(), max_size=2),
    ),
)


@settings(max_examples=50)
@given(
    st.binary(max_size=200)
    | st.lists(POST, max_size=3).map(lambda p: json.dumps({"posts": p}).encode()),
    st.sampled_from([200, 401, 404, 429, 500]),
    st.text(max_size=40),
)
def test_any_bytes_give_articles_or_one_source_error(body, status, cursor):
    def fetch(url, *, headers=None):
        return Response(status, {}, body, url)

    source = SourceSettings("x", "ghost", url="https://x.example/", key=KEY)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with suppress(SourceError):
        harvest = ghost.read(Errand(source, fetch, now, cursor=cursor))
        assert all(one.locator for one in harvest.found)
