from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.actions.issues import depart, resuming, steering
from dispatch.actions.operations import alerts
from dispatch.errors import UsageError
from dispatch.model import Choice, DeliveryState, Departure, IssueState, Settings
from dispatch.store import audience, bodies, departures, issues, mailings
from support import issues as making, ledger, smtp
from support.composing import DAILY, press

UNDO = replace(DAILY, undo=timedelta(minutes=5))
CANARY = replace(DAILY, canary=2, canary_wait=timedelta(minutes=15))


@pytest.fixture
def server():
    with smtp.serving() as running:
        yield running


def issue_of(store, issue):
    with store.read() as tx:
        return issues.by_id(tx, issue.id)


def accepted(store):
    rows = ledger.rows(store, "recipient, state")
    return [row.recipient for row in rows if row.state == "accepted"]


def resume(store, clock, issue):
    return resuming.resume(store, press(), [DAILY], issue_of(store, issue), clock=clock)


def time_passes(store, clock, minutes):
    """Let time pass on either database: what is written down is that much older."""
    clock.advance(minutes=minutes)
    if store.dialect == "postgresql":
        micros = minutes * 60_000_000
        store.write(
            lambda tx: tx.execute(
                text(f"UPDATE delivery SET settled_at = settled_at - {micros}")
            )
        )
        store.write(
            lambda tx: tx.execute(
                text(f"UPDATE issue SET leaves_at = leaves_at - {micros}")
            )
        )


def test_an_issue_with_an_undo_window_leaves_when_it_is_over(store, clock, server):
    issue = making.ready(store, 3)

    report = making.plan(store, clock, UNDO)
    making.send(store, clock, server)

    assert ledger.state_of(store, issue.id) is IssueState.PLANNED
    assert f"dispatch issue cancel {issue.id}" in report.lines()[-1]
    assert report.to_json()["waiting"].keys() == {issue.id}
    assert server.received == []

    time_passes(store, clock, 6)
    making.plan(store, clock, UNDO)
    making.send(store, clock, server)

    assert len(accepted(store)) == 3


def test_an_issue_that_is_called_back_in_time_reaches_nobody(store, clock, server):
    issue = making.ready(store, 3)
    making.plan(store, clock, UNDO)

    _, spared = steering.cancel_issue(store, issue_of(store, issue), clock=clock)
    time_passes(store, clock, 6)
    making.plan(store, clock, UNDO)
    making.send(store, clock, server)

    assert spared == 3
    assert server.received == []
    assert ledger.books(store, issue.id).skipped == 3


def test_an_issue_that_is_kept_in_its_undo_window_stays_when_that_is_over(
    store, clock, server
):
    issue = making.ready(store, 3)
    making.plan(store, clock, UNDO)
    steering.pause_issue(store, issue_of(store, issue), clock=clock)

    time_passes(store, clock, 6)
    making.plan(store, clock, UNDO)
    making.send(store, clock, server)
    assert server.received == []

    assert resume(store, clock, issue).state is IssueState.SENDING


def test_who_is_sure_sends_it_before_the_window_is_over(store, clock):
    issue = making.ready(store, 3)
    making.plan(store, clock, UNDO)

    assert resume(store, clock, issue).state is IssueState.SENDING


def test_the_first_readers_get_it_and_the_rest_follows_when_all_is_quiet(
    store, clock, server
):
    issue = making.ready(store, 5)
    making.plan(store, clock, CANARY)
    making.send(store, clock, server)

    assert accepted(store) == ["reader-0@example.net", "reader-1@example.net"]
    assert issue_of(store, issue).canary == 2
    books = ledger.books(store, issue.id)
    assert (books.planned, books.pending, books.gap) == (5, 3, 0)

    report = making.plan(store, clock, CANARY)
    making.send(store, clock, server)
    assert "the rest follows at" in report.lines()[-1]
    assert len(server.received) == 2

    time_passes(store, clock, 16)
    report = making.plan(store, clock, CANARY)
    making.send(store, clock, server)

    assert report.lines() == [f"Issue {issue.id}: the rest of its readers follow now."]
    assert len(accepted(store)) == 5
    assert ledger.state_of(store, issue.id) is IssueState.DONE
    assert issue_of(store, issue).canary == 0


def test_the_canary_is_counted_over_the_chunks_of_a_plan(store, clock):
    issue = making.ready(store, 7)

    def unit(tx):
        mailing = mailings.open_issue_mailing(
            tx, issue, sender=ledger.SENDER, on_unknown="hold"
        )
        bodies_ = dict.fromkeys([Choice()], bodies.put(tx, ledger.frozen()))
        while not audience.plan_chunk(
            tx, issue, mailing, bodies_, most=2, departure=Departure(canary=3)
        ).finished:
            pass

    store.write(unit)

    rows = ledger.rows(store, "priority")
    assert [row.priority for row in rows] == [10, 10, 10, 99, 99, 99, 99]
    with store.read() as tx:
        assert issues.by_id(tx, issue.id).canary == 3


def test_refusals_pause_it_and_an_alert_quotes_the_server(store, clock):
    issue = making.ready(store, 5)
    making.plan(store, clock, CANARY)
    with smtp.serving(say={"RCPT": "550 5.1.1 No such mailbox"}) as server:
        making.send(store, clock, server)

    report = making.plan(store, clock, CANARY)

    found = issue_of(store, issue)
    assert not report.ok
    assert report.lines() == [f"Issue {issue.id} is paused: 2 of 2 were refused."]
    assert found.state is IssueState.PAUSED
    assert "5.1.1 No such mailbox" in found.held_reason
    with store.read() as tx:
        told = alerts.find(tx, Settings(), relays=(), now=clock.now())
    assert found.held_reason in told[0].message

    assert resume(store, clock, issue).canary == 0
    with smtp.serving() as server:
        making.send(store, clock, server)
        assert len(server.received) == 3


def test_an_operator_need_not_wait_for_the_canary(store, clock, server):
    issue = making.ready(store, 5)
    making.plan(store, clock, CANARY)

    resume(store, clock, issue)
    making.send(store, clock, server)

    assert len(accepted(store)) == 5


@pytest.mark.parametrize("pause", [False, True])
def test_who_ends_the_undo_window_still_has_the_canary_go_first(
    store, clock, server, pause
):
    issue = making.ready(store, 5)
    making.plan(store, clock, replace(CANARY, undo=UNDO.undo))
    if pause:
        steering.pause_issue(store, issue_of(store, issue), clock=clock)

    assert resume(store, clock, issue).state is IssueState.SENDING
    making.plan(store, clock, CANARY)
    making.send(store, clock, server)
    assert len(server.received) == 2

    resume(store, clock, issue)
    making.send(store, clock, server)
    assert len(server.received) == 5


def test_fewer_readers_than_the_canary_are_no_canary(store, clock, server):
    issue = making.ready(store, 2)
    making.plan(store, clock, CANARY)
    making.send(store, clock, server)

    assert ledger.state_of(store, issue.id) is IssueState.DONE


def test_releasing_that_was_killed_goes_on(store, clock, server, monkeypatch):
    monkeypatch.setattr(departures, "MOST", 2)
    issue = making.ready(store, 9)
    making.plan(store, clock, CANARY)
    store.write(lambda tx: departures.let_go(tx, issue.id))
    assert store.write(lambda tx: departures.release(tx, issue.id)) == 2

    making.plan(store, clock, CANARY)
    making.send(store, clock, server)

    assert len(accepted(store)) == 9


def test_what_is_cancelled_while_the_canary_is_out_reaches_nobody_else(
    store, clock, server
):
    issue = making.ready(store, 5)
    making.plan(store, clock, CANARY)
    making.send(store, clock, server)

    steering.cancel_issue(store, issue_of(store, issue), clock=clock)
    time_passes(store, clock, 16)
    making.plan(store, clock, CANARY)
    making.send(store, clock, server)

    books = ledger.books(store, issue.id)
    assert (books.accepted, books.skipped, books.gap) == (2, 3, 0)


def test_an_issue_that_waits_for_nothing_cannot_be_resumed(store, clock):
    issue = making.ready(store, 5)
    making.plan(store, clock, DAILY)

    with pytest.raises(UsageError, match="not paused: nothing to resume"):
        resume(store, clock, issue)


def test_a_canary_of_a_newsletter_that_is_gone_is_still_watched(store, clock, server):
    issue = making.ready(store, 5)
    making.plan(store, clock, CANARY)
    making.send(store, clock, server)
    time_passes(store, clock, 16)

    depart.watch_canaries(store, [], clock=clock)

    assert issue_of(store, issue).canary == 0


def test_what_the_server_said_is_quoted_in_one_line(store, clock):
    issue = making.ready(store, 1)
    making.plan(store, clock, DAILY)
    with smtp.serving(say={"RCPT": "550-No\r\n550 never"}) as server:
        making.send(store, clock, server)
    with store.read() as tx:
        assert departures.said(tx, issue.id, DeliveryState.REJECTED) == "No"
        assert departures.said(tx, issue.id, DeliveryState.ACCEPTED) == ""
