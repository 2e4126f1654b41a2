import json
from dataclasses import replace

import pytest

from dispatch.errors import TemplateError
from dispatch.model import WebSettings
from dispatch.store import open_store
from dispatch.web import metrics, pages
from dispatch.web.site import create_admin, create_site
from support import web

PATHS = [
    "/",
    "/feeds/",
    "/archive/",
    "/archive/articles/1",
    "/subscribe",
    "/confirm/x",
    "/unsubscribe/x",
    "/preferences/x",
    "/nope",
    "/livez",
    "/readyz",
    "/metrics",
    "/static/site.css",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_guarded_and_sets_no_cookie(site, path):
    headers = site.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
    assert "Server" not in headers
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/subscribe", "/archive/articles/1", "/feeds/"])
def test_no_page_runs_a_script_or_loads_from_elsewhere(site, path):
    html = site.get(path).text

    for word in ("<script", "javascript:", " style=", " onclick", "<iframe", "@import"):
        assert word not in html
    loaded = [part.partition('"')[0] for part in html.split('src="')[1:]]
    assert all(source.startswith("/media/") for source in loaded)


@pytest.mark.parametrize("name", ["confirm", "unsubscribe", "preferences"])
def test_a_page_with_a_token_is_kept_by_nobody(site, name):
    headers = site.get(f"/{name}/some-token").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nope", 404, "There is no such page"),
        ("DELETE", "/", 405, "That cannot be done here"),
        ("POST", "/feeds/all.rss", 405, "That cannot be done here"),
    ],
)
def test_errors_are_pages_for_people(site, method, path, status, words):
    answer = site.ask(method, path)

    assert answer.status == status
    assert words in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_error_page_looks_like_the_site(site, page):
    assert site.get("/nope").text == page


def test_a_store_that_fails_is_a_page_that_says_so(app, site, monkeypatch):
    app.store.write(
        lambda tx: tx.connection.exec_driver_sql("DROP TABLE media") and None
    )

    answer = site.get(f"/media/{'0' * 64}.png")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "30"
    assert "One moment, please" in answer.text


def test_the_stylesheet_is_kept_for_ever_under_its_version(site):
    html = site.get("/").text
    path = html.partition('rel="stylesheet" href="')[2].partition('"')[0]

    answer = site.get(path)

    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "--accent:#0b5394" in answer.text
    assert site.get("/static/site.css").headers["Cache-Control"] == "no-cache"
    assert site.get("/static/other.css").status == 404


def test_an_accent_cannot_smuggle_styles_in(tmp_path, sqlite_store, clock, serve):
    app = web.make_app(tmp_path, sqlite_store, clock, accent="red}body{display:none")

    css = serve(create_site(app)).get("/static/site.css").text

    assert "display:none" not in css.partition("/*")[0]


def test_a_title_cannot_smuggle_markup_in(tmp_path, sqlite_store, clock, serve):
    app = web.make_app(tmp_path, sqlite_store, clock, title="<b>&\"'</b>")
    site = serve(create_site(app))

    assert "<b>&" not in site.get("/").text.replace("<b>&lt;", "")
    assert site.get("/static/mark.svg").status == 200


def test_a_picture_is_served_as_what_it_is_and_kept_for_ever(site):
    answer = site.get(f"/media/{web.PICTURE_HASH}.png")

    assert answer.body == web.PICTURE
    assert answer.headers["Content-Type"] == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    tag = answer.headers["ETag"]
    again = site.get(f"/media/{web.PICTURE_HASH}.png", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "name", [f"{web.PICTURE_HASH}.jpg", f"{'0' * 64}.png", "x.png", "..%2fx.png"]
)
def test_a_picture_under_any_other_name_is_not_found(site, name):
    assert site.get(f"/media/{name}").status == 404


# -- probes and metrics ---------------------------------------------------------


def test_a_process_that_turns_is_live(site):
    assert (site.get("/livez").status, site.get("/livez").text) == (200, "ok\n")


def test_a_sound_publication_is_ready(site):
    answer = site.get("/readyz")

    assert answer.status == 200
    assert json.loads(answer.text)["checks"] == {
        "writer": "ok",
        "database": "ok",
        "feeds": "ok",
        "disk": "ok",
    }


def test_a_missing_feeds_folder_is_not_ready(app, site):
    app.settings.feeds.directory.rmdir()

    answer = site.get("/readyz")

    assert answer.status == 503
    assert json.loads(answer.text)["checks"]["feeds"] == (
        "The folder of the feeds cannot be written."
    )


def test_a_disk_without_room_is_not_ready_and_feeds_are_served_on(
    tmp_path, sqlite_url, clock, serve
):
    with open_store(sqlite_url, clock=clock, min_free=2**60) as store:
        app = web.make_app(tmp_path, store, clock)
        (app.settings.feeds.directory / "all.rss").write_bytes(b"<rss/>")
        site = serve(create_site(app))

        answer = site.get("/readyz")

        assert answer.status == 503
        assert "no mail is begun" in json.loads(answer.text)["checks"]["disk"]
        assert site.get("/feeds/all.rss").body == b"<rss/>"
        assert site.get("/livez").status == 200


def test_the_daemon_adds_checks_of_its_own(app, serve):
    site = serve(create_site(app, ready={"scheduler": lambda: "It does not tick."}))

    assert "It does not tick." in site.get("/readyz").text


def test_a_dead_writer_is_not_ready(tmp_path, sqlite_store, clock, serve):
    site = serve(create_site(web.make_app(tmp_path, sqlite_store, clock)))
    sqlite_store._writer.close()

    assert site.get("/readyz").status == 503


def test_metrics_count_what_the_store_holds(app, site):
    text = site.get("/metrics").text

    for line in (
        'dispatch_build_info{version="',
        "dispatch_articles 6.0",
        "dispatch_accounting_gap 0.0",
        "dispatch_delivery_unknown 0.0",
        "dispatch_oldest_due_timestamp_seconds 0.0",
        'dispatch_relay_waiting{relay="default"} 0.0',
        'dispatch_relay_failures{relay="default"} 0.0',
    ):
        assert line in text


def test_metrics_name_what_they_count_by(app, site):
    web.add_entries(app.store, [])
    web.add_issue(app.store, 1)
    web.subscribe(app, "alice@example.org")

    text = site.get("/metrics").text

    assert 'dispatch_issues{newsletter="daily",state="done"} 1.0' in text
    assert 'dispatch_subscriptions{newsletter="daily",state="pending"} 1.0' in text
    assert "alice" not in text


def test_metrics_that_took_long_to_count_are_told_again_for_a_while(
    app, site, serve, monkeypatch
):
    subscribed = 'dispatch_subscriptions{newsletter="daily",state="pending"}'
    monkeypatch.setattr(metrics, "QUICK", 0.0)
    monkeypatch.setattr(metrics, "SHARE", 1e9)
    before = site.get("/metrics").text
    web.subscribe(app, "alice@example.org")

    assert site.get("/metrics").text == before
    assert subscribed not in before
    monkeypatch.undo()
    assert subscribed in serve(create_site(app)).get("/metrics").text


def test_metrics_answer_only_on_the_private_site_where_there_is_one(app, serve):
    apart = WebSettings(admin_listen="127.0.0.1:0")
    app = replace(app, settings=replace(app.settings, web=apart))

    assert serve(create_site(app)).get("/metrics").status == 404
    admin = serve(create_admin(app))
    assert "dispatch_articles" in admin.get("/metrics").text
    assert admin.get("/readyz").status == 200
    assert (admin.get("/").status, admin.get("/").text) == (404, "Not Found\n")


# -- templates -------------------------------------------------------------------


def test_an_installation_without_its_stylesheet_says_so(tmp_path):
    with pytest.raises(TemplateError, match=r"site\.css is missing"):
        pages.Pages([tmp_path], web.settings(tmp_path))


def test_a_template_that_is_missing_is_named(app):
    own = pages.Pages([app.settings.folder, *web.shipped_pages()], app.settings)

    with pytest.raises(TemplateError, match=r"templates/web/none\.html is missing"):
        own.render("none")


def test_a_template_that_does_not_parse_is_named_with_its_line(app):
    (app.settings.folder / "bad.html").write_text("\n{% nonsense %}")
    own = pages.Pages([app.settings.folder, *web.shipped_pages()], app.settings)

    with pytest.raises(TemplateError, match=r"templates/web/bad\.html, line 2"):
        own.render("bad")


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "2 March 2026"), ("de", "2026-03-02")]
)
def test_days_are_written_in_words_only_where_the_words_are_english(
    tmp_path, language, expected
):
    own = pages.Pages(web.shipped_pages(), web.settings(tmp_path, language=language))

    assert own.day(web.NOON) == expected


def test_a_database_that_cannot_be_read_is_not_ready(app, site):
    app.store.write(lambda tx: tx.connection.exec_driver_sql("DROP TABLE source") and 0)

    answer = site.get("/readyz")

    assert answer.status == 503
    assert json.loads(answer.text)["checks"]["database"] == (
        "The database cannot be read."
    )
