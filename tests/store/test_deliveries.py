import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.model import (
    DeliveryState,
    Intent,
    IssueState,
    MailingKind,
    Outcome,
    Phase,
    Reply,
)
from dispatch.store import (
    claims,
    deliveries,
    issues,
    open_store,
    tallies,
    unknown,
    workers,
)
from dispatch.store.database import scratch_engine
from support import ledger

YES = Reply(250, "2.0.0 Ok: queued as 42", "2.0.0", Phase.DOT)
ACCEPTED = Outcome(DeliveryState.ACCEPTED)
SILENT = Reply(0, "", phase=Phase.DOT)
UNKNOWN = Outcome(DeliveryState.UNKNOWN, reason="no answer")


def claim(store, most=10, *, worker="me", **more):
    return store.write(lambda tx: claims.claim(tx, worker=worker, most=most, **more))


def intend(store, claimed):
    return store.write(lambda tx: deliveries.intend(tx, claimed))


def settle(store, claimed, reply=YES, outcome=ACCEPTED):
    return store.write(
        lambda tx: deliveries.settle(
            tx, claimed, reply, outcome, worker="me", relay="test"
        )
    )


def recover(store, *dead):
    return store.write(lambda tx: unknown.recover(tx, dead=dead))


def resend_once(store):
    return store.write(unknown.resend_once)


def test_a_claim_takes_no_more_than_it_may_however_it_is_planned(store):
    """PostgreSQL may plan to look again for each row, and each look finds others."""
    ledger.sending_issue(store, 20)

    def unit(tx):
        if tx.dialect == "postgresql":
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
                tx.execute(text(f"SET LOCAL enable_{way} = off"))
        return claims.claim(tx, worker="me", most=3)

    assert store.write(unit).taken == 3


def test_a_claim_has_all_that_sending_needs(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims

    assert claimed.recipient == "reader-0@example.net"
    assert claimed.kind is MailingKind.ISSUE
    assert (claimed.issue, claimed.newsletter) == (issue, "daily")
    assert (claimed.fence, claimed.tries) == (1, 0)
    assert claimed.sender == ledger.SENDER
    alive = claimed.expires_at - claimed.mailing_created_at
    assert abs(alive - timedelta(hours=20)) < timedelta(minutes=1)


def test_nobody_else_is_given_a_claimed_delivery(store):
    ledger.sending_issue(store, 3)

    first, second, third = claim(store, 2), claim(store, 2), claim(store, 2)

    assert [batch.taken for batch in (first, second, third)] == [2, 1, 0]
    ids = {c.id for c in first.claims} | {c.id for c in second.claims}
    assert len(ids) == 3


def test_a_claim_takes_no_more_than_asked_whatever_postgresql_expects(
    postgres_url, clock
):
    """After an issue its statistics say that nothing is due: then it plans for one."""
    server = scratch_engine(postgres_url).execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with open_store(postgres_url, clock=clock) as store:
        ledger.sending_issue(store, 3)
        assert claim(store, 3).taken == 3
        with server.begin() as connection:
            connection.execute(text("DELETE FROM delivery"))
            connection.execute(text("ANALYZE"))
        ledger.sending_issue(store, 12)  # three of them had theirs

        assert [claim(store, most).taken for most in (2, 5, 9)] == [2, 5, 2]


def test_many_threads_never_claim_the_same(store):
    ledger.sending_issue(store, 40)
    taken = []

    def work():
        while batch := claim(store, 3).claims:
            taken.extend(c.id for c in batch)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == 40


@pytest.mark.postgres
def test_two_daemons_on_postgresql_never_claim_the_same(postgres_url, clock):
    with (
        open_store(postgres_url, clock=clock) as one,
        open_store(postgres_url, clock=clock) as two,
    ):
        ledger.sending_issue(one, 60)
        taken = []

        def work(store):
            while batch := claim(store, 4).claims:
                taken.extend(c.id for c in batch)

        threads = [threading.Thread(target=work, args=(s,)) for s in (one, two, one)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(taken) == len(set(taken)) == 60


def test_single_mails_go_before_issues_and_older_before_younger(store):
    ledger.sending_issue(store, 2)
    store.write(lambda tx: ledger.single_mail(tx, "confirm:1"))

    kinds = [c.kind for c in claim(store).claims]

    assert kinds == [MailingKind.CONFIRM, MailingKind.ISSUE, MailingKind.ISSUE]


def test_a_delivery_is_not_due_before_its_time(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 1)
    (claimed,) = claim(sqlite_store).claims
    later = Outcome(DeliveryState.DEFERRED, clock.now() + timedelta(minutes=5))
    settle(sqlite_store, claimed, Reply(450, "4.2.0 later"), later)

    assert claim(sqlite_store).taken == 0
    clock.advance(minutes=5)
    (again,) = claim(sqlite_store).claims
    assert (again.id, again.tries, again.fence) == (claimed.id, 1, 2)


@pytest.mark.parametrize("state", [IssueState.PAUSED])
def test_a_paused_issue_is_left_alone(store, state):
    issue = ledger.sending_issue(store, 2)
    store.write(
        lambda tx: issues.change_state(
            tx, issue, IssueState.SENDING, state, now=tx.now()
        )
    )

    assert claim(store).taken == 0
    assert ledger.books(store, issue).pending == 2


def test_rows_of_a_cancelled_issue_are_skipped_with_the_reason(store):
    issue = ledger.sending_issue(store, 2)
    store.write(
        lambda tx: issues.change_state(
            tx, issue, IssueState.SENDING, IssueState.CANCELLED, now=tx.now()
        )
    )

    batch = claim(store)

    assert (batch.claims, batch.skipped) == ((), 2)
    assert {r.reason for r in ledger.rows(store)} == {"cancelled"}
    assert ledger.books(store, issue).gap == 0


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("unsubscribed", "unsubscribed"),
        ("paused", "paused"),
        ("suspended", "suspended"),
        ("pending", "unsubscribed"),
    ],
)
def test_who_left_before_the_claim_is_skipped(store, state, reason):
    ledger.sending_issue(store, 2)
    store.write(lambda tx: ledger.set_state(tx, "reader-0@example.net", state))

    batch = claim(store)

    assert [c.recipient for c in batch.claims] == ["reader-1@example.net"]
    assert batch.skipped == 1
    reasons = {row.recipient: row.reason for row in ledger.rows(store)}
    assert reasons["reader-0@example.net"] == reason


@pytest.mark.parametrize("reason", ["bounced", "complaint", "manual"])
def test_a_suppressed_address_gets_no_mail_of_any_kind(store, reason):
    store.write(lambda tx: ledger.single_mail(tx, "confirm:1"))
    store.write(lambda tx: ledger.suppress(tx, "ada@example.org", reason))

    assert claim(store).skipped == 1
    assert ledger.rows(store)[0].reason == "suppressed"


@pytest.mark.parametrize("reason", ["unsubscribed", "erased"])
def test_an_own_wish_stops_issues_but_not_the_answer_to_a_new_sign_up(store, reason):
    ledger.sending_issue(store, 1)
    store.write(
        lambda tx: ledger.single_mail(tx, "confirm:1", to="reader-0@example.net")
    )
    store.write(lambda tx: ledger.suppress(tx, "reader-0@example.net", reason))

    batch = claim(store)

    assert [c.kind for c in batch.claims] == [MailingKind.CONFIRM]
    assert intend(store, batch.claims[0]) is Intent.GO
    assert batch.skipped == 1


def test_a_goodbye_goes_to_somebody_who_left(store):
    ledger.sending_issue(store, 1)
    store.write(lambda tx: ledger.set_state(tx, "reader-0@example.net", "unsubscribed"))
    store.write(
        lambda tx: ledger.single_mail(
            tx, "goodbye:1", kind=MailingKind.GOODBYE, to="reader-0@example.net"
        )
    )

    (claimed,) = claim(store).claims
    assert claimed.kind is MailingKind.GOODBYE


def test_what_expired_is_not_sent(sqlite_store, clock):
    issue = ledger.sending_issue(sqlite_store, 2, expires=timedelta(hours=1))
    clock.advance(hours=1)

    assert claim(sqlite_store).expired == 2
    assert ledger.books(sqlite_store, issue).expired == 2


def test_an_intent_is_durable_before_the_dot(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims

    assert intend(store, claimed) is Intent.GO
    assert ledger.books(store, issue).dot == 1
    (row,) = ledger.rows(store)
    assert row.lease_until - row.dot_at == 11 * 60 * 1_000_000


def test_a_second_intent_for_the_same_claim_is_refused(store):
    ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)

    assert intend(store, claimed) is Intent.FENCED


@pytest.mark.parametrize("how", ["left", "suppressed"])
def test_who_leaves_between_claim_and_dot_gets_nothing(store, how):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    if how == "left":
        store.write(
            lambda tx: ledger.set_state(tx, "reader-0@example.net", "unsubscribed")
        )
    else:
        store.write(lambda tx: ledger.suppress(tx, "reader-0@example.net", "complaint"))

    assert intend(store, claimed) is Intent.SKIPPED
    assert ledger.books(store, issue).skipped == 1


def test_an_issue_paused_between_claim_and_dot_is_given_back(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    store.write(
        lambda tx: issues.change_state(
            tx, issue, IssueState.SENDING, IssueState.PAUSED, now=tx.now()
        )
    )

    assert intend(store, claimed) is Intent.HELD
    assert ledger.books(store, issue).pending == 1


def test_an_issue_cancelled_between_claim_and_dot_is_skipped(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    store.write(
        lambda tx: issues.change_state(
            tx, issue, IssueState.SENDING, IssueState.CANCELLED, now=tx.now()
        )
    )

    assert intend(store, claimed) is Intent.SKIPPED


def test_a_claim_whose_lease_ended_may_not_send(store):
    ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    ledger.end_leases(store)

    assert intend(store, claimed) is Intent.FENCED


def test_an_old_claim_can_change_nothing_after_a_new_one(store):
    issue = ledger.sending_issue(store, 1)
    (old,) = claim(store).claims
    ledger.end_leases(store)
    recover(store)
    (new,) = claim(store, worker="other").claims

    assert intend(store, old) is Intent.FENCED
    assert not settle(store, old)
    assert not store.write(lambda tx: deliveries.release(tx, old))
    assert intend(store, new) is Intent.GO
    assert not settle(store, old)
    assert not store.write(lambda tx: deliveries.write_back(tx, old))
    assert settle(store, new)
    assert ledger.books(store, issue).accepted == 1


def test_a_settled_delivery_keeps_what_the_server_said(store):
    ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)
    settle(store, claimed)

    (row,) = ledger.rows(store)
    assert (row.state, row.code, row.enhanced, row.phase) == (
        "accepted",
        250,
        "2.0.0",
        "dot",
    )
    assert "queued as 42" in row.reply
    assert (row.tries, row.worker, row.lease_until) == (1, "", None)


def test_a_settled_delivery_is_never_settled_again(store):
    ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)
    settle(store, claimed)

    assert not settle(store, claimed, Reply(550), Outcome(DeliveryState.REJECTED))
    assert ledger.states(store) == ["accepted"]


def test_a_closed_session_does_not_count_as_a_try(store):
    ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    with store.read() as tx:
        now = tx.now()
    settle(store, claimed, Reply(421), Outcome(DeliveryState.PENDING, now))

    assert claim(store).claims[0].tries == 0


def test_a_clean_stop_gives_claims_back(store):
    issue = ledger.sending_issue(store, 2)
    first, second = claim(store).claims
    store.write(lambda tx: deliveries.release(tx, first))

    assert ledger.books(store, issue).pending == 1
    assert claim(store).claims[0].id == first.id
    assert ledger.states(store)[1] == "claimed"
    assert second.id != first.id


def test_an_intent_is_taken_back_when_no_dot_left(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)

    assert store.write(lambda tx: deliveries.write_back(tx, claimed))
    assert ledger.books(store, issue).pending == 1


def test_that_no_dot_left_is_true_even_after_the_worker_was_given_up(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)
    recover(store, "me")
    assert ledger.states(store) == ["unknown"]

    assert store.write(lambda tx: deliveries.write_back(tx, claimed))
    assert ledger.books(store, issue).pending == 1
    assert not store.write(lambda tx: deliveries.write_back(tx, claimed))


def test_a_lost_claim_is_free_and_a_lost_dot_is_unknown(store):
    issue = ledger.sending_issue(store, 2)
    first, _ = claim(store).claims
    intend(store, first)

    assert recover(store) == unknown.Lost(0, 0)
    assert recover(store, "me") == unknown.Lost(1, 1)
    books = ledger.books(store, issue)
    assert (books.pending, books.unknown, books.gap) == (1, 1, 0)


def test_leases_end_for_workers_that_only_seem_alive(store):
    ledger.sending_issue(store, 2)
    first, _ = claim(store).claims
    intend(store, first)
    ledger.end_leases(store)

    assert recover(store) == unknown.Lost(1, 1)


def test_a_late_answer_wins_over_unknown(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)
    recover(store, "me")

    assert settle(store, claimed)
    assert ledger.books(store, issue).accepted == 1


def test_an_unknown_is_resent_once_and_never_before_its_lease_ends(store):
    issue = ledger.sending_issue(store, 1)
    (claimed,) = claim(store).claims
    intend(store, claimed)
    recover(store, "me")

    assert resend_once(store) == 0
    ledger.end_leases(store)
    assert resend_once(store) == 1
    (again,) = claim(store).claims
    assert (again.id, again.body) == (claimed.id, claimed.body)
    assert again.mailing_created_at == claimed.mailing_created_at

    intend(store, again)
    settle(store, again, SILENT, UNKNOWN)
    ledger.end_leases(store)
    assert resend_once(store) == 0
    assert ledger.books(store, issue).unknown == 1


def test_a_newsletter_that_holds_its_unknowns_resends_nothing(store):
    ledger.sending_issue(store, 1, on_unknown="hold")
    (claimed,) = claim(store).claims
    intend(store, claimed)
    settle(store, claimed, SILENT, UNKNOWN)
    ledger.end_leases(store)

    assert resend_once(store) == 0


def test_an_expired_unknown_is_not_resent(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 1, expires=timedelta(hours=1))
    (claimed,) = claim(sqlite_store).claims
    intend(sqlite_store, claimed)
    recover(sqlite_store, "me")
    clock.advance(hours=2)

    assert resend_once(sqlite_store) == 0


def test_many_unknowns_wait_for_an_operator(store):
    issue = ledger.sending_issue(store, 25)
    for claimed in claim(store, 25).claims[:21]:
        intend(store, claimed)
    recover(store, "me")
    ledger.end_leases(store)

    assert resend_once(store) == 0
    assert ledger.books(store, issue).unknown == 21


def test_those_that_were_sent_once_more_still_count_as_doubts(store):
    issue = ledger.sending_issue(store, 25)
    for crashed, resent in ((15, 15), (6, 0)):
        for claimed in claim(store, crashed).claims:
            intend(store, claimed)
        recover(store, "me")
        ledger.end_leases(store)
        assert resend_once(store) == resent
        settle_all(store)

    assert ledger.books(store, issue).unknown == 6
    with store.read() as tx:
        assert not any(doubt.sent_again for doubt in unknown.listed(tx))


def settle_all(store):
    """Have everybody answered who was sent to once more."""
    store.write(
        lambda tx: tx.execute(
            text("UPDATE delivery SET state = 'accepted' WHERE resends > 0")
        )
    )


@pytest.mark.parametrize(
    ("planned", "most"), [(1, 20), (4000, 20), (6000, 30), (10_000, 50), (10**6, 50)]
)
def test_how_many_unknowns_are_tolerable(planned, most):
    assert unknown.tolerable(planned) == most


def test_an_operator_lists_resends_and_closes(store):
    issue = ledger.sending_issue(store, 3, on_unknown="hold")
    for claimed in claim(store).claims:
        intend(store, claimed)
    recover(store, "me")
    with store.read() as tx:
        doubts = unknown.listed(tx, issue=issue)
        assert unknown.listed(tx) == doubts
        assert unknown.listed(tx, issue="daily-1999-01-01") == ()
    ids = [doubt.delivery for doubt in doubts]

    assert {d.recipient for d in doubts} == {
        f"reader-{n}@example.net" for n in range(3)
    }
    assert store.write(lambda tx: unknown.resend(tx, ids[:1])) == 0
    ledger.end_leases(store)
    assert store.write(lambda tx: unknown.resend(tx, ids[:1])) == 1
    assert store.write(lambda tx: unknown.close(tx, ids)) == 2
    books = ledger.books(store, issue)
    assert (books.pending, books.closed, books.unknown, books.gap) == (1, 2, 0, 0)


def test_what_waits_and_what_is_due_can_be_asked(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 3)
    (claimed,) = claim(sqlite_store, 1).claims
    later = clock.now() + timedelta(minutes=5)
    deferred = Outcome(DeliveryState.DEFERRED, later)
    settle(sqlite_store, claimed, Reply(450), deferred)
    with sqlite_store.read() as tx:
        assert claims.due(tx) == 2
        assert claims.due(tx, most=1) == 1
        assert deliveries.waiting(tx) == (3, clock.now())
        assert deliveries.anything_open(tx)


def test_an_empty_store_has_nothing_to_do(store):
    with store.read() as tx:
        assert not deliveries.anything_open(tx)
        assert deliveries.waiting(tx) == (0, None)
        assert not unknown.anything(tx)
        assert unknown.count(tx) == 0
        assert tallies.balanced(tx) == {}
    assert claim(store).taken == 0
    assert recover(store) == unknown.Lost()


def test_workers_come_beat_and_go(store):
    def unit(tx):
        workers.register(tx, "one", host="here", pid=1)
        workers.register(tx, "two", host="there", pid=2)
        workers.register(tx, "two", host="there", pid=2)
        workers.heartbeat(tx, "two")
        workers.stop(tx, "one")
        workers.stop(tx, "one")
        return workers.running(tx)

    (left,) = store.write(unit)
    assert (left.id, left.host, left.pid) == ("two", "there", 2)
