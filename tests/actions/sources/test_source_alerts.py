from datetime import timedelta

import pytest
from sqlalchemy import update

from dispatch.actions.operations import status
from dispatch.actions.sources import source_alerts
from dispatch.model import Settings, SourceSettings
from dispatch.store import questions, sources
from dispatch.store.schema import source as table

WHY = "41 of 45 items changed id; 41 paired; 4 new."


@pytest.fixture
def settings(tmp_path):
    made = [
        SourceSettings(name, "feed", url=f"https://{name}.example/") for name in "ab"
    ]
    made.append(SourceSettings("drop", "folder", path=tmp_path))
    return Settings(source=tuple(made))


def put(store, clock, name, **values):
    """Say how a source stands."""

    def unit(tx):
        kind = "folder" if name == "drop" else "feed"
        sources.ensure(tx, name, kind, now=clock.now())
        if values:
            tx.execute(update(table).where(table.c.name == name).values(**values))

    store.write(unit)


def found(store, settings, clock):
    with store.read() as tx:
        alerts = source_alerts.find(tx, settings, now=clock.now())
    return {one.key: one.message for one in alerts}


def line(store, settings, clock, name):
    report = status.status(store, settings, clock=clock)
    return next(one for one in report.sources if one.settings.name == name)


def test_a_held_source_is_told_with_what_to_type(store, settings, clock):
    put(store, clock, "a", held_at=clock.now(), held_why=WHY)

    (message,) = found(store, settings, clock).values()

    assert message.startswith(f"The source a is held: {WHY}")
    assert "`dispatch source release a`" in message
    assert "`dispatch source discard a`" in message


def test_a_source_that_is_gone_for_good_is_told_once_and_not_as_broken(
    store, settings, clock
):
    put(store, clock, "a", gone_at=clock.now(), failures=9, error="It answered 410.")

    assert list(found(store, settings, clock)) == ["gone:a"]


def test_a_source_that_fails_is_told_when_it_lasts(store, settings, clock):
    since = clock.now() - timedelta(hours=1)
    put(store, clock, "a", failures=2, error="It answered 500.", failing_since=since)
    put(store, clock, "b", failures=3, error="It answered 503.", failing_since=since)

    assert list(found(store, settings, clock)) == ["source:b"]


def test_a_source_that_is_no_longer_configured_is_nobodys_worry(store, settings, clock):
    put(store, clock, "old", failures=9, error="x", held_at=clock.now())

    assert found(store, settings, clock) == {}


def test_questions_are_told_together_and_anew_when_another_comes(
    store, settings, clock
):
    def ask(detail):
        return store.write(
            lambda tx: questions.ask(
                tx, kind="missing", source=detail, detail=detail, now=clock.now()
            )
        )

    ask("a")
    first = found(store, settings, clock)
    ask("b")
    second = found(store, settings, clock)

    assert "1 question about a story waits" in next(iter(first.values()))
    assert "2 questions about stories wait" in next(iter(second.values()))
    assert first.keys() != second.keys()


def test_a_storms_own_question_is_told_with_its_source_only(store, settings, clock):
    store.write(
        lambda tx: questions.ask(
            tx, kind="storm", source="a", detail=WHY, now=clock.now()
        )
    )

    assert found(store, settings, clock) == {}
    assert status.status(store, settings, clock=clock).questions == 0


def test_status_says_how_a_source_stands_and_what_to_type(store, settings, clock):
    put(store, clock, "a", held_at=clock.now(), held_why=WHY, remark="By its feed.")
    put(store, clock, "b", failures=1, error="It answered 500.")

    report = status.status(store, settings, clock=clock)
    held, failed, new = report.sources

    assert (held.word, failed.word, new.word) == ("held", "failed once", "new")
    assert held.sentences() == [
        (
            f"It is held. {WHY} Take it in: dispatch source release a - or record it "
            "and mail nothing of it: dispatch source discard a"
        ),
        "By its feed.",
    ]
    assert failed.sentences() == ["It answered 500."]
    assert "Held until somebody decides, see below: a." in report.lines()


def test_a_source_that_failed_often_says_since_when(store, settings, clock):
    put(
        store,
        clock,
        "a",
        failures=4,
        error="It answered 500.",
        failing_since=clock.now() - timedelta(hours=3),
    )

    one = line(store, settings, clock, "a")

    assert one.word == "failed 4 times"
    assert one.sentences()[0].startswith("It answered 500. Since 20")


def test_a_source_that_moved_is_named_with_its_new_address(store, settings, clock):
    put(store, clock, "a", moved_to="https://u:hunter2@new.example/rss")

    (said,) = line(store, settings, clock, "a").sentences()

    assert said.startswith("It moved to https://new.example/rss for good: write that")


def test_a_gone_source_is_not_said_to_be_asked_again(store, settings, clock):
    later = clock.now() + timedelta(hours=1)
    put(store, clock, "a", gone_at=clock.now(), next_at=later, error="410")
    put(store, clock, "b", next_at=later, next_why="every hour")

    gone, well, folder = status.status(store, settings, clock=clock).sources

    assert (gone.word, gone.next_at) == ("gone for good", None)
    assert "dispatch collect --source a" in gone.sentences()[0]
    assert (well.word, well.next_at) == ("well", later)
    assert folder.next_at is None


def test_status_for_machines_gives_no_next_visit_for_a_folder(store, settings, clock):
    later = clock.now() + timedelta(hours=1)
    put(store, clock, "drop", next_at=later)
    put(store, clock, "a", next_at=later, next_why="every hour: it asks for that")

    told = status.status(store, settings, clock=clock).to_json()
    feed, _, folder = told["sources"]

    assert "next" not in folder
    assert (feed["next"][:2], feed["next_why"]) == (
        "20",
        "every hour: it asks for that",
    )
    assert (feed["last_week"], feed["state"], told["questions"]) == (0, "well", 0)
