from datetime import timedelta

import pytest

from dispatch.store import articles
from dispatch.web.site import create_site
from support import web


@pytest.fixture
def stories(app):
    """The stored stories, each placed in the daily newsletter."""
    with app.store.read() as tx:
        stored = sorted(articles.recent(tx, 50), key=lambda one: one.id)
    web.add_entries(app.store, stored)
    return stored


def add(app, *args, **named):
    story = web.article(*args, **named)
    return app.store.write(lambda tx: articles.add(tx, story)).id


def test_the_home_page_shows_the_stories_and_every_way_to_follow(app, site, page):
    assert site.get("/").text == page


def test_an_empty_publication_has_a_home_page_too(tmp_path, sqlite_store, clock, serve):
    site = serve(create_site(web.make_app(tmp_path, sqlite_store, clock)))

    assert "Nothing has been published yet" in site.get("/").text
    assert "No issue has been sent yet" in site.get("/archive/").text


def test_the_newest_story_with_a_picture_leads_the_front_page(app, site):
    add(app, "Newest, without a picture", hours=0)

    html = site.get("/").text

    rowing, newest = html.index("Rowing club wins"), html.index("Newest, without")
    assert rowing < newest < html.index("Library to open")


@pytest.mark.parametrize("number", [1, 4])
def test_an_article_has_a_page(site, page, number):
    answer = site.get(f"/archive/articles/{number}")

    assert answer.status == 200
    assert answer.text == page


def test_a_page_loads_no_picture_from_elsewhere(site):
    for path in ("/", "/archive/articles/1", "/archive/articles/6"):
        html = site.get(path).text

        assert 'src="http' not in html
        assert "srcset" not in html


def test_an_article_that_is_at_home_elsewhere_names_that_page(site):
    html = site.get("/archive/articles/6").text

    assert '<link rel="canonical" href="https://town.example/night-bus">' in html
    assert 'First published at <a href="https://town.example/night-bus">' in html


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"withdrawn_at": web.NOON}, 410),
        ({"embargo_until": web.NOON + timedelta(hours=1)}, 404),
        ({"held": "needs a headline"}, 404),
        ({"published_at": web.NOON + timedelta(hours=1)}, 404),
        ({"merged_into": 1}, 301),
        ({"baseline": True}, 200),
    ],
)
def test_only_what_readers_may_see_is_shown(app, site, state, status):
    number = add(app, "A story in some state", **state)

    assert site.get(f"/archive/articles/{number}").status == status


def test_an_embargo_ends_by_itself(app, site, clock):
    number = add(app, "Later", embargo_until=web.NOON + timedelta(hours=1))
    clock.advance(hours=1)

    assert site.get(f"/archive/articles/{number}").status == 200


def test_an_article_that_became_part_of_another_leads_there(app, site):
    number = add(app, "Twin", merged_into=1)

    answer = site.get(f"/archive/articles/{number}")

    assert answer.headers["Location"] == "/archive/articles/1"


@pytest.mark.parametrize("name", ["x", "-1", "99", "9" * 30, "1/2", "%D9%A1", ""])
def test_an_article_that_does_not_exist_is_not_found(site, name):
    assert site.get(f"/archive/articles/{name}").status == 404


@pytest.mark.parametrize(
    ("state", "planned", "status"),
    [
        ("draft", None, 404),
        ("ready", None, 404),
        ("planned", 3, 404),
        ("sending", 3, 200),
        ("paused", 3, 200),
        ("done", 0, 200),
        ("expired", None, 404),
        ("cancelled", None, 404),
        ("cancelled", 3, 410),
    ],
)
@pytest.mark.usefixtures("stories")
def test_an_issue_has_a_page_once_somebody_may_have_it(
    app, site, state, planned, status
):
    name = web.add_issue(app.store, 1, state=state, planned=planned)

    assert site.get(f"/archive/{name}").status == status
    assert (name in site.get("/archive/").text) is (status == 200)


def test_the_archive_lists_issues_newest_first(app, site, stories, page):
    web.add_issue(app.store, 1, subject="Library to open on Sundays")
    web.add_issue(app.store, 2, subject="Rowing club wins, and five more")

    assert site.get("/archive/").text == page


def test_an_issue_shows_all_its_stories_and_nobodys_address(app, site, stories, page):
    name = web.add_issue(app.store, 2, subject="Rowing club wins, and five more")

    assert site.get(f"/archive/{name}").text == page


def test_a_withdrawn_story_is_gone_from_its_issue(app, site, stories):
    add(app, "Sold out", withdrawn_at=web.NOON)
    name = web.add_issue(app.store, 2)

    assert "Sold out" not in site.get(f"/archive/{name}").text


def test_lists_without_their_slash_lead_to_them(site):
    assert site.get("/archive").headers["Location"] == "/archive/"


def test_a_site_below_a_path_links_below_it(tmp_path, sqlite_store, clock, serve):
    web.fill(sqlite_store)
    app = web.make_app(
        tmp_path, sqlite_store, clock, url="https://quad.example/dispatch"
    )
    html = serve(create_site(app)).get("/").text

    assert 'href="/dispatch/static/site.css' in html
    assert 'action="/dispatch/subscribe"' in html
    assert f'src="/dispatch/media/{web.PICTURE_HASH}.png"' in html


def test_a_publication_replaces_a_page_by_one_of_its_own(
    tmp_path, sqlite_store, clock, serve
):
    own = tmp_path / "templates" / "web"
    own.mkdir(parents=True)
    (own / "archive.html").write_text("<h1>{{ site.title }}: {{ past | length }}</h1>")
    site = serve(create_site(web.make_app(tmp_path, sqlite_store, clock)))

    assert site.get("/archive/").text == "<h1>The Quad: 0</h1>"
    assert site.get("/").status == 200


def test_a_broken_page_is_an_apology_and_not_a_traceback(
    tmp_path, sqlite_store, clock, serve
):
    own = tmp_path / "templates" / "web"
    own.mkdir(parents=True)
    (own / "archive.html").write_text("{{ nonsense.more }}")
    site = serve(create_site(web.make_app(tmp_path, sqlite_store, clock)))

    answer = site.get("/archive/")

    assert answer.status == 500
    assert "Something went wrong" in answer.text
    assert "nonsense" not in answer.text


def test_when_even_the_apology_is_broken_there_is_plain_text(
    tmp_path, sqlite_store, clock, serve
):
    own = tmp_path / "templates" / "web"
    own.mkdir(parents=True)
    (own / "message.html").write_text("{% if %}")
    site = serve(create_site(web.make_app(tmp_path, sqlite_store, clock)))

    answer = site.get("/nope")

    assert (answer.status, answer.text) == (404, "Not Found\n")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_pages_are_the_same_on_every_database(tmp_path, store, clock, serve):
    stories = web.fill(store)
    web.add_entries(store, stories)
    name = web.add_issue(store, 2, subject="Rowing club wins")
    site = serve(create_site(web.make_app(tmp_path, store, clock)))

    for path in ("/", "/archive/", f"/archive/{name}", "/archive/articles/1"):
        answer = site.get(path)
        assert answer.status == 200
        assert "Rowing club wins" in answer.text
    assert site.get(f"/media/{web.PICTURE_HASH}.png").body == web.PICTURE
    assert site.get("/readyz").status == 200
    assert "dispatch_articles 6.0" in site.get("/metrics").text
