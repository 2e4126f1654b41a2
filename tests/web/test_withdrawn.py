"""What the web says of a story that was taken back."""

import re

import pytest

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import Hand
from dispatch.model import Choice, Variant
from dispatch.store import articles, bodies, schema, variants
from support import ledger, web

REASON = "it named <the> wrong firm"


def act(app, what, number, reason=REASON):
    do, hand = getattr(editing, what), Hand("ada", reason, app.clock.now())
    app.store.write(lambda tx: do(tx, number, hand))


@pytest.fixture
def withdrawn(app, clock):
    """The first story, withdrawn an hour after everybody could read it."""
    clock.advance(hours=1)
    act(app, "withdraw", 1)
    return 1


def test_its_page_is_gone_and_says_when_and_why(site, withdrawn, page):
    answer = site.get(f"/archive/articles/{withdrawn}")

    assert answer.status == 410
    assert answer.text == page
    assert "it named &lt;the&gt; wrong firm" in answer.text
    assert "2 March 2026" in answer.text
    assert "noindex" in answer.text


def test_none_of_its_words_are_on_its_page(site, withdrawn):
    html = site.get(f"/archive/articles/{withdrawn}").text

    assert "Rowing club" not in html
    assert "regatta" not in html
    assert "Library to open on Sundays" in html  # to read instead


@pytest.mark.usefixtures("withdrawn")
def test_it_is_on_no_list(site):
    assert "Rowing club" not in site.get("/").text


def test_a_restored_story_has_its_page_back(app, site, withdrawn):
    before = site.get(f"/archive/articles/{withdrawn}").status
    act(app, "restore", withdrawn)

    after = site.get(f"/archive/articles/{withdrawn}")

    assert (before, after.status) == (410, 200)
    assert "Rowing club wins" in after.text


def test_a_held_story_is_simply_not_there(app, site):
    act(app, "hold", 1)

    answer = site.get("/archive/articles/1")

    assert answer.status == 404
    assert "wrong firm" not in answer.text


def sent(app, shown, *, subject="Monday"):
    """An issue that went out with these articles in its mails."""
    with app.store.read() as tx:
        stored = sorted(articles.recent(tx, 50), key=lambda one: one.id)
    web.add_entries(app.store, stored)
    issue = web.add_issue(app.store, 9, subject=subject)

    def unit(tx):
        body = bodies.put(tx, ledger.frozen())
        for number, carried in enumerate(shown, 1):
            made = Variant(issue, Choice(), number, "Monday", tuple(carried), body=body)
            variants.add(tx, made)

    app.store.write(unit)
    return issue


def test_the_page_of_an_issue_says_what_was_withdrawn(app, site, withdrawn):
    html = site.get(f"/archive/{sent(app, [[1, 2, 3]])}").text

    told = re.search(r"Withdrawn since.*?</section>", html, re.DOTALL)[0]
    assert "Rowing club wins the spring regatta by a length" in told
    assert "Withdrawn on" in told
    assert "it named &lt;the&gt; wrong firm." in told
    assert "no longer available" not in html
    assert html.index("Library to open") < html.index("Withdrawn since")
    assert f"/archive/articles/{withdrawn}" not in html


def test_an_issue_that_half_its_readers_got_with_the_story_says_so(app, site):
    issue = sent(app, [[1, 2, 3], [2, 3]])
    act(app, "withdraw", 1)

    assert "Withdrawn since" in site.get(f"/archive/{issue}").text


def test_a_story_that_is_only_held_is_counted_and_not_named(app, site):
    issue = sent(app, [[1, 2, 3]])
    act(app, "hold", 1)

    html = site.get(f"/archive/{issue}").text

    assert "One story of this issue is" in html
    assert "Rowing club" not in html


@pytest.mark.parametrize("what", ["withdraw", "hold"])
def test_no_page_names_an_issue_after_a_story_that_is_gone(app, site, what):
    issue = sent(app, [[1, 2, 3]], subject="Rowing club wins, and two more")
    pages = ("/", "/archive/", f"/archive/{issue}")
    before = [site.get(path).text for path in pages]
    act(app, what, 1)

    after = [site.get(path).text for path in pages]

    assert all("Rowing club wins, and two more" in html for html in before)
    assert all("Rowing club wins, and two more" not in html for html in after)
    assert all("The Daily Quad" in html for html in after)


def test_an_issue_keeps_its_subject_when_another_lost_a_story(app, site):
    sent(app, [[1, 2]], subject="Rowing club wins")
    web.add_issue(app.store, 8, subject="Sunday")
    act(app, "withdraw", 3)

    html = site.get("/archive/").text

    assert "Rowing club wins" in html
    assert "Sunday" in html


def test_an_issue_keeps_its_subject_when_a_story_became_part_of_another(app, site):
    issue = sent(app, [[1, 2]], subject="Rowing club wins")
    merged = schema.article.update().where(schema.article.c.id == 2)
    app.store.write(lambda tx: tx.execute(merged.values(merged_into=3)) and None)

    assert "Rowing club wins</h1>" in site.get(f"/archive/{issue}").text
