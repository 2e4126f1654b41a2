from datetime import UTC, datetime

import pytest

from dispatch.app import system_clock
from dispatch.cli import session
from dispatch.store import open_store, questions

STORY = "Late hours for readers\nBy Sam Roe\n\nThe library opens late.\n"


@pytest.fixture
def full(desk):
    """Two stories collected and published, one reader."""
    desk.write("sports/rowing.txt", STORY)
    desk.call("collect")
    desk.call(
        "subscriber",
        "add",
        "ada@readers.example",
        "--newsletter",
        "daily",
        "--confirmed",
    )
    return desk


@pytest.fixture(autouse=True)
def me(monkeypatch):
    monkeypatch.setattr(session, "operator", lambda: "ada")


def json_of(desk, *words):
    return desk.call("article", *words, "--json").json


def test_several_fields_are_edited_at_once_and_given_back(full):
    said = full.call(
        "article",
        "edit",
        "Late hours",
        "--headline",
        "  Library   stays open ",
        "--byline",
        "Ann Lee",
        "--byline",
        "Sam Roe",
        "--embargo",
        "2031-05-01 07:00",
    ).out
    assert "is changed (headline, byline, embargo): “Library stays open”." in said

    found = json_of(full, "show", "Library stays")
    assert found["edited"] == ["bylines", "embargo_until", "headline"]
    assert found["embargo_until"] == "2031-05-01T05:00:00Z"  # seven in Berlin

    number = str(found["number"])
    full.call("article", "edit", number, "--undo", "headline", "--embargo", "none")
    found = json_of(full, "show", number)
    assert found["headline"] == "Late hours for readers"
    assert found["embargo_until"] is None
    assert found["edited"] == ["bylines", "embargo_until"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "Say what to change"),
        (("--headline", " "), "A headline cannot be empty"),
        (("--undo", "title"), "'title' is no field. There are: headline, deck"),
        (("--undo", "deck"), "Nobody edited the deck"),
        (("--embargo", "soon"), "'soon' is no moment"),
    ],
)
def test_a_wrong_edit_says_why(full, words, why):
    assert why in full.call("article", "edit", "1", *words, code=2).err


def test_a_story_is_held_listed_with_its_reason_and_restored(full):
    said = full.call("article", "hold", "1", "--reason", "waits for an answer.").out
    assert said == "Story 1 is held: waits for an answer.\n"

    assert "held: waits for an answer" in full.call("article", "list").out
    assert "It is held: waits for an answer." in full.call("article", "show", "1").out
    assert "held: waits for an answer" in full.call("why", "1").out
    assert full.call("article", "restore", "1").out == "Story 1 is back.\n"
    assert "held" not in full.call("article", "list").out


def test_a_withdrawal_says_what_follows(full):
    full.call("compose", "daily", "--now")

    said = full.call("article", "withdraw", "1", "--reason", "it was invented").out

    assert "Story 1 is withdrawn: it was invented." in said
    assert "is composed anew." in said
    assert "withdrawn: it was invented" in full.call("article", "list").out


@pytest.mark.parametrize("verb", ["hold", "withdraw"])
def test_taking_a_story_from_readers_wants_a_reason(full, verb):
    assert "Say why" in full.call("article", verb, "1", "--reason", " . ", code=2).err
    assert "--reason" in full.call("article", verb, "1", code=2).err


def test_a_storys_history_is_told_in_order(full):
    full.call("article", "edit", "1", "--headline", "New words", "--reason", "clearer")
    full.call("article", "withdraw", "1", "--reason", "it was invented")

    lines = full.call("article", "history", "1").out.splitlines()

    told = [line.partition("  ")[2] for line in lines]
    assert told[0].startswith("Revision 1: first seen, “")
    assert told[1:] == [
        "Revision 2: headline edited, “New words”.",
        "Headline edited by ada: clearer.",
        "Revision 3: withdrawn.",
        "Withdrawn by ada: it was invented.",
    ]
    found = json_of(full, "history", "1")
    assert [one["number"] for one in found["revisions"]] == [1, 2, 3]
    assert [one["by"] for one in found["acts"]] == ["ada", "ada"]


def test_why_tells_who_did_what(full):
    full.call("article", "withdraw", "1", "--reason", "it was invented")

    assert "Withdrawn by ada: it was invented." in full.call("why", "1").out
    assert full.call("why", "1", "--json").json["acts"][0]["act"] == "withdrawn"


def ask(desk, **question):
    now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    store = open_store(f"sqlite:///{desk.folder}/var/dispatch.db", clock=system_clock())
    store.write(lambda tx: questions.ask(tx, now=now, **question))
    store.close()


def test_a_question_is_listed_with_its_answers_until_it_is_answered(full):
    assert full.call("article", "questions").out == "Nothing waits.\n"
    ask(full, kind="missing", article=1, source="newsroom", detail="a.txt is gone.")

    said = full.call("article", "questions").out
    assert "a.txt is gone." in said
    assert "dispatch article keep 1 · dispatch article withdraw 1" in said
    assert json_of(full, "questions")["questions"][0]["kind"] == "missing"

    assert full.call("article", "keep", "1").out == "Story 1 stays.\n"
    assert full.call("article", "questions").out == "Nothing waits.\n"
    assert "Kept by ada" in full.call("article", "history", "1").out


def test_withdrawing_answers_whether_it_shall_stay(full):
    ask(full, kind="missing", article=1, source="newsroom", detail="a.txt is gone.")

    full.call("article", "withdraw", "1", "--reason", "it is gone")

    assert full.call("article", "questions").out == "Nothing waits.\n"


def test_a_whole_source_that_went_is_kept_or_withdrawn(full):
    ask(full, kind="missing", source="newsroom", detail="2 of 2 stories are gone.")
    said = full.call("article", "questions").out
    assert "dispatch article keep --source newsroom · dispatch article withdraw" in said
    assert full.call("article", "keep", "--source", "newsroom").out == (
        "The stories of newsroom stay.\n"
    )
    refused = full.call("article", "keep", "--source", "newsroom", code=2).err
    assert "Nobody asks about stories that are gone from 'newsroom'" in refused

    ask(full, kind="missing", source="newsroom", detail="2 of 2 stories are gone.")
    (full.folder / "articles" / "sports" / "rowing.txt").unlink()
    full.call("collect")
    done = full.call(
        "article", "withdraw", "--source", "newsroom", "--reason", "a test"
    ).out
    assert done == "1 story of newsroom withdrawn.\n"


@pytest.mark.parametrize("words", [(), ("1", "--source", "newsroom")])
def test_what_is_to_be_kept_is_named_once(full, words):
    assert (
        "Name a story, or --source" in full.call("article", "keep", *words, code=2).err
    )


def held_as_a_twin(desk):
    ask(desk, kind="twin", article=2, other=1, source="newsroom", detail="Alike.")
    desk.call("article", "hold", "2", "--reason", "twin")


def test_two_stories_are_merged(full):
    held_as_a_twin(full)
    said = full.call("article", "questions").out
    assert "dispatch article merge 2 1 · dispatch article separate 2 1" in said

    merged = full.call("article", "merge", "2", "1", "--reason", "same event")

    assert "Story 2 is part of story 1 now." in merged.out
    assert full.call("article", "questions").out == "Nothing waits.\n"
    assert "same as 1" in full.call("article", "list").out
    assert (
        "Merged into 1 by ada: same event." in full.call("article", "history", "2").out
    )
    refused = full.call("article", "hold", "2", "--reason", "x", code=2).err
    assert "Story 2 is the same as story 1: that one counts" in refused


def test_two_stories_are_told_apart(full):
    held_as_a_twin(full)

    assert "are two" in full.call("article", "separate", "2", "1").out
    assert full.call("article", "questions").out == "Nothing waits.\n"


def test_what_nobody_asks_needs_no_answer(full):
    assert "Nobody asks" in full.call("article", "keep", "1", code=2).err


def test_somebody_without_a_name_is_the_operator(monkeypatch):
    def nobody():
        raise KeyError("no such user")

    monkeypatch.undo()
    monkeypatch.setattr(session.getpass, "getuser", nobody)
    assert session.operator() == "operator"
