import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.actions.delivery import deliver as delivering
from dispatch.actions.issues.plan import plan_ready
from dispatch.compose.templates import Templates
from dispatch.deliver import session
from dispatch.errors import StoreError
from dispatch.model import IssueState
from dispatch.store import audience, entries, newsletters, variants as stored
from support import ledger, smtp
from support.audience import subscribed
from support.composing import DAILY, press
from support.newsroom import put_article


@pytest.fixture
def issue(store, clock):
    """A READY issue of two stories, one of them about sport."""
    store.write(lambda tx: newsletters.ensure(tx, "daily", "Daily", now=tx.now()))
    with store.read() as tx:
        seen = tx.now() - timedelta(hours=1)
    ids = [
        put_article(store, "Bridge opens", seen=seen, section="town"),
        put_article(store, "Cup won", seen=seen, section="sports"),
    ]
    store.write(lambda tx: entries.add(tx, "daily", ids, now=seen))
    return store.write(ledger.ready_issue)


def plan(store, clock, configured=(DAILY,), **changes):
    return plan_ready(store, press(**changes), configured, clock=clock)


def sign_up(store, *who, **values):
    store.write(
        lambda tx: [subscribed(tx, f"{w}@example.net", **values) for w in who] and None
    )


def choose(store, who, topics, format="html"):  # noqa: A002 - the column's name
    statement = text(
        "UPDATE subscription SET topics = :topics, format = :format WHERE subscriber ="
        " (SELECT id FROM subscriber WHERE mailbox = :mailbox)"
    )
    values = {
        "topics": json.dumps(topics),
        "format": format,
        "mailbox": f"{who}@example.net",
    }
    store.write(lambda tx: tx.execute(statement, values))


def variants(store, issue):
    with store.read() as tx:
        return stored.of(tx, issue.id)


def test_a_ready_issue_is_planned_for_its_readers_and_released(store, clock, issue):
    sign_up(store, "ada", "ben")

    report = plan(store, clock)

    books = ledger.books(store, issue.id)
    assert report.ok
    assert report.lines() == [f"Issue {issue.id}: planned for 2 recipients."]
    assert report.to_json() == {
        "planned": {issue.id: 2},
        "errors": [],
        "waiting": {},
        "departures": {"issues": {}, "stopped": []},
    }
    assert (books.planned, books.pending, books.gap) == (2, 2, 0)
    assert ledger.state_of(store, issue.id) is IssueState.SENDING


def test_people_with_the_same_choice_share_a_variant(store, clock, issue):
    sign_up(store, "ada", "ben", "cem", "dot")
    choose(store, "cem", ["sports"])
    choose(store, "dot", ["sports"], "text")

    plan(store, clock)

    bodies = [row.body for row in ledger.rows(store)]
    assert len(variants(store, issue)) == 3
    assert bodies[0] == bodies[1]
    assert len(set(bodies)) == 3


def test_who_chose_nothing_of_this_gets_nothing_and_is_not_sent_it_later(
    store, clock, issue
):
    sign_up(store, "ada", "ben")
    choose(store, "ben", ["opera"])

    plan(store, clock)

    assert [row.recipient for row in ledger.rows(store)] == ["ada@example.net"]
    with store.read() as tx:
        marks = tx.execute(text("SELECT covered_to FROM subscription")).scalars().all()
    assert marks == [issue.to_position] * 2


def test_planning_again_plans_nobody_twice(store, clock, issue):
    sign_up(store, "ada")
    plan(store, clock)
    sign_up(store, "late")

    assert plan(store, clock).lines() == []
    assert [row.recipient for row in ledger.rows(store)] == ["ada@example.net"]


def test_an_issue_without_readers_is_done_at_once(store, clock, issue):
    report = plan(store, clock)

    assert report.lines() == [f"Issue {issue.id}: planned for 0 recipients."]
    assert ledger.state_of(store, issue.id) is IssueState.DONE


def test_a_plan_that_was_killed_goes_on_where_it_stopped(
    store, clock, issue, monkeypatch
):
    sign_up(store, *(f"reader{n}" for n in range(9)))
    real, calls = audience.plan_chunk, []

    def dying(tx, *given, **more):
        calls.append(given)
        if len(calls) == 4:
            raise StoreError("killed")
        return real(tx, *given, **more | {"most": 2})

    monkeypatch.setattr(audience, "plan_chunk", dying)
    failed = plan(store, clock)
    assert failed.lines() == [f"Issue {issue.id} cannot be planned: killed"]
    assert ledger.state_of(store, issue.id) is IssueState.READY
    assert 0 < ledger.books(store, issue.id).planned < 9

    assert plan(store, clock).ok
    books = ledger.books(store, issue.id)
    assert (books.planned, books.gap) == (9, 0)
    assert len({row.recipient for row in ledger.rows(store)}) == 9


def test_a_planned_issue_that_was_not_released_is(store, clock, issue):
    sign_up(store, "ada")
    plan(store, clock)
    store.write(lambda tx: tx.execute(text("UPDATE issue SET state = 'planned'")))

    plan(store, clock)

    assert ledger.state_of(store, issue.id) is IssueState.SENDING


def test_an_issue_of_a_newsletter_no_longer_configured_is_left(store, clock, issue):
    sign_up(store, "ada")

    assert plan(store, clock, configured=()).lines() == []
    assert ledger.state_of(store, issue.id) is IssueState.READY


def test_one_broken_template_stops_only_its_own_issue(store, clock, issue, tmp_path):
    sign_up(store, "ada")
    broken = replace(press(), templates=Templates([tmp_path]))

    report = plan_ready(store, broken, (DAILY,), clock=clock)

    assert not report.ok
    assert report.lines()[0].startswith(f"Issue {issue.id} cannot be planned:")
    assert plan(store, clock).ok


def test_a_real_issue_reaches_its_readers_over_smtp(store, clock, issue):
    sign_up(store, "ada", "ben")
    choose(store, "ben", [], "text")
    plan(store, clock)
    with smtp.serving() as server:
        report = delivering.deliver(
            store,
            lambda: session.connect(server.relay(), helo="news.example.org"),
            ledger.TOKENS,
            server.relay(connections=2),
            clock=clock,
            stop=threading.Event(),
        )

    assert report.accepted == 2
    for mail in server.received:
        assert b"Bridge opens" in mail.data
        assert f"To: {mail.recipient}".encode() in mail.data
    assert ledger.state_of(store, issue.id) is IssueState.DONE
