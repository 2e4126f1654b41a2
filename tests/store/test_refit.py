"""Rows at the dot keep their message; all others can be given another."""

import pytest

from dispatch.model import DeliveryState, Intent, Outcome, Phase, Reply
from dispatch.store import bodies, claims, deliveries, refit, unknown
from support import ledger

LATER = Reply(451, "4.3.0 Try later", "4.3.0", Phase.RCPT)
AT_THE_DOT = Reply(451, "4.3.0 Try later", "4.3.0", Phase.DOT)
CLOSING = Reply(421, "4.3.2 Bye", "4.3.2", Phase.DOT)
YES = Reply(250, "2.0.0 Ok", "2.0.0", Phase.DOT)
SILENT = Reply(0, "", phase=Phase.DOT)
STATE = DeliveryState


class Row:
    """The only delivery of an issue, and what happens to it."""

    def __init__(self, store):
        self.store = store
        self.issue = ledger.sending_issue(store, 1)
        self.old = self.now()[0]
        self.new = store.write(
            lambda tx: bodies.put(tx, ledger.frozen(ledger.HEAD + b"\r\nAnew.\r\n"))
        )
        self.claim()

    def now(self):
        (row,) = ledger.rows(self.store, "body, fence, state")
        return tuple(row)

    def claim(self):
        ledger.make_due(self.store)
        batch = self.store.write(lambda tx: claims.claim(tx, worker="me", most=1))
        (self.claimed,) = batch.claims

    def release(self):
        self.store.write(lambda tx: deliveries.release(tx, self.claimed))

    def intend(self):
        return self.store.write(lambda tx: deliveries.intend(tx, self.claimed))

    def write_back(self):
        self.store.write(lambda tx: deliveries.write_back(tx, self.claimed))

    def settle(self, reply, state):
        with self.store.read() as tx:
            outcome = Outcome(state, tx.now())
        self.store.write(
            lambda tx: deliveries.settle(
                tx, self.claimed, reply, outcome, worker="me", relay="test"
            )
        )

    def resend(self):
        ledger.end_leases(self.store)
        self.store.write(unknown.resend_once)

    def exchange(self):
        return self.store.write(
            lambda tx: refit.exchange(tx, self.issue, self.old, self.new)
        )

    def drop(self):
        return self.store.write(lambda tx: refit.drop(tx, self.issue, self.old))


@pytest.fixture
def row(store):
    return Row(store)


def deferred(row):
    row.intend()
    row.settle(AT_THE_DOT, STATE.DEFERRED)


def claimed_again(row):
    deferred(row)
    row.claim()


def lost(row):
    row.intend()
    row.settle(SILENT, STATE.UNKNOWN)


def resent(row):
    lost(row)
    row.resend()


def resent_and_claimed(row):
    resent(row)
    row.claim()


def closed_at_the_dot(row):
    row.intend()
    row.settle(CLOSING, STATE.PENDING)


def taken_back(row):
    row.intend()
    row.write_back()


def accepted(row):
    row.intend()
    row.settle(YES, STATE.ACCEPTED)


@pytest.mark.parametrize(
    "history",
    [
        Row.intend,
        deferred,
        claimed_again,
        lost,
        resent,
        resent_and_claimed,
        closed_at_the_dot,
        taken_back,
        accepted,
    ],
)
def test_a_row_that_was_ever_at_the_dot_is_left_alone(row, history):
    history(row)
    before = row.now()

    assert (row.exchange(), row.drop()) == (0, 0)

    assert row.now() == before
    assert row.now()[0] == row.old
    with row.store.read() as tx:
        assert refit.open_bodies(tx, row.issue) == frozenset()
        assert refit.has_left(tx, row.issue, {row.old})


def put_off(row):
    row.settle(LATER, STATE.DEFERRED)


@pytest.mark.parametrize(
    ("history", "state"),
    [(Row.release, "pending"), (Row.now, "pending"), (put_off, "deferred")],
)
def test_a_row_that_never_was_at_the_dot_gets_the_new_message(row, history, state):
    history(row)
    _, fence, _ = row.now()

    assert (row.exchange(), row.exchange()) == (1, 0)

    assert row.now() == (row.new, fence + 1, state)
    assert row.intend() is Intent.FENCED


def test_a_row_with_nothing_left_to_read_is_skipped_and_fenced(row):
    assert row.drop() == 1

    assert row.now()[2] == "skipped"
    assert row.intend() is Intent.FENCED
