"""Whatever happens, in whatever order, the books balance and nobody is wronged."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from dispatch.model import (
    Claim,
    DeliveryState,
    Intent,
    IssueState,
    Outcome,
    Phase,
    Reply,
    Tally,
)
from dispatch.store import deliveries, issues, mailings, open_store, unknown
from support import ledger

READERS = 4
STATE = DeliveryState


class History(RuleBasedStateMachine):
    """Two workers, their crashes and late awakenings, readers who leave, and time."""

    template = None  # an empty, migrated database
    clock_type = None

    claims = Bundle("claims")  # in the hands of workers, living or not
    dots = Bundle("dots")  # whose intent was granted

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "dispatch.db")
        self.clock = self.clock_type()
        self.store = open_store(
            f"sqlite:///{self.folder}/dispatch.db", clock=self.clock
        )
        self.issue = ledger.sending_issue(
            self.store, READERS, expires=timedelta(days=3)
        )
        self.left = set()
        self.accepted = set()
        self.fences = {}  # delivery → fence of its newest claim
        self.granted = {}  # delivery → fences that were allowed to send

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(target=claims, worker=st.sampled_from("ab"), most=st.integers(1, 3))
    def claim(self, worker, most):
        batch = self.store.write(
            lambda tx: deliveries.claim(tx, worker=worker, most=most)
        )
        return multiple(*self.taken(batch))

    def taken(self, batch):
        for claimed in batch.claims:
            assert claimed.recipient not in self.left
            assert claimed.id not in self.accepted
            assert claimed.fence > self.fences.get(claimed.id, 0)
            self.fences[claimed.id] = claimed.fence
        return batch.claims

    @rule(target=dots, claimed=consumes(claims))
    def intend(self, claimed):
        return self.ask(claimed)

    @rule(target=dots, worker=st.sampled_from("ab"))
    def claim_and_intend(self, worker):
        batch = self.store.write(lambda tx: deliveries.claim(tx, worker=worker, most=2))
        return multiple(
            *(c for c in self.taken(batch) if isinstance(self.ask(c), Claim))
        )

    @rule(target=dots, claimed=claims)
    def intend_and_stay_about(self, claimed):
        return self.ask(claimed)

    def ask(self, claimed):
        verdict = self.store.write(lambda tx: deliveries.intend(tx, claimed))
        if verdict is not Intent.GO:
            return multiple()
        assert claimed.recipient not in self.left
        assert claimed.id not in self.accepted
        assert claimed.fence == self.fences[claimed.id]
        fences = self.granted.setdefault(claimed.id, [])
        assert claimed.fence not in fences
        fences.append(claimed.fence)
        return claimed

    @rule(
        claimed=consumes(dots),
        state=st.sampled_from(
            [STATE.ACCEPTED, STATE.DEFERRED, STATE.REJECTED, STATE.UNKNOWN]
        ),
    )
    def answer(self, claimed, state):
        self.settle(claimed, state, Phase.DOT)

    @rule(claimed=claims, state=st.sampled_from([STATE.DEFERRED, STATE.REJECTED]))
    def refuse_before_the_dot(self, claimed, state):
        self.settle(claimed, state, Phase.RCPT)

    def settle(self, claimed, state, phase):
        retry_at = None
        if state is STATE.DEFERRED:
            retry_at = self.clock.now() + timedelta(minutes=5)
        before = self.state_of(claimed)
        settled = self.store.write(
            lambda tx: deliveries.settle(
                tx,
                claimed,
                Reply(0, phase=phase),
                Outcome(state, retry_at),
                worker="a",
                relay="test",
            )
        )
        if settled:
            assert claimed.fence == self.fences[claimed.id]
            assert before in {"claimed", "dot", "unknown"}
        if settled and state is STATE.ACCEPTED:
            self.accepted.add(claimed.id)

    def state_of(self, claimed):
        rows = ledger.rows(self.store, "id, state")
        return next(row.state for row in rows if row.id == claimed.id)

    @rule(claimed=dots, state=st.sampled_from([STATE.ACCEPTED, STATE.REJECTED]))
    def answer_late_or_twice(self, claimed, state):
        self.settle(claimed, state, Phase.DOT)

    @rule(target=claims, most=st.integers(1, 4))
    def crash_after_the_claim_and_let_another_have_it(self, most):
        self.store.write(lambda tx: unknown.recover(tx, dead=("a", "b")))
        batch = self.store.write(lambda tx: deliveries.claim(tx, worker="b", most=most))
        return multiple(*self.taken(batch))

    @rule(claimed=claims)
    def give_back(self, claimed):
        self.store.write(lambda tx: deliveries.release(tx, claimed))

    @rule(claimed=consumes(dots))
    def take_intent_back(self, claimed):
        """Only a worker that did not send the dot does this."""
        if self.store.write(lambda tx: deliveries.write_back(tx, claimed)):
            self.granted[claimed.id].remove(claimed.fence)

    @rule(dead=st.sampled_from(["", "a", "b", "ab"]))
    def recover(self, dead):
        self.store.write(lambda tx: unknown.recover(tx, dead=tuple(dead)))

    @rule()
    def resend_once(self):
        self.store.write(unknown.resend_once)

    @rule(minutes=st.sampled_from([1, 6, 20]))
    def time_passes(self, minutes):
        self.clock.advance(minutes=minutes)

    @rule(claimed=claims, how=st.sampled_from(["leave", "bounce"]))
    def a_reader_goes_whose_mail_may_be_under_way(self, claimed, how):
        who = claimed.recipient
        if how == "leave":
            self.store.write(lambda tx: ledger.set_state(tx, who, "unsubscribed"))
        else:
            self.store.write(lambda tx: ledger.suppress(tx, who, "bounced"))
        self.left.add(who)

    @rule(target=dots, dot=consumes(dots))
    def crash_at_the_dot_and_sleep_until_it_is_sent_again(self, dot):
        """The way to a second copy, gone on purpose."""
        self.store.write(lambda tx: unknown.recover(tx, dead=("a", "b")))
        self.clock.advance(minutes=12)
        self.store.write(unknown.resend_once)
        return dot

    @rule(pause=st.booleans())
    def an_operator_pauses_or_resumes(self, pause):
        frm, to = IssueState.SENDING, IssueState.PAUSED
        if not pause:
            frm, to = to, frm
        self.store.write(
            lambda tx: issues.change_state(
                tx, self.issue, frm, to, now=self.clock.now()
            )
        )

    @rule(number=st.integers(1, READERS))
    def an_operator_closes(self, number):
        self.store.write(lambda tx: unknown.close(tx, [number]))

    @rule()
    def finish(self):
        self.store.write(mailings.finish)

    @invariant()
    def the_books_balance(self):
        books = ledger.books(self.store, self.issue)
        assert books.gap == 0
        assert books.planned == READERS
        if ledger.state_of(self.store, self.issue) is IssueState.DONE:
            assert books.open == 0

    @invariant()
    def what_was_accepted_stays_accepted(self):
        rows = ledger.rows(self.store, "id, state, resends, tries")
        states = {row.id: row.state for row in rows}
        for delivery in self.accepted:
            assert states[delivery] == "accepted"

    @invariant()
    def nothing_goes_twice_but_once_more_by_policy_or_after_a_refusal(self):
        for row in ledger.rows(self.store, "id, resends, tries"):
            sent = len(self.granted.get(row.id, []))
            assert sent <= 1 + row.resends + row.tries
            assert row.resends <= 1


def test_any_history_keeps_the_books(sqlite_template, clock):
    History.template = sqlite_template
    History.clock_type = type(clock)
    case = History.TestCase
    case.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
    case("runTest").runTest()


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_is_counted_in_the_equation(state):
    assert Tally(planned=1, **{state.value: 1}).gap == 0
