import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.model import (
    Cadence,
    Choice,
    DeliveryState,
    IssueState,
    MailFormat,
    MailingKind,
    Outcome,
    Phase,
    Reply,
)
from dispatch.store import (
    audience,
    bodies,
    claims,
    deliveries,
    issues,
    mailings,
    newsletters,
    relays,
    tallies,
    unknown,
)
from support import ledger
from support.audience import subscribed


def plan(store, issue, mailing, chosen, most=500):
    return store.write(
        lambda tx: audience.plan_chunk(tx, issue, mailing, chosen, most=most)
    )


def opened(store, issue):
    return store.write(
        lambda tx: mailings.open_issue_mailing(
            tx, issue, sender=ledger.SENDER, on_unknown="resend_once"
        )
    )


def marks(store):
    with store.read() as tx:
        rows = tx.execute(text("SELECT covered_to FROM subscription ORDER BY id"))
        return [row.covered_to for row in rows]


def put_body(store):
    return store.write(lambda tx: bodies.put(tx, ledger.frozen()))


def test_one_mail_to_one_person_is_queued_once(store):
    first = store.write(lambda tx: ledger.single_mail(tx, "confirm:1"))
    again = store.write(lambda tx: ledger.single_mail(tx, "confirm:1"))

    assert first is not None
    assert again is None
    with store.read() as tx:
        books = tallies.of_mailing(tx, first)
        mailing = mailings.by_id(tx, first)
        assert mailings.by_id(tx, first + 1) is None
    assert (books.planned, books.pending, books.gap) == (1, 1, 0)
    assert mailing.kind is MailingKind.CONFIRM
    assert mailing.expires_at - mailing.created_at == timedelta(days=4)


def test_opening_an_issues_mailing_twice_gives_the_same(store):
    issue = store.write(ledger.ready_issue)

    assert opened(store, issue) == opened(store, issue)


def test_the_audience_is_frozen_with_its_books_and_marks(store):
    issue_id = ledger.sending_issue(store, 5)

    books = ledger.books(store, issue_id)
    assert (books.planned, books.pending, books.gap) == (5, 5, 0)
    assert marks(store) == [3] * 5
    with store.read() as tx:
        assert newsletters.state(tx, "daily").mark == 3
        issue = issues.by_id(tx, issue_id)
    assert (issue.state, issue.planned) == (IssueState.SENDING, 5)


def test_planning_in_chunks_plans_everybody_once(store):
    issue = store.write(ledger.ready_issue)
    store.write(
        lambda tx: [subscribed(tx, f"r{n}@example.net") for n in range(7)] and None
    )
    mailing = opened(store, issue)
    chosen = {Choice(): put_body(store)}

    chunks = [plan(store, issue, mailing, chosen, most=3) for _ in range(3)]

    assert [c.planned for c in chunks] == [3, 3, 1]
    assert [c.finished for c in chunks] == [False, False, True]
    assert plan(store, issue, mailing, chosen).finished
    with store.read() as tx:
        assert tallies.of_mailing(tx, mailing).planned == 7


def test_a_crash_in_mid_plan_is_taken_up_where_it_stopped(store):
    issue = store.write(ledger.ready_issue)
    store.write(
        lambda tx: [subscribed(tx, f"r{n}@example.net") for n in range(5)] and None
    )
    mailing = opened(store, issue)
    chosen = {Choice(): put_body(store)}
    plan(store, issue, mailing, chosen, most=2)

    def dies(tx):
        audience.plan_chunk(tx, issue, mailing, chosen, most=2)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        store.write(dies)
    with store.read() as tx:
        books = tallies.of_mailing(tx, mailing)
    assert (books.planned, books.gap) == (2, 0)
    assert marks(store) == [3, 3, 0, 0, 0]

    while not plan(store, issue, mailing, chosen, most=2).finished:
        pass
    assert sorted(r.recipient for r in ledger.rows(store)) == [
        f"r{n}@example.net" for n in range(5)
    ]


def test_a_choice_without_a_body_is_asked_for_and_nothing_is_written(store):
    issue = store.write(ledger.ready_issue)
    store.write(lambda tx: subscribed(tx, "a@example.net"))
    store.write(lambda tx: subscribed(tx, "b@example.net"))
    store.write(
        lambda tx: tx.execute(
            text("UPDATE subscription SET topics = :t, format = 'text' WHERE id = 2"),
            {"t": json.dumps(["sport", "arts"])},
        )
    )
    mailing = opened(store, issue)

    chunk = plan(store, issue, mailing, {})

    picky = Choice(("arts", "sport"), MailFormat.TEXT)
    assert chunk == audience.Chunk(missing=frozenset({Choice(), picky}))
    assert marks(store) == [0, 0]
    done = plan(store, issue, mailing, {Choice(): put_body(store), picky: ""})
    assert (done.planned, done.finished) == (1, True)
    assert marks(store) == [3, 3]


def test_nobody_gets_what_they_have_had_and_nobody_gets_older_issues(store):
    issue = store.write(ledger.ready_issue)
    store.write(lambda tx: subscribed(tx, "new@example.net", covered_to=2))
    store.write(lambda tx: subscribed(tx, "old@example.net"))
    mailing = opened(store, issue)

    missing = plan(store, issue, mailing, {}).missing

    assert {choice.from_position for choice in missing} == {0, 2}


@pytest.mark.parametrize("state", ["pending", "paused", "unsubscribed", "suspended"])
def test_only_active_readers_are_planned(store, state):
    store.write(lambda tx: subscribed(tx, "off@example.net", state=state))

    issue = ledger.sending_issue(store, 1)

    assert ledger.books(store, issue).planned == 1
    passed_by = state in {"paused", "suspended"}  # a pause is no backlog
    assert marks(store) == [3 if passed_by else 0, 3]


def test_suppressed_addresses_are_not_planned(store):
    store.write(lambda tx: subscribed(tx, "gone@example.net"))
    store.write(lambda tx: ledger.suppress(tx, "gone@example.net", "unsubscribed"))

    issue = ledger.sending_issue(store, 1)

    assert [r.recipient for r in ledger.rows(store)] == ["reader-0@example.net"]
    assert ledger.books(store, issue).planned == 1


def test_planning_stops_when_the_issue_was_taken_back(store):
    issue = store.write(ledger.ready_issue)
    store.write(lambda tx: subscribed(tx, "a@example.net"))
    mailing = opened(store, issue)
    store.write(
        lambda tx: issues.change_state(
            tx, issue.id, IssueState.READY, IssueState.DRAFT, now=tx.now()
        )
    )

    assert plan(store, issue, mailing, {}) == audience.Chunk(finished=True)
    assert ledger.rows(store) == []


def test_an_issue_is_done_only_when_the_books_balance_with_nothing_open(store):
    issue = ledger.sending_issue(store, 2)
    first, second = store.write(lambda tx: claims.claim(tx, worker="me", most=2)).claims

    def settle(claimed, state, code):
        store.write(
            lambda tx: deliveries.settle(
                tx,
                claimed,
                Reply(code, phase=Phase.DOT),
                Outcome(state),
                worker="me",
                relay="test",
            )
        )

    settle(first, DeliveryState.ACCEPTED, 250)
    assert store.write(tallies.finish) == ()
    settle(second, DeliveryState.UNKNOWN, 0)
    assert store.write(tallies.finish) == ()
    store.write(lambda tx: unknown.close(tx, [second.id]))
    assert store.write(tallies.finish) == (issue,)
    assert ledger.state_of(store, issue) is IssueState.DONE


def test_an_issue_whose_books_have_a_gap_is_never_done(store):
    issue = ledger.sending_issue(store, 1)
    store.write(lambda tx: tx.execute(text("DELETE FROM delivery")))

    assert ledger.books(store, issue).gap == 1
    assert store.write(tallies.finish) == ()


def test_an_issue_that_nobody_got_in_time_ends_expired(sqlite_store, clock):
    issue = ledger.sending_issue(sqlite_store, 2, expires=timedelta(hours=1))
    clock.advance(hours=1)
    with sqlite_store.read() as tx:
        assert unknown.anything_expired(tx)

    assert sqlite_store.write(unknown.expire) == 2
    sqlite_store.write(tallies.finish)
    assert ledger.state_of(sqlite_store, issue) is IssueState.EXPIRED


def test_cancelling_skips_what_is_not_under_way(store):
    issue = ledger.sending_issue(store, 3)
    store.write(lambda tx: claims.claim(tx, worker="me", most=1))

    assert store.write(lambda tx: mailings.cancel(tx, issue)) == 2
    books = ledger.books(store, issue)
    assert (books.skipped, books.claimed, books.gap) == (2, 1, 0)


def test_a_relay_that_fails_is_left_alone_longer_each_time(sqlite_store, clock):
    def failed():
        return sqlite_store.write(lambda tx: relays.failed(tx, "r:25", "it is down"))

    pauses = []
    for _ in range(9):
        rest = failed()
        pauses.append((rest.until - clock.now()).total_seconds())
    with sqlite_store.read() as tx:
        assert relays.resting(tx, "r:25").why == "it is down"
        assert relays.resting(tx, "other:25") is None

    assert pauses == [15, 30, 60, 120, 300, 600, 900, 900, 900]
    clock.advance(minutes=16)
    with sqlite_store.read() as tx:
        assert relays.resting(tx, "r:25") is None
    sqlite_store.write(lambda tx: relays.works(tx, "r:25"))
    assert failed().failures == 1


def test_the_size_of_an_audience_is_known_before_it_is_planned(store):
    issue = store.write(ledger.ready_issue)

    def unit(tx):
        subscribed(tx, "each@example.net")
        subscribed(tx, "had@example.net", covered_to=3)
        subscribed(tx, "gone@example.net")
        ledger.suppress(tx, "gone@example.net", "unsubscribed")
        had = {"cadence": Cadence.WEEKLY, "covered_at": issue.slot}
        subscribed(tx, "weekly@example.net", **had)
        subscribed(tx, "new@example.net", cadence=Cadence.WEEKLY)

    store.write(unit)
    begun = dict.fromkeys((Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY), issue.slot)

    with store.read() as tx:
        assert audience.size(tx, issue, begun) == 2
