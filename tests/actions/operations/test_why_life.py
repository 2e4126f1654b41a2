"""`dispatch why STORY`: what was done to it, and who was mailed it."""

from dataclasses import replace

import pytest

from dispatch.actions.operations import why_life
from dispatch.store import also_in, questions
from support.newsday import LETTER, Newsday


@pytest.fixture
def paper(sqlite_store, clock):
    return Newsday(sqlite_store, clock)


def life(paper, one):
    with paper.store.read() as tx:
        return why_life.life(tx, paper.now(one))


def test_who_was_mailed_a_story_is_counted(paper):
    one = paper.story()
    issue = paper.morning()
    assert life(paper, one).lines() == [
        f"Not mailed in {issue.id}: the issue is ready, and nobody has it yet."
    ]

    paper.send_all()

    assert life(paper, one).lines() == [f"Mailed in {issue.id}: 3 mailboxes took it."]
    assert life(paper, one).to_json()["mailed"] == [
        {"issue": issue.id, "shown": True, "accepted": 3}
    ]


def test_a_story_that_left_its_issue_was_mailed_nobody(paper):
    one, other = paper.story(), paper.story()
    paper.morning()
    paper.act("withdraw", one, "it was wrong")
    issue = paper.tick()
    paper.send_all()

    first, *_, last = life(paper, one).lines()
    assert first.endswith("UTC: Withdrawn by ada: it was wrong.")
    assert last == f"Not mailed in {issue.id}: the story had gone before it left."
    assert "3 mailboxes" in life(paper, other).lines()[0]


def test_a_story_there_was_no_room_for_says_so(sqlite_store, clock):
    paper = Newsday(sqlite_store, clock, replace(LETTER, max_articles=1))
    one = paper.story()
    paper.story()
    issue = paper.morning()

    assert life(paper, one).lines() == [
        f"Not mailed in {issue.id}: there was no room, it is on the issue's page."
    ]


def test_corrections_say_where_they_were_told(paper):
    one = paper.story("Bridge closes")
    paper.morning()
    paper.send_all()
    paper.edit(one, headline="Bridge stays open")
    waiting = "Correction: its headline was “Bridge closes”; the next issue tells it."
    assert waiting in life(paper, one).lines()

    paper.story()
    issue = paper.morning()

    told = f"Correction: its headline was “Bridge closes”; told in {issue.id}."
    assert told in life(paper, one).lines()


def test_where_else_a_story_is_and_what_is_asked_about_it(paper):
    one = paper.story()

    def unit(tx):
        now = paper.clock.now()
        also_in.put(tx, one.id, "wire", "urn:7", "https://wire.example/7", now=now)
        questions.ask(tx, kind="missing", article=one.id, detail="It is gone.", now=now)

    paper.store.write(unit)

    assert life(paper, one).lines() == [
        "Also in wire (urn:7, https://wire.example/7).",
        "An editor is asked: It is gone.",
    ]
