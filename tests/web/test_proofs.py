"""An editor's page: looking changes nothing, buttons act, odd requests do no harm."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from sqlalchemy import text

from dispatch.actions.issues import compose, issue_history, proofing
from dispatch.model import IssueState, SubscriptionState
from dispatch.store import articles, edits, issues, proofs
from dispatch.web.site import create_site
from support import web

ADA, BEN = "ada@quad.example", "ben@quad.example"
NAUGHTY = "<script>alert(1)</script> & “quotes”"


@pytest.fixture
def app(tmp_path, sqlite_store, clock):
    """A newsletter due in twenty minutes, its proofs queued for two editors."""
    made = web.make_app(tmp_path, sqlite_store, clock, timezone="UTC")
    daily = replace(
        made.settings.newsletter[0],
        schedule="20 12 * * *",
        timezone="UTC",
        proof_to=(ADA, BEN),
        expires=timedelta(days=2),
    )
    app = replace(made, settings=replace(made.settings, newsletter=(daily,)))
    web.subscribe(app, "rita@example.net", SubscriptionState.ACTIVE)
    run(app)
    for headline in ("Bridge opens", NAUGHTY, "Mayor resigns"):
        clock.advance(seconds=1)
        now = clock.now()
        one = web.article(headline, published_at=now, updated_at=now)
        one = replace(one, first_seen_at=now)
        sqlite_store.write(lambda tx, one=one: articles.add(tx, one) and None)
    run(app)
    return app


def run(app):
    compose.tick(app.store, app.press, app.settings.newsletter, clock=app.clock)
    proofing.ask(
        app.store, app.press, app.tokens, app.settings.newsletter, clock=app.clock
    )


def issue_of(app):
    with app.store.read() as tx:
        return next(iter(issues.of(tx, "daily")))


def page(app, editor=ADA):
    """The path of an editor's page."""
    proof = app.store.write(lambda tx: proofs.ensure(tx, issue_of(app).id, editor))
    return f"/proof/{app.tokens.make('proof', proof.id)}"


def edits_of(app):
    with app.store.read() as tx:
        return issue_history.contents(tx, issue_of(app)).done


def number(app, headline):
    with app.store.read() as tx:
        return next(
            one.id for one in articles.recent(tx, 9) if one.content.headline == headline
        )


def test_looking_changes_nothing_and_is_kept_nowhere(app, site):
    before = issue_of(app)
    for _ in range(3):
        answer = site.get(page(app))
        site.head(page(app))

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers
    assert (issue_of(app), edits_of(app)) == (before, ())


def test_the_page_says_what_it_is_and_what_silence_means(app, site):
    text = site.get(page(app)).text

    assert "Proof: The Daily Quad, 3 stories, 1 reader, sends 12:20" in text
    assert "If nobody does anything, it goes out at 12:20." in text
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def with_choices(app):
    """Readers who chose plain text, a section, and one who has had a part."""
    changes = (
        ("tom@example.net", "format = 'text'"),
        ("sue@example.net", "topics = '[\"sports\"]'"),
        ("pat@example.net", "covered_to = 1"),
    )
    for address, change in changes:
        tie = web.subscribe(app, address, SubscriptionState.ACTIVE)
        statement = text(f"UPDATE subscription SET {change} WHERE id = :id")
        app.store.write(
            lambda tx, tie=tie, one=statement: tx.execute(one, {"id": tie}) and None
        )


def test_the_page_leads_to_the_copy_of_everybody_who_gets_something_else(app, site):
    with_choices(app)
    before = issue_of(app)

    shown = site.get(page(app)).text

    found = dict(re.findall(r'href="([^"]+/copy/[0-9a-f]{16})">([^<]+)</a>', shown))
    assert set(found.values()) == {
        "1 reader: plain text",
        "1 reader: only Sports",
        "1 reader: without what they have had",
    }
    paths = {words.partition(": ")[2]: path for path, words in found.items()}
    plain = site.get(paths["plain text"])
    assert plain.headers["Content-Type"].startswith("text/plain")
    assert "1. " in plain.text
    assert "a-reader-s-unsubscribe-link" in plain.text
    less = site.get(paths["without what they have had"])
    assert "Bridge opens" not in less.text
    assert "Mayor resigns" in less.text
    assert "<script>" not in less.text
    assert "sandbox" in less.headers["Content-Security-Policy"]
    assert less.headers["Cache-Control"] == "no-store"
    none = site.get(paths["only Sports"])
    assert (none.status, "Nobody gets this copy now" in none.text) == (404, True)
    assert issue_of(app) == before


@pytest.mark.parametrize("name", ["0" * 16, "x", "%2e%2e", "0"])
def test_a_copy_that_is_none_is_said_to_be_none(app, site, name):
    assert site.get(f"{page(app)}/copy/{name}").status == 404
    assert site.get(f"/proof/unknown/copy/{name}").status == 404


def test_a_page_without_others_names_none(app, site):
    assert "Who gets something else" not in site.get(page(app)).text


def test_every_act_is_written_down_with_the_editor_whose_link_did_it(app, site):
    site.post(page(app, ADA), {"do": "drop", "story": number(app, NAUGHTY)})
    site.post(page(app, BEN), {"do": "pin", "story": number(app, "Bridge opens")})
    site.post(page(app, BEN), {"do": "hold"})

    assert [(edit.by, edit.kind) for edit, _ in edits_of(app)] == [
        (ADA, "drop"),
        (BEN, "pin"),
        (BEN, "hold"),
    ]
    text = site.get(page(app)).text
    assert "An editor holds it." in text
    assert f"<bdi>{BEN}</bdi> held it." in text
    assert 'value="restore"' in text


def test_dropping_every_story_holds_the_issue_and_says_so(app, site):
    for headline in ("Bridge opens", NAUGHTY, "Mayor resigns"):
        answer = site.post(page(app), {"do": "drop", "story": number(app, headline)})

    assert issue_of(app).state is IssueState.HELD
    assert "Editors dropped all of its stories" in answer.text
    assert "No story is left in it." in answer.text
    site.post(page(app), {"do": "undo"})
    assert issue_of(app).state is IssueState.READY


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "subject", "subject": "x" * 5000}, "at most 150 characters"),
        ({"do": "note", "note": "x" * 5000}, "at most 1,000 characters"),
        ({"do": "drop", "story": "999999"}, "is not in daily-"),
        ({"do": "drop", "story": "9" * 40}, "did not arrive whole"),
        ({"do": "drop", "story": "-1"}, "did not arrive whole"),
        ({"do": "drop"}, "did not arrive whole"),
        ({"do": "explode"}, "did not arrive whole"),
        ({}, "did not arrive whole"),
        ({"do": "send"}, "changed meanwhile"),
        ({"do": "send", "revision": "²"}, "changed meanwhile"),
        ({"do": "undo"}, "nothing to take back"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(app, site, fields, said):
    before = issue_of(app)
    answer = site.post(page(app), fields)

    assert answer.status == 409
    assert said in answer.text
    assert (issue_of(app), edits_of(app)) == (before, ())


def test_what_was_typed_stands_in_the_field_when_it_is_no_good(app, site):
    typed = "A long note. " * 100
    answer = site.post(page(app), {"do": "note", "note": typed})

    assert typed.strip() in answer.text


def test_a_subject_with_line_breaks_becomes_one_line(app, site):
    site.post(page(app), {"do": "subject", "subject": "One\r\nBcc: all@example.org"})

    assert issue_of(app).subject == "One Bcc: all@example.org"


@pytest.mark.parametrize("purpose", ["unsubscribe", "preferences", "confirm"])
def test_a_readers_link_is_no_editors_link(app, site, purpose):
    token = app.tokens.make(purpose, 1)

    assert site.get(f"/proof/{token}").status == 404
    assert site.post(f"/proof/{token}", {"do": "hold"}).status == 404
    assert issue_of(app).state is IssueState.READY


def test_a_forged_or_cut_link_is_not_known(app, site):
    good = page(app)
    other = "b" if good[-1] == "a" else "a"
    for path in (good[:-1], good[:-1] + other, good.upper(), "/proof/%00", good + "a"):
        assert site.get(path).status == 404
        assert site.post(path, {"do": "hold"}).status == 404
    unmade = app.tokens.make("proof", 4711)
    assert site.get(f"/proof/{unmade}").status == 404


def test_a_body_that_is_no_form_or_too_large_does_nothing(app, site):
    path = page(app)

    assert site.ask("POST", path, b"\xff\x00" * 99).status == 409
    assert site.ask("POST", path, b"do=hold&x=" + b"x" * 70_000).status == 413
    assert issue_of(app).state is IssueState.READY


def test_send_now_wakes_the_daemon_and_lets_the_issue_go(app, serve, clock):
    woken = []
    site = serve(create_site(app, arrived=lambda: woken.append(1)))
    answer = site.post(page(app), {"do": "send", "revision": 1})

    assert "It leaves now." in answer.text
    assert woken == [1]
    assert issue_of(app).leaves_at == clock.now()


def test_after_it_expired_the_page_says_so_and_acts_no_more(app, site, clock):
    path, first = page(app), issue_of(app).id
    site.post(path, {"do": "hold"})
    clock.advance(days=3)
    run(app)

    assert "Nobody approved it in time." in site.get(path).text
    assert "Nobody approved it in time." in site.post(path, {"do": "approve"}).text
    with app.store.read() as tx:
        assert [one.kind for one in edits.of_issue(tx, first)] == ["hold"]


def test_no_issue_this_time_ends_it_and_the_page_says_so(app, site):
    path = page(app)
    answer = site.post(path, {"do": "skip"})

    assert "It was skipped." in answer.text
    assert issue_of(app).state is IssueState.CANCELLED


@pytest.mark.browser
def test_the_page_fits_can_be_read_and_works_without_javascript(app, site, chromium):
    with_choices(app)
    site.post(page(app), {"do": "drop", "story": number(app, NAUGHTY)})
    address = site.url + page(app)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, bypass_csp=True)
            tab = context.new_page()
            for width in (320, 1280):
                tab.set_viewport_size({"width": width, "height": 800})
                tab.goto(address)
                wide = tab.evaluate("document.documentElement.scrollWidth")
                assert wide <= width
                found = Axe().run(tab)
                assert found.violations_count == 0, found.generate_report()
            context.close()
        tab = browser.new_context(java_script_enabled=False).new_page()
        tab.goto(address)
        tab.get_by_role("button", name="Drop: Mayor resigns").click()
        assert (
            "Dropped. The next issue has it." in tab.get_by_role("status").inner_text()
        )
        tab.get_by_label("Subject").fill("What we know")
        tab.get_by_role("button", name="Change the subject").click()
        assert tab.get_by_role("heading", level=1).inner_text() == "What we know"
        tab.get_by_role("button", name="Hold", exact=True).click()
        tab.get_by_role("button", name="Approve").click()
        browser.close()

    assert issue_of(app).state is IssueState.READY
    assert [edit.kind for edit, _ in edits_of(app)][-2:] == ["hold", "approve"]
