import re
import threading
import time
from datetime import timedelta
from email import message_from_bytes, policy

import dkim as oracle
import pytest
from sqlalchemy import text

from dispatch.actions.delivery import (
    deliver as delivering,
    personal,
    postman,
    recover,
    stock,
    unknown,
)
from dispatch.deliver import dkim, session
from dispatch.errors import UsageError
from dispatch.model import DeliveryState, IssueState, Worker
from dispatch.store import claims, deliveries, issues, workers
from support import ledger, smtp

STATE = DeliveryState


def run(store, server, clock, *, relay=None, connections=1, **more):
    """One delivery round to `server`; the relay's rest after a failure is ignored."""
    relay = relay or server.relay(connections=connections)
    given = {"stop": threading.Event(), "insist": True}
    return delivering.deliver(
        store,
        lambda: session.connect(relay, helo="news.example.org"),
        ledger.TOKENS,
        relay,
        clock=clock,
        **{**given, **more},
    )


def attempts(store):
    with store.read() as tx:
        return tx.execute(text("SELECT * FROM attempt ORDER BY id")).all()


def parsed(mail):
    data = re.sub(rb"^\.\.", b".", mail.data, flags=re.MULTILINE)
    return message_from_bytes(data, policy=policy.default)


def test_everybody_gets_their_own_copy_and_the_issue_is_done(store, clock):
    issue = ledger.sending_issue(store, 7)
    with smtp.serving() as server:
        report = run(store, server, clock, connections=3)

    assert report.ok
    assert report.accepted == 7
    assert report.waiting == 0
    assert sorted(server.recipients) == [f"reader-{n}@example.net" for n in range(7)]
    books = ledger.books(store, issue)
    assert (books.accepted, books.gap, books.open) == (7, 0, 0)
    assert ledger.state_of(store, issue) is IssueState.DONE
    assert report.lines() == ["7 messages accepted."]


def test_a_copy_has_the_recipients_values_and_nobody_elses(store, clock):
    ledger.sending_issue(store, 2)
    with smtp.serving() as server:
        run(store, server, clock)

    first, second = (parsed(mail) for mail in server.received)
    row = ledger.rows(store)[0]
    token = ledger.TOKENS.make("unsubscribe", row.subscription)
    assert first["To"] == "reader-0@example.net"
    assert first["List-Unsubscribe"] == f"<http://127.0.0.1/unsubscribe/{token}>"
    assert first["Message-ID"].endswith("@example.org>")
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert first.get_content() == "Good morning.\r\n.and a dot.\r\n"


def test_the_return_path_names_the_delivery_and_no_address(store, clock):
    ledger.sending_issue(store, 1)
    with smtp.serving() as server:
        run(store, server, clock, relay=server.relay(return_path="verp"))

    (row,) = ledger.rows(store)
    (mail,) = server.received
    assert mail.sender == f"news+{ledger.TOKENS.bounce(row.id)}@example.org"


def test_running_again_sends_nothing(store, clock):
    ledger.sending_issue(store, 3)
    with smtp.serving() as server:
        run(store, server, clock)
        report = run(store, server, clock)

    assert len(server.received) == 3
    assert report.lines() == []


def test_nothing_to_do_connects_to_nobody(store, clock):
    with smtp.serving() as server:
        report = run(store, server, clock)

    assert report.ok
    assert server.connections == 0


def test_nor_for_long(store, clock):
    ledger.sending_issue(store, 3)
    with smtp.serving() as server:
        relay = server.relay(connection_lifetime=timedelta(0))
        report = run(store, server, clock, relay=relay)

    assert report.accepted == 3
    assert server.connections >= 3


def test_a_bounce_can_be_told_by_its_envelope(store, clock):
    ledger.sending_issue(store, 1)
    with smtp.serving(extensions=("DSN",)) as server:
        run(store, server, clock)

    (row,) = ledger.rows(store)
    (mail,) = [c for c in server.commands if c.startswith("MAIL")]
    assert mail.endswith(f"ENVID={ledger.TOKENS.bounce(row.id)}")


def test_a_limit_is_kept(store, clock):
    ledger.sending_issue(store, 5)
    with smtp.serving() as server:
        report = run(store, server, clock, limit=2, connections=2)

    assert report.accepted == 2
    assert report.waiting == 3


def test_a_connection_is_not_used_for_ever(store, clock):
    ledger.sending_issue(store, 5)
    with smtp.serving() as server:
        relay = server.relay(messages_per_connection=2)
        report = run(store, server, clock, relay=relay)

    assert report.accepted == 5
    assert server.connections == 3


@pytest.mark.parametrize(
    ("stage", "said", "state"),
    [
        ("RCPT", "450 4.2.0 Greylisted", "deferred"),
        ("RCPT", "550 5.1.1 Unknown", "rejected"),
        ("RCPT", "552 5.2.2 Full", "deferred"),
        ("DATA", "451 4.3.0 Later", "deferred"),
        ("DOT", "451 4.3.0 Later", "deferred"),
        ("DOT", "554 5.6.0 Bad", "rejected"),
        ("DOT", "550 5.7.1 Blocked", "deferred"),
    ],
)
def test_one_refusal_is_that_ones_alone(store, clock, stage, said, state):
    issue = ledger.sending_issue(store, 3)
    script = [smtp.GOOD[stage], said, smtp.GOOD[stage]]
    with smtp.serving(say={stage: script}) as server:
        report = run(store, server, clock)

    assert report.ok
    assert ledger.states(store) == ["accepted", state, "accepted"]
    assert ledger.books(store, issue).gap == 0
    row = ledger.rows(store)[1]
    assert f"{row.code} {row.reply}" == said
    assert [a.code for a in attempts(store)][1] == row.code


def test_a_deferred_message_comes_later_with_the_same_bytes(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 1)
    say = {"DOT": ["451 4.3.0 Later", "250 Ok"]}
    seen = []

    with smtp.serving(say=say) as server:
        real = server.answer

        def answer(stage):
            if stage == "DOT":
                seen.append(stage)
            return real(stage)

        server.answer = answer
        first = run(sqlite_store, server, clock)
        assert run(sqlite_store, server, clock).accepted == 0
        clock.advance(minutes=6)
        second = run(sqlite_store, server, clock)

    assert (first.counts[STATE.DEFERRED], second.accepted) == (1, 1)
    assert len(seen) == 2
    assert ledger.rows(sqlite_store)[0].tries == 2


def test_a_session_closed_for_having_sent_enough_costs_nobody_anything(store, clock):
    ledger.sending_issue(store, 6)
    closing = "421 4.7.0 Maximum message count per session"
    script = ["250 Ok", "250 Ok", closing] * 2 + ["250 Ok"]
    with smtp.serving(say={"MAIL": script}) as server:
        report = run(store, server, clock)

    assert report.ok
    assert report.accepted == 6
    assert {row.tries for row in ledger.rows(store)} == {1}
    assert server.connections == 3


def test_a_reused_connection_that_was_dropped_is_opened_again_quietly(store, clock):
    ledger.sending_issue(store, 3)
    script = ["250 Ok", smtp.DROP, "250 Ok"]
    with smtp.serving(say={"MAIL": script}) as server:
        report = run(store, server, clock)

    assert report.accepted == 3
    assert len(attempts(store)) == 3


def test_a_relay_that_goes_down_in_the_middle_costs_nobody_a_try(store, clock):
    issue = ledger.sending_issue(store, 4)
    say = {
        "MAIL": ["250 Ok", smtp.DROP],
        "GREETING": ["220 Hello", "421 4.3.2 Going down"],
    }
    with smtp.serving(say=say) as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert "Going down" in report.relay_error
    assert (books.accepted, books.pending, books.gap) == (1, 3, 0)
    assert len(attempts(store)) == 1


def test_a_long_round_keeps_an_eye_on_what_others_left(store, clock, monkeypatch):
    monkeypatch.setattr(delivering, "UPKEEP", 0.0)
    monkeypatch.setattr(delivering, "GLANCE", 0.01)
    issue = ledger.sending_issue(store, 2)
    met = threading.Event()

    def die_beside_us(where):
        """Another worker claims a row while we are at work, and is never seen again."""
        if where == "answered" and not met.is_set():
            met.set()
            store.write(
                lambda tx: (
                    workers.register(
                        tx, "gone", host=recover.this_host(), pid=2**22 - 1
                    ),
                    claims.claim(tx, worker="gone", most=1),
                )
            )
            deadline = time.monotonic() + 10
            while ledger.states(store)[1] == "claimed":
                assert time.monotonic() < deadline
                threading.Event().wait(0.01)

    with smtp.serving() as server:
        monkeypatch.setattr(stock, "BATCH", 1)
        report = run(store, server, clock, crashpoint=die_beside_us)

    assert report.accepted == 2
    assert ledger.books(store, issue).accepted == 2


def test_letters_beyond_ascii_in_a_domain_are_sent_in_ascii():
    assert personal.envelope("ada@bücher.example") == "ada@xn--bcher-kva.example"
    assert personal.envelope("not an addréss") == "not an addréss"


def test_a_relay_that_is_down_leaves_everything_where_it_is(store, clock):
    issue = ledger.sending_issue(store, 3)
    with smtp.serving() as server:
        pass
    report = run(store, server, clock)

    assert not report.ok
    assert "is not listening" in report.relay_error
    assert ledger.books(store, issue).pending == 3
    assert attempts(store) == []
    assert any("left alone until" in line for line in report.lines())


def test_a_relay_that_failed_is_not_asked_again_at_once(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 1)
    with smtp.serving(say={"GREETING": ["554 No", "220 Yes"]}) as server:
        run(sqlite_store, server, clock, insist=False)
        resting = run(sqlite_store, server, clock, insist=False)
        asked = server.connections
        clock.advance(seconds=15)
        after = run(sqlite_store, server, clock, insist=False)

    assert asked == 1
    assert resting.ok
    assert resting.resting_until is not None
    assert after.accepted == 1


def test_a_refused_login_is_tried_once_not_once_per_connection(store, clock):
    ledger.sending_issue(store, 9)
    say = {"AUTH": "535 5.7.8 No"}
    with smtp.serving(say=say, extensions=("AUTH PLAIN",)) as server:
        relay = server.relay(username="ada", password="hunter2", connections=8)
        report = run(store, server, clock, relay=relay)

    assert sum(c.startswith("AUTH") for c in server.commands) == 1
    assert "refused the login" in report.relay_error
    assert "hunter2" not in " ".join(report.lines())


def test_a_relay_that_refuses_our_sender_is_not_tried_on_everybody(store, clock):
    issue = ledger.sending_issue(store, 20)
    with smtp.serving(say={"MAIL": "553 5.7.1 Not your domain"}) as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert not report.ok
    assert (books.deferred, books.pending, books.rejected) == (1, 19, 0)


def test_a_relay_that_denies_relaying_does_not_burn_the_list(store, clock):
    issue = ledger.sending_issue(store, 40)
    with smtp.serving(say={"RCPT": "554 5.7.1 Relay access denied"}) as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert "blames the sender" in report.relay_error
    assert books.rejected == 0
    assert books.deferred == 10
    assert books.pending == 30


def test_a_relay_that_drops_every_connection_is_given_up(store, clock):
    issue = ledger.sending_issue(store, 20)
    with smtp.serving(say={"DATA": smtp.DROP}) as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert "broke off 3 times" in report.relay_error
    assert (books.deferred, books.pending, books.gap) == (3, 17, 0)


def test_a_relay_that_dies_after_every_dot_leaves_few_unknown(store, clock):
    issue = ledger.sending_issue(store, 20)
    with smtp.serving(say={"DOT": smtp.KEEP_AND_DROP}) as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert not report.ok
    assert (books.unknown, books.accepted, books.gap) == (3, 0, 0)
    assert len(server.received) == 3


def test_silence_after_the_dot_is_unknown_and_told(store, clock):
    issue = ledger.sending_issue(store, 2)
    with smtp.serving(say={"DOT": ["250 Ok", smtp.KEEP_AND_DROP, "250 Ok"]}) as server:
        report = run(store, server, clock)

    assert ledger.states(store) == ["accepted", "unknown"]
    assert report.unknown == 1
    assert any("unknown" in line for line in report.lines())
    assert ledger.state_of(store, issue) is IssueState.SENDING


def test_an_unknown_is_sent_once_more_when_its_lease_has_ended(store, clock):
    issue = ledger.sending_issue(store, 1)
    with smtp.serving(say={"DOT": [smtp.KEEP_AND_DROP, "250 Ok"]}) as server:
        run(store, server, clock)
        run(store, server, clock)
        assert len(server.received) == 1
        (line,) = unknown.listed(store, issue=issue).lines()
        assert "It is sent once more after 20" in line
        ledger.end_leases(store)
        report = run(store, server, clock)

    first, second = server.received
    assert report.accepted == 1
    assert first == second
    assert ledger.state_of(store, issue) is IssueState.DONE


def test_a_held_unknown_waits_for_the_operators_word(store, clock):
    issue = ledger.sending_issue(store, 2, on_unknown="hold")
    with smtp.serving(say={"DOT": [smtp.DROP, "250 Ok"]}) as server:
        run(store, server, clock)
        ledger.end_leases(store)
        assert run(store, server, clock).accepted == 0
        listed = unknown.listed(store, issue=issue)
        assert "r…@example.net" in listed.lines()[0]
        assert listed.lines()[0].endswith("It waits for you.")
        assert "dispatch unknown resend" in listed.lines()[1]
        assert unknown.resend(store, issue=issue).decided == 1
        report = run(store, server, clock)

    assert report.accepted == 1
    assert unknown.listed(store).lines() == ["Nothing is in doubt."]


def test_closing_the_last_unknown_ends_the_issue(store, clock):
    issue = ledger.sending_issue(store, 1, on_unknown="hold")
    with smtp.serving(say={"DOT": smtp.DROP}) as server:
        run(store, server, clock)

    too_early = unknown.resend(store)
    assert (too_early.decided, too_early.waiting, too_early.ok) == (0, 1, False)
    assert "may still be answered: try again after 20" in too_early.lines()[1]
    report = unknown.close(store)
    assert report.lines() == ["1 delivery closed."]
    assert report.to_json() == {
        "decided": 1,
        "waiting": 0,
        "superseded": 0,
        "unknown": [],
    }
    assert ledger.state_of(store, issue) is IssueState.DONE


def test_deciding_about_what_is_not_in_doubt_is_a_usage_error(store):
    with pytest.raises(UsageError, match="no issue"):
        unknown.listed(store, issue="daily-1999-01-01")
    with pytest.raises(UsageError, match="not in doubt"):
        unknown.close(store, deliveries=[7])


def test_who_unsubscribes_while_the_body_travels_gets_nothing(store, clock):
    issue = ledger.sending_issue(store, 2)

    def leave(where):
        if where == "body sent":
            store.write(
                lambda tx: ledger.set_state(tx, "reader-0@example.net", "unsubscribed")
            )

    with smtp.serving() as server:
        report = run(store, server, clock, crashpoint=leave)

    assert server.recipients == ["reader-1@example.net"]
    assert report.counts[STATE.SKIPPED] == 1
    assert ledger.books(store, issue).gap == 0
    assert ledger.state_of(store, issue) is IssueState.DONE


def test_an_issue_paused_while_the_body_travels_sends_nothing_more(store, clock):
    issue = ledger.sending_issue(store, 5)
    seen = []

    def pause(where):
        if where == "body sent" and not seen:
            seen.append(where)
            store.write(
                lambda tx: issues.change_state(
                    tx, issue, IssueState.SENDING, IssueState.PAUSED, now=tx.now()
                )
            )

    with smtp.serving() as server:
        run(store, server, clock, crashpoint=pause)

    assert server.received == []
    assert ledger.books(store, issue).pending == 5


def test_a_pause_between_intent_and_dot_is_taken_back(store, clock, monkeypatch):
    issue = ledger.sending_issue(store, 1)
    monkeypatch.setattr(postman, "FRESH", -1.0)
    with smtp.serving() as server:
        run(store, server, clock, limit=1)

    assert server.received == []
    assert ledger.books(store, issue).pending == 1


def test_stopping_finishes_the_message_and_gives_the_rest_back(store, clock):
    issue = ledger.sending_issue(store, 10)
    stop = threading.Event()

    def watch(stage, _server):
        if stage == "DOT":
            stop.set()

    with smtp.serving(watch=watch) as server:
        report = run(store, server, clock, stop=stop)

    books = ledger.books(store, issue)
    assert report.ok
    assert (books.accepted, books.pending, books.claimed) == (1, 9, 0)


def test_stopping_does_not_wait_for_ever_past_the_dot(store, clock):
    issue = ledger.sending_issue(store, 2)
    stop = threading.Event()

    def watch(stage, _server):
        if stage == "DOT":
            stop.set()

    with smtp.serving(say={"DOT": smtp.SILENCE}, watch=watch) as server:
        began = time.monotonic()
        run(store, server, clock, stop=stop, grace=0.2)

    books = ledger.books(store, issue)
    assert time.monotonic() - began < 5
    assert (books.unknown, books.pending, books.gap) == (1, 1, 0)


def test_stopping_before_the_dot_gives_the_message_back(store, clock):
    issue = ledger.sending_issue(store, 2)
    stop = threading.Event()

    def watch(stage, _server):
        if stage == "RCPT":
            stop.set()

    with smtp.serving(say={"RCPT": smtp.SILENCE}, extensions=(), watch=watch) as server:
        run(store, server, clock, stop=stop, grace=0.2)

    assert ledger.books(store, issue).pending == 2
    assert attempts(store) == []


def test_a_rate_is_kept(store, clock):
    ledger.sending_issue(store, 8)
    with smtp.serving() as server:
        began = time.monotonic()
        relay = server.relay(rate=("10/s", "1000/m"), connections=4)
        run(store, server, clock, relay=relay, limit=25)
        # 20 may go at once; 8 is below that, so the bucket alone is on trial here.
        assert time.monotonic() - began < 2
    assert len(server.received) == 8


def test_a_slow_rate_spreads_the_messages(store, clock):
    ledger.sending_issue(store, 4)
    with smtp.serving() as server:
        began = time.monotonic()
        run(store, server, clock, relay=server.relay(rate=("3/s",), connections=4))
        took = time.monotonic() - began

    assert len(server.received) == 4
    assert took < 3


def test_a_message_with_a_place_for_a_link_and_no_subscription_is_our_mistake(
    store, clock
):
    letter = ledger.HEAD + b"\r\n{unsubscribe}\r\n"
    store.write(lambda tx: ledger.single_mail(tx, "test:1", letter=letter))
    with smtp.serving() as server:
        report = run(store, server, clock)

    (row,) = ledger.rows(store)
    assert report.counts[STATE.REJECTED] == 1
    assert (row.reason, row.enhanced) == ("message", "5.6.0")


def test_what_a_killed_worker_left_is_taken_up(store, clock):
    issue = ledger.sending_issue(store, 3)
    here = recover.this_host()

    def died(tx):
        workers.register(tx, "gone", host=here, pid=2**22 - 1)
        first, _ = claims.claim(tx, worker="gone", most=2).claims
        deliveries.intend(tx, first)

    store.write(died)
    with smtp.serving() as server:
        report = run(store, server, clock)

    books = ledger.books(store, issue)
    assert report.accepted == 2
    assert (books.accepted, books.unknown, books.gap) == (2, 1, 0)


def test_what_a_living_worker_holds_is_left_to_it(store, clock):
    issue = ledger.sending_issue(store, 2)

    def busy(tx):
        workers.register(tx, "busy", host="another-machine", pid=1)
        claims.claim(tx, worker="busy", most=1)

    store.write(busy)
    with smtp.serving() as server:
        run(store, server, clock)
        assert ledger.books(store, issue).claimed == 1
        report = run(store, server, clock, alone=True)

    assert report.accepted == 1
    assert ledger.books(store, issue).accepted == 2


def test_only_a_worker_that_is_provably_gone_is_called_gone(clock):
    def worker(host, pid, name="other"):
        return Worker(name, host, pid, clock.now(), clock.now())

    here = recover.this_host()
    assert recover.gone(worker(here, 2**22 - 1), me="me", alone=False)
    assert not recover.gone(worker(here, 1), me="me", alone=False)
    assert not recover.gone(worker("elsewhere", 2**22 - 1), me="me", alone=False)
    assert recover.gone(worker("elsewhere", 1), me="me", alone=True)
    assert not recover.gone(worker("elsewhere", 1, "me"), me="me", alone=True)


def test_rows_held_under_our_own_name_are_from_a_round_that_broke_off(store, clock):
    issue = ledger.sending_issue(store, 1)
    store.write(lambda tx: claims.claim(tx, worker="daemon", most=1))
    with smtp.serving() as server:
        run(store, server, clock, worker="daemon")

    assert ledger.books(store, issue).accepted == 1


def test_a_dead_writer_ends_the_round_before_any_dot(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 3)

    def kill_writer(where):
        if where == "body sent":
            sqlite_store._writer.close()

    with smtp.serving() as server:
        report = run(sqlite_store, server, clock, crashpoint=kill_writer, worker="me")

    assert "writer has stopped" in report.failure
    assert not report.ok
    assert server.received == []


def test_expired_mail_is_settled_even_while_the_relay_is_down(sqlite_store, clock):
    issue = ledger.sending_issue(sqlite_store, 2, expires=timedelta(hours=1))
    with smtp.serving() as server:
        pass
    clock.advance(hours=1)
    report = run(sqlite_store, server, clock)

    assert not report.ok
    assert ledger.books(sqlite_store, issue).expired == 2
    assert ledger.state_of(sqlite_store, issue) is IssueState.EXPIRED


def test_a_report_for_a_machine_has_every_count(store, clock):
    ledger.sending_issue(store, 1)
    with smtp.serving() as server:
        told = run(store, server, clock).to_json()

    assert told["accepted"] == 1
    assert told["at"] == clock.now().isoformat()
    assert told["relay_error"] == ""
    assert told["resting_until"] is None


def test_each_copy_is_signed_for_its_sender(store, clock):
    pem, record = dkim.generate()
    key = dkim.read(pem)
    host = ledger.SENDER.rpartition("@")[2]
    signers = [dkim.Signer(host, "s", key), dkim.Signer("other.example", "s", key)]
    ledger.sending_issue(store, 2)
    with smtp.serving() as server:
        run(store, server, clock, signers=signers)

    copies = [re.sub(rb"(?m)^\.\.", b".", mail.data) for mail in server.received]
    assert len(copies) == 2
    for copy in copies:
        assert copy.count(b"DKIM-Signature:") == 1
        assert oracle.verify(copy, dnsfunc=lambda *_, **__: record.encode())
