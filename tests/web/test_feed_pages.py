"""A page for people at every feed."""

import json
import os
from dataclasses import replace

import pytest

from dispatch.actions.feeds.publish import publish
from dispatch.web.site import create_site
from support import web


@pytest.fixture
def published(app, clock):
    """The sample publication, its feeds written, those of its sections too."""
    feeds = replace(app.settings.feeds, families=("section",))
    app = replace(app, settings=replace(app.settings, feeds=feeds))
    publish(app.store, app.settings, clock=clock)
    for file in app.settings.feeds.directory.rglob("*.json"):
        os.utime(file, (web.NOON.timestamp(),) * 2)
    return app


@pytest.fixture
def site(published, serve):
    return serve(create_site(published))


def test_a_feed_has_a_page_that_shows_what_is_in_it(site, page):
    answer = site.get("/feeds/sports/")

    assert answer.text == page
    assert "Rowing club wins" in answer.text
    assert "Library to open" not in answer.text


def test_a_section_of_a_family_has_a_page_too(site):
    html = site.get("/feeds/section/campus/").text

    assert "<h1>The Quad: Campus</h1>" in html
    assert 'lang="ar" dir="rtl"' in html


def test_a_feeds_page_names_its_own_feed_to_programs_first(site):
    head = site.get("/feeds/section/campus/").text.partition("</head>")[0]
    links = [line for line in head.splitlines() if 'rel="alternate"' in line]

    assert 'href="/feeds/section/campus.rss"' in links[0]
    assert len(links) == 9
    assert site.get("/feeds/sports/").text.count('href="/feeds/sports.rss"') == 2


def test_a_page_asked_for_without_its_slash_is_found(site):
    for name in ("all", "section/campus"):
        answer = site.get(f"/feeds/{name}")
        assert answer.status == 301
        assert answer.headers["Location"] == f"/feeds/{name}/"


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/none/",
        "/feeds/none",
        "/feeds/section/none/",
        "/feeds/%2e%2e/",
        "/feeds/..%2fx/",
        "/feeds//",
        "/feeds//evil.example/",
        "/feeds/all//",
    ],
)
def test_there_is_no_page_for_a_feed_that_is_not_there(site, path):
    assert site.get(path).status == 404


def test_the_list_of_feeds_leads_to_the_page_of_each(site):
    html = site.get("/feeds/").text

    for name in ("all", "sports", "section/campus"):
        assert f'href="/feeds/{name}/"' in html


def test_a_page_follows_its_feed(site, published, clock):
    before = site.get("/feeds/all/").text
    story = web.article("A late story", hours=0, summary="Short.")
    published.store.write(lambda tx: web.articles.add(tx, story))
    publish(published.store, published.settings, clock=clock)

    after = site.get("/feeds/all/").text

    assert "A late story" not in before
    assert "A late story" in after


def test_what_a_story_says_is_text_on_the_page(site, published):
    file = published.settings.feeds.directory / "all.json"
    document = json.loads(file.read_text())
    document["items"][0]["title"] = "<script>alert(1)</script>"
    document["items"][0]["authors"] = [{"name": "<b>Ann</b>"}]
    file.write_text(json.dumps(document))

    html = site.get("/feeds/all/").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html
    assert "<b>Ann" not in html


def test_readers_on_the_web_are_offered_only_to_a_site_they_can_reach(
    site, published, serve
):
    assert "Add to Feedly" not in site.get("/feeds/all/").text
    url = "https://quad.example.org"
    public = replace(published.settings.site, url=url)
    reachable = serve(
        create_site(
            replace(published, settings=replace(published.settings, site=public))
        )
    )

    html = reachable.get("/feeds/all/").text

    address = "https%3A%2F%2Fquad.example.org%2Ffeeds%2Fall.atom"
    assert f'href="https://www.newsblur.com/?url={address}"' in html
