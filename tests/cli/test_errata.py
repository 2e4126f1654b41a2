import pytest
from sqlalchemy import text

from dispatch.clock import SystemClock
from dispatch.store import open_store


@pytest.fixture
def sent(desk):
    """An issue of which one of two readers has it: by the books, at least."""
    desk.call("collect")
    for reader in ("ada", "ben"):
        desk.call(
            "subscriber",
            "add",
            f"{reader}@example.org",
            "--newsletter",
            "daily",
            "--confirmed",
        )
    desk.call("compose", "daily", "--now", "--send")
    file = desk.folder / "var" / "dispatch.db"
    with open_store(f"sqlite:///{file}", clock=SystemClock()) as store:
        store.write(
            lambda tx: tx.execute(
                text(
                    "UPDATE delivery SET state = 'accepted', dot_at = 1, settled_at = 2"
                    " WHERE recipient = 'ada@example.org'"
                )
            )
        )
    return desk.call("issue", "show", "last", "--json").json["id"]


def test_replacing_says_whom_it_reaches_and_asks(desk, sent, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda *_, **__: sent)
    desk.call("article", "edit", "1", "--headline", "Library closes at ten")

    done = desk.call("issue", "replace", "last")

    assert f"1 reader gets the new version of {sent}." in done.err
    assert "1 reader has the old one; it cannot be taken back." in done.err
    assert f"{sent} is sending: 1 reader gets the new version." in done.out
    assert f"dispatch issue correct {sent} --to accepted" in done.out


def test_another_answer_replaces_nothing(desk, sent, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "yes")

    assert "nothing was done" in desk.call("issue", "replace", "last", code=2).err
    assert desk.call("issue", "show", "last", "--json").json["state"] == "sending"


def test_as_json_it_only_tells_without_yes(desk, sent):
    told = desk.call("issue", "replace", "last", "--json").json
    assert told["done"] is False
    assert "1 reader gets" in told["messages"][0]

    done = desk.call("issue", "replace", "last", "--yes", "--json").json
    assert (done["new"], done["in_doubt"]) == (1, 0)
    assert done["have_old"] == 0, "nothing was mended: nobody has anything else"


def test_a_correction_is_mailed_to_those_who_have_it(desk, sent):
    words = ("issue", "correct", "last", "--to", "accepted", "--note", "It is at ten.")

    assert "1 reader of The Daily" in desk.call(*words, "--json").json["messages"][0]
    done = desk.call(*words, "--yes")

    assert f"The correction to {sent} is on its way to 1 reader." in done.out
    again = desk.call(*words, "--yes")
    assert "queued before" in again.out
    shown = desk.call("issue", "show", "last").out
    assert "Correction mailed " in shown
    assert "    planned   1\n  = pending   1\n" in shown
    (told,) = desk.call("issue", "show", "last", "--json").json["corrections"]
    assert (told["planned"], told["gap"]) == (1, 0)


def test_a_correction_without_words_is_refused(desk, sent):
    done = desk.call("issue", "correct", "last", "--to", "all", "--yes", code=2)

    assert "--note TEXT" in done.err


def test_the_books_are_an_equation_that_ends_in_a_verdict(desk, sent):
    done = desk.call("issue", "show", "last")

    assert "    planned   2\n  = pending   1\n  + accepted  1\n" in done.out
    assert "balanced so far: 1 delivery of which something may still become" in done.out
    books = desk.call("issue", "show", "last", "--json").json
    assert (books["gap"], books["balanced"]) == (0, False)


def test_books_that_do_not_balance_say_how_many_are_missing(desk, sent):
    file = desk.folder / "var" / "dispatch.db"
    with open_store(f"sqlite:///{file}", clock=SystemClock()) as store:
        store.write(
            lambda tx: tx.execute(
                text("DELETE FROM delivery WHERE recipient = 'ben@example.org'")
            )
        )

    assert (
        "NOT BALANCED: 1 delivery is missing." in desk.call("issue", "show", "last").out
    )
