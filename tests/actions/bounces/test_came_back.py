"""Status and why say what came back, and whose fault it was."""

import pytest

from dispatch.actions.audience.subscribers import reactivate
from dispatch.actions.bounces import bounce_reminders, came_back
from dispatch.actions.operations import status, why_reader
from dispatch.model import BounceClass, BounceFate, Settings, SiteSettings
from support import bounced, outbox
from support.audience import DAILY, TOKENS

ADA = "ada@example.net"
SETTINGS = Settings(site=SiteSettings(), newsletter=(DAILY,))


def why(store):
    return why_reader.reader(store, TOKENS, SETTINGS, ADA)


@pytest.fixture
def issue(store, clock):
    bounced.readers(store, ADA)
    return bounced.issue(store, clock)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("550 5.1.1 user unknown", "there is no such mailbox"),
        ("552 5.2.2 full", "your mailbox was full"),
        ("550 5.7.1 policy", "which is ours to mend"),
        ("554 5.6.0 malformed", "which is ours to mend"),
    ],
)
def test_a_reader_is_told_that_an_issue_came_back_and_whose_fault_it_was(
    store, clock, issue, said, words
):
    bounced.come_back(store, clock, issue, ADA, said=said)
    report = why(store)

    assert "came back from your mail provider: " in report.sentence
    assert words in report.sentence
    assert any(f"came back {issue}" in line and said in line for line in report.lines())
    (row,) = report.to_json()["subscriptions"][0]["bounces"]
    assert row["status"] == said.split()[1]


def test_a_delay_is_told_to_operators_and_does_not_trouble_the_reader(
    store, clock, issue
):
    raw = bounced.report(store, issue, ADA, "450 4.4.1 timeout", action="delayed")
    bounced.take(store, clock, raw)
    report = why(store)

    assert "came back" not in report.sentence
    assert any("full 4.4.1, delayed" in line for line in report.lines())


def test_who_was_let_go_is_told_so_and_not_that_they_left(store, clock, issue):
    bounced.come_back(store, clock, issue, ADA, said="550 5.1.2 gone")
    bounced.decide(store, clock)
    clock.advance(days=91)
    bounce_reminders.remind(store, outbox.press(), TOKENS, (DAILY,), clock=clock)
    assert "came back as undeliverable" in why(store).sentence

    reactivate(store, TOKENS, ADA, clock=clock)
    assert (
        "came back for long; if it works again, please sign up" in why(store).sentence
    )


def test_the_status_says_what_is_held_and_what_came_back_in_a_week(store, clock):
    names = [f"reader-{n}@gmail.example" for n in range(6)]
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, *names)
    bounced.decide(store, clock)
    report = status.status(store, SETTINGS, clock=clock)

    assert any(
        "came back at once: 6. See: dispatch bounce" in s for s in report.lines()
    )
    assert report.to_json()["bounces"]["held"] == 6
    assert report.to_json()["bounces"]["last_week"]["dead"] == 6
    clock.advance(days=8)
    later = status.status(store, SETTINGS, clock=clock).to_json()["bounces"]
    assert (later["held"], later["last_week"]["dead"]) == (6, 0)


def test_an_issue_says_what_came_back_of_it():
    counted = {BounceClass.FULL: 1200, BounceClass.DEAD: 3}

    assert came_back.of_issue(counted) == (
        "Came back later: 3 no such mailbox, 1,200 full or out of reach."
    )
    assert came_back.of_issue({}) == ""


def test_every_class_and_fate_has_its_words():
    assert set(came_back.CLASSES) == set(BounceClass)
    assert set(came_back.FATES) == set(BounceFate)
