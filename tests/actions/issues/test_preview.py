from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime

import pytest
from sqlalchemy import func, select

from dispatch.actions.issues import issue_editing
from dispatch.actions.issues.compose import tick
from dispatch.actions.issues.issue_editing import Wish
from dispatch.actions.issues.preview import SAMPLE_LINKS, preview
from dispatch.compose import mime
from dispatch.compose.splice import splice
from dispatch.errors import DispatchError
from dispatch.model import Choice, EditKind, MailFormat
from dispatch.store import (
    articles,
    bodies,
    issues,
    newsletters,
    schema,
    subscriptions,
    variants,
)
from support import audience
from support.composing import DAILY, SLOT, day, newsletter, press

EVE = SLOT - timedelta(minutes=30)


@pytest.fixture
def paper(store, clock):
    """A newsletter that was there before the day's stories were."""
    clock.moment = SLOT - timedelta(days=2)
    store.write(lambda tx: newsletters.ensure(tx, "daily", "D", now=clock.now()))
    store.write(lambda tx: [articles.add(tx, one) for one in day()])
    clock.moment = EVE
    return store


def counts(store):
    with store.read() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
        }


def test_a_preview_stores_nothing(paper, clock):
    before = counts(paper)

    preview(paper, press(), DAILY, clock=clock)

    assert counts(paper) == before


def test_a_preview_is_the_coming_issue_to_the_last_byte(paper, clock):
    shown = preview(paper, press(), DAILY, clock=clock, address="ada@readers.example")

    clock.moment = SLOT
    paper.write(
        lambda tx: newsletters.ensure(tx, "daily", DAILY.title, now=clock.now())
    )
    tick(paper, press(), [DAILY], clock=clock)

    with paper.read() as tx:
        (issue,) = issues.of(tx, "daily")
        made = variants.one(tx, issue.id, Choice(), issue.revision)
        frozen = bodies.get(tx, made.body)
    values = {
        **SAMPLE_LINKS,
        "to": b"ada@readers.example",
        "message_id": b"preview@courier.example",
        "delivery": b"preview",
        "date": format_datetime(SLOT).encode(),
    }
    assert shown.eml == mime.unstuff(splice(frozen, values))
    assert (shown.issue, shown.subject) == (issue.id, issue.subject)


def test_the_three_texts_are_those_of_the_message(paper, clock):
    made = preview(paper, press(), DAILY, clock=clock)

    parsed = message_from_bytes(made.eml, policy=policy.default)
    assert parsed["Subject"] == made.subject
    assert made.html == parsed.get_body(("html",)).get_content()
    assert "/unsubscribe/sample-unsubscribe-link" in made.text
    assert made.articles == 8
    assert made.lines()[1] == f"Subject: {made.subject}"
    assert made.to_json()["articles"] == 8


def test_a_copy_for_an_editor_holds_no_readers_link(paper, clock):
    made = preview(paper, press(), DAILY, clock=clock)

    assert {span.name for span in made.frozen.spans} == {
        "to",
        "date",
        "message_id",
        "delivery",
    }


def test_a_reader_is_shown_the_topics_and_the_format_they_chose(paper, clock):
    def subscribe(tx):
        number = audience.subscribed(tx, "ada@example.org")
        subscriptions.set_choice(tx, number, topics=("arts",), format=MailFormat.TEXT)

    paper.write(subscribe)

    made = preview(paper, press(), DAILY, clock=clock, address="Ada@example.org")

    assert made.articles == 2
    assert made.html == ""
    assert "exposición" in made.text


def test_a_reader_whose_topics_have_nothing_new_is_told_so(paper, clock):
    paper.write(lambda tx: audience.subscribed(tx, "ada@example.org", topics=["chess"]))

    with pytest.raises(DispatchError, match=r"topics \(chess\)"):
        preview(paper, press(), DAILY, clock=clock, address="ada@example.org")


def test_when_nothing_is_eligible_it_says_so(store, clock):
    with pytest.raises(DispatchError, match="daily: nothing is eligible"):
        preview(store, press(), DAILY, clock=clock)


def test_a_newsletter_that_was_never_run_looks_back_from_now(store, clock):
    clock.moment = EVE
    store.write(lambda tx: [articles.add(tx, one) for one in day()])

    assert preview(store, press(), DAILY, clock=clock).articles == 8
    with pytest.raises(DispatchError, match="nothing is eligible"):
        preview(store, press(), newsletter(lookback=timedelta(0)), clock=clock)


def test_an_embargo_that_ends_before_the_slot_is_no_bar(paper, clock):
    story = replace(day()[0], tag_id="tag:x,2026:1", embargo_until=SLOT)
    paper.write(lambda tx: articles.add(tx, story))

    assert preview(paper, press(), DAILY, clock=clock).articles == 9


def test_too_few_stories_are_previewed_with_a_note(paper, clock):
    made = preview(paper, press(), newsletter(min_articles=20), clock=clock)

    assert made.notes == ("Fewer than min_articles = 20: not sent.",)


def wish(store, clock, *wishes, letter=DAILY):
    target = issue_editing.target(store, [letter], "next")
    issue_editing.edit(store, press(), target, wishes, by="ada", clock=clock)


def test_what_editors_want_of_the_next_issue_is_previewed(paper, clock):
    wish(
        paper,
        clock,
        Wish(EditKind.DROP, (1,)),
        Wish(EditKind.SUBJECT, words="What we say"),
        Wish(EditKind.SKIP),
    )

    shown = preview(paper, press(), DAILY, clock=clock)

    assert (shown.subject, shown.articles) == ("What we say", 7)
    assert "Night buses" not in shown.text
    assert "An editor wants this slot skipped." in shown.lines()


def test_an_issue_that_editors_are_looking_at_is_the_one_that_is_previewed(
    paper, clock
):
    letter = replace(DAILY, proof_to=("ada@courier.example",))
    tick(paper, press(), [letter], clock=clock)
    wish(paper, clock, Wish(EditKind.DROP, (1,)), letter=letter)
    late = replace(day()[0], id=0, tag_id="tag:late", first_seen_at=clock.now())
    paper.write(lambda tx: articles.add(tx, late) and None)

    shown = preview(paper, press(), letter, clock=clock)

    assert shown.issue == "daily-2026-03-04"
    assert shown.articles == 7
    assert "Night buses" not in shown.text
