from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.errors import UsageError
from dispatch.model import Finding, HeadlineSource, Hold
from dispatch.store import acts, articles, revisions
from support.newsday import Newsday


@pytest.fixture
def paper(sqlite_store, clock):
    return Newsday(sqlite_store, clock)


def did(paper, one):
    with paper.store.read() as tx:
        return [(act.act, act.by, act.reason) for act in acts.of(tx, one.id)]


def test_an_edit_is_a_revision_and_an_act(paper):
    one = paper.story("Bridge closes", deck="For repairs")

    edited = paper.edit(one, headline="Bridge shut", bylines=("Ann Lee",)).article

    assert edited == paper.now(one)
    assert edited.content.headline == "Bridge shut"
    assert edited.content.headline_source is HeadlineSource.EDITED
    assert edited.content.bylines == ("Ann Lee",)
    assert edited.content.deck == "For repairs"
    assert edited.edited == {"headline", "bylines"}
    assert edited.published_at == one.published_at
    assert edited.updated_at == paper.clock.now()
    assert did(paper, one) == [("headline edited, byline edited", "ada", "")]
    with paper.store.read() as tx:
        told = [(r.number, r.headline) for r in revisions.of(tx, one.id)]
    assert told == [(1, "Bridge closes"), (2, "Bridge shut")]


def test_why_the_other_fields_are_what_they_are_stays_known(paper):
    findings = (Finding("byline", "T2", 0.9, "first line"),)
    one = paper.story()
    paper.store.write(
        lambda tx: revisions.change(tx, one, findings, now=paper.clock.now())
    )

    paper.edit(one, headline="Bridge shut")

    with paper.store.read() as tx:
        assert articles.findings(tx, one.id) == findings


def test_another_section_is_no_news_to_readers(paper):
    one = paper.story(section="town")

    moved = paper.edit(one, section="sports").article

    assert moved.content.section == "sports"
    assert moved.updated_at == one.updated_at


def test_an_edited_headline_is_found_by_its_words(paper):
    one = paper.story("Bridge closes")
    paper.edit(one, headline="Harbour crossing shut")

    with paper.store.read() as tx:
        assert [a.id for a in articles.search(tx, "crossing", 5)] == [one.id]
        assert articles.search(tx, "bridge", 5) == ()


def test_an_edited_headline_releases_what_waited_for_one(paper):
    one = paper.story(headline_source=HeadlineSource.GENERATED)
    paper.act("hold", one, Hold.HEADLINE.value, by="collecting")

    assert paper.edit(one, headline="Bridge shut").article.held == ""


def test_a_field_is_given_back_as_its_source_had_it(store, clock):
    paper = Newsday(store, clock)
    one = paper.story("Bridge closes", summary="Short.")
    paper.edit(one, headline="A", summary="B")
    paper.edit(one, headline="C")

    back = paper.edit(one, "headline").article

    assert back.content.headline == "Bridge closes"
    assert back.content.headline_source is one.content.headline_source
    assert back.content.summary == "B"
    assert back.edited == {"summary"}


def test_an_embargo_is_set_and_given_back(paper):
    one = paper.story()
    later = paper.clock.now() + timedelta(days=1)

    assert paper.edit(one, embargo_until=later).article.embargo_until == later
    assert paper.edit(one, "embargo_until").article.embargo_until is None


def test_only_what_was_edited_can_be_given_back(paper):
    one = paper.story()

    with pytest.raises(UsageError, match=f"Nobody edited the byline of story {one.id}"):
        paper.edit(one, "bylines")


def test_what_changes_nothing_is_told(paper):
    one = paper.story("Bridge closes")
    paper.edit(one, headline="Bridge shut")

    with pytest.raises(UsageError, match="so already"):
        paper.edit(one, headline="Bridge shut")
    assert paper.now(one).revision == 2


def test_a_story_is_withdrawn_and_comes_back_the_same(paper):
    one = paper.story()

    gone = paper.act("withdraw", one, "it named the wrong firm").article
    assert gone.withdrawn_at == paper.clock.now()
    assert gone.withdrawn_reason == "it named the wrong firm"

    back = paper.act("restore", one, "the court found for us").article
    assert back.withdrawn_at is None
    assert back.withdrawn_reason == ""
    assert (back.tag_id, back.published_at) == (one.tag_id, one.published_at)
    assert back.edited == one.edited
    assert did(paper, one) == [
        ("withdrawn", "ada", "it named the wrong firm"),
        ("restored", "ada", "the court found for us"),
    ]


@pytest.mark.parametrize(
    ("before", "what", "why"),
    [
        ("withdraw", "withdraw", "is withdrawn already: it was wrong"),
        ("withdraw", "hold", "withdrawn, which is more than held"),
        ("", "restore", "neither held nor withdrawn"),
    ],
)
def test_what_cannot_be_done_is_told(paper, before, what, why):
    one = paper.story()
    if before:
        paper.act(before, one)

    with pytest.raises(UsageError, match=why):
        paper.act(what, one)


def test_a_story_that_is_not_there_is_told(paper):
    one = paper.story()
    missing = replace(one, id=999)

    with pytest.raises(UsageError, match="There is no story 999"):
        paper.act("hold", missing)


def test_an_editors_word_holds_against_the_source_that_held_it(paper):
    one = paper.story()
    paper.act("hold", one, Hold.DRAFT.value, by="collecting")

    back = paper.act("restore", one).article

    assert back.held == ""
    assert back.edited == {"held"}  # collecting leaves it so
    assert paper.edit(one, "held").article.edited == set()
