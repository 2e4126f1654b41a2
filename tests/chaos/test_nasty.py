"""Servers that misbehave: the books say what they truly took, whatever they said."""

import contextlib

import pytest

from dispatch.model import DeliveryState
from dispatch.store import claims
from support import issues as making, ledger, smtp
from support.truth import compare

READERS = 12
CONNECTIONS = 3
OK = "250 2.0.0 Queued as 42"
GARBAGE = "\x00\x01 I am a teapot"

# Each spoils some messages and lets the others through: what it says, and how many
# are in doubt at most. A connection that breaks off before the dot may leave a doubt:
# the dot may be in our own buffers when the news comes.
SCRIPTS = {
    "dies before the dot": ({"BODY": [smtp.DROP, smtp.SILENCE]}, 1),
    "dies after the dot": ({"DOT": [OK, smtp.KEEP_AND_DROP, OK, smtp.DROP, OK]}, 2),
    "421 to MAIL": ({"MAIL": ["250 Ok", "421 4.3.2 Later", "250 Ok"]}, 0),
    "421 to RCPT, in mid-pipeline": ({"RCPT": ["421 4.3.2 Later", "250 Ok"]}, 0),
    "421 to DATA": ({"DATA": ["354 Go", "421 4.3.2 Later", "354 Go"]}, 0),
    "421 after the dot": ({"DOT": ["421 4.3.2 Later", OK]}, 0),
    "refuses RCPT and wants DATA": ({"RCPT": ["452 4.2.2 Full", "250 Ok"]}, 0),
    "garbage to MAIL": ({"MAIL": [GARBAGE, "250 Ok"]}, 0),
    "garbage to RCPT": ({"RCPT": [GARBAGE, "250 Ok"]}, 0),
    "garbage after the dot": ({"DOT": [OK, GARBAGE, OK]}, 1),
    "puts off after the dot": ({"DOT": ["451 4.7.1 Greylisted", OK]}, 0),
    "drops the greeting": ({"GREETING": [smtp.DROP, "220 here"]}, 0),
}


def deliver_all(store, clock, server, **changes):
    """Deliver, letting time pass in between, until nothing is due."""
    for _ in range(6):
        making.send(store, clock, server, connections=CONNECTIONS, **changes)
        ledger.make_due(store)
        ledger.end_leases(store)


@pytest.mark.parametrize("on_unknown", ["hold", "resend_once"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_server_that_spoils_some(sqlite_store, clock, script, on_unknown):
    say, doubts = SCRIPTS[script]
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown=on_unknown)
    extensions = ("SIZE 1000000",) if "BODY" in say else smtp.Server.extensions
    with smtp.serving(say=say, extensions=extensions) as server:
        deliver_all(sqlite_store, clock, server)
        books = compare(
            sqlite_store, issue, server.recipients, on_unknown=on_unknown, doubts=doubts
        )

    assert books.accepted + books.unknown == READERS
    if on_unknown == "resend_once":
        assert books.unknown == 0
    elif script in {"dies after the dot", "garbage after the dot"}:
        assert books.unknown == doubts


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_server_that_answers_byte_by_byte(sqlite_store, clock, pipelining):
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown="hold")
    extensions = ("PIPELINING",) if pipelining else ()
    with smtp.serving(dribble=True, extensions=extensions) as server:
        deliver_all(sqlite_store, clock, server)
        books = compare(
            sqlite_store, issue, server.recipients, on_unknown="hold", doubts=0
        )

    assert books.accepted == READERS


def test_a_server_that_answers_after_nine_minutes_is_believed(sqlite_store, clock):
    """Virtual minutes: the store's clock goes on while the server keeps silent."""
    issue = ledger.sending_issue(sqlite_store, 1, on_unknown="hold")

    def watch(stage, _server):
        if stage == "KEPT":
            clock.advance(minutes=9)

    with smtp.serving(watch=watch) as server:
        making.send(sqlite_store, clock, server)
        books = compare(
            sqlite_store, issue, server.recipients, on_unknown="hold", doubts=0
        )

    assert books.accepted == 1


def test_an_answer_that_comes_after_the_lease_still_counts(sqlite_store, clock):
    """Somebody else has given the row up meanwhile: the late truth wins over doubt."""
    issue = ledger.sending_issue(sqlite_store, 1, on_unknown="hold")
    seen = []

    def watch(stage, _server):
        if stage == "KEPT":
            clock.advance(minutes=12)
            seen.append(ledger.states(sqlite_store))
            sqlite_store.write(making.recover)
            seen.append(ledger.states(sqlite_store))

    with smtp.serving(watch=watch) as server:
        making.send(sqlite_store, clock, server)
        compare(sqlite_store, issue, server.recipients, on_unknown="hold", doubts=0)

    assert seen == [["dot"], ["unknown"]]
    assert ledger.states(sqlite_store) == ["accepted"]


def test_a_server_that_drops_tls_in_the_middle(sqlite_store, clock, tmp_path):
    cert, context = smtp.certificate(tmp_path)
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown="hold")
    say = {"DOT": [OK, smtp.KEEP_AND_DROP, OK], "RCPT": ["250 Ok", smtp.DROP, "250 Ok"]}
    with smtp.serving(say=say, tls=context, implicit_tls=True) as server:
        deliver_all(sqlite_store, clock, server, security="tls", ca_file=cert)
        books = compare(
            sqlite_store, issue, server.recipients, on_unknown="hold", doubts=1
        )

    assert (books.accepted, books.unknown) == (READERS - 1, 1)


def test_a_server_that_goes_away_while_all_are_at_the_dot(sqlite_store, clock):
    """At most one message of each connection is in doubt."""
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown="hold")

    def watch(stage, server):
        if stage == "DOT" and len(server.received) > 4:
            server.close_all()

    with smtp.serving(watch=watch) as server:
        making.send(sqlite_store, clock, server, connections=CONNECTIONS)
        assert ledger.books(sqlite_store, issue).unknown <= CONNECTIONS * 3
        server.watch = None
        deliver_all(sqlite_store, clock, server)
        compare(
            sqlite_store,
            issue,
            server.recipients,
            on_unknown="hold",
            doubts=CONNECTIONS * 3,
        )


def test_who_leaves_while_the_body_is_sent_gets_nothing(sqlite_store, clock):
    issue = ledger.sending_issue(sqlite_store, 3, on_unknown="hold")

    def watch(stage, _server):
        if stage == "DATA":
            sqlite_store.write(
                lambda tx: ledger.set_state(tx, "reader-1@example.net", "unsubscribed")
            )

    with smtp.serving(watch=watch) as server:
        making.send(sqlite_store, clock, server, connections=1)

    assert "reader-1@example.net" not in server.recipients
    assert ledger.books(sqlite_store, issue).skipped == 1


def test_a_claim_of_a_server_that_never_answers_is_given_back(sqlite_store, clock):
    ledger.sending_issue(sqlite_store, 2, on_unknown="hold")
    with smtp.serving(say={"GREETING": "554 5.7.1 Go away"}) as server:
        making.send(sqlite_store, clock, server)

    assert set(ledger.states(sqlite_store)) == {DeliveryState.PENDING.value}
    with contextlib.closing(sqlite_store), sqlite_store.read() as tx:
        assert claims.due(tx) == 2
