"""Whatever happens, in whatever order, the books balance and nobody is wronged."""

import os
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
from sqlalchemy import text

from dispatch.model import (
    Choice,
    Claim,
    DeliveryState,
    Intent,
    IssueState,
    Outcome,
    Phase,
    Reply,
    Tally,
    Variant,
)
from dispatch.store import (
    audience,
    bodies,
    carrying,
    claims,
    deliveries,
    issues,
    mailings,
    open_store,
    refit,
    replacements,
    tallies,
    unknown,
    variants,
)
from support import databases, ledger

READERS = 4
STATE = DeliveryState


class OnSqlite:
    """A database of its own for each history; its clock is ours."""

    def __init__(self, template, clock):
        self.clock = clock
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(template, self.folder / "dispatch.db")
        self.url = f"sqlite:///{self.folder}/dispatch.db"

    def pass_time(self, _store, **parts):
        self.clock.advance(**parts)

    def close(self):
        shutil.rmtree(self.folder)


class OnPostgres:
    """The same; its clock is the server's, so what is written down grows older."""

    def __init__(self, server, clock):
        self.clock = clock
        self.context = databases.fresh_database(server)
        self.url = self.context.__enter__()

    def pass_time(self, store, **parts):
        micros = int(timedelta(**parts) / timedelta(microseconds=1))
        for table, columns in AGEING.items():
            sets = ", ".join(f"{one} = {one} - {micros}" for one in columns)
            store.write(
                lambda tx, t=table, s=sets: tx.execute(text(f"UPDATE {t} SET {s}"))
            )

    def close(self):
        self.context.__exit__(None, None, None)


AGEING = {
    "delivery": ("lease_until", "not_before", "dot_at", "settled_at"),
    "mailing": ("expires_at", "created_at"),
    "issue": ("expires_at",),
}


class History(RuleBasedStateMachine):
    """Two workers, their crashes and late awakenings, readers who leave, and time."""

    place = None  # makes a database of its own

    claims = Bundle("claims")  # in the hands of workers, living or not
    dots = Bundle("dots")  # whose intent was granted

    def __init__(self):
        super().__init__()
        self.here = type(self).place()
        self.store = open_store(self.here.url, clock=self.here.clock)
        self.issue = ledger.sending_issue(
            self.store, READERS, expires=timedelta(days=30)
        )
        self.left = set()
        self.accepted = set()
        self.fences = {}  # delivery → fence of its newest claim
        self.granted = {}  # delivery → fences that were allowed to send
        self.version = 1
        self.wanted = None  # the body of the newest version, once one was replaced

    def teardown(self):
        try:
            self.everything_ends()
        finally:
            self.store.close()
            self.here.close()

    def everything_ends(self):
        """Whatever has happened, however the clock was set: days later all is over."""
        for _ in range(2):
            self.here.pass_time(self.store, days=3)
            self.store.write(lambda tx: unknown.recover(tx, dead=("a", "b")))
            self.store.write(unknown.resend_once)
            # What a worker that died held of an old version is exchanged only now.
            (self.an_operator_replaces_the_issue if self.wanted else self.resume)()
            batch = self.store.write(
                lambda tx: claims.claim(tx, worker="a", most=READERS)
            )
            for claimed in self.taken(batch):
                if isinstance(self.ask(claimed), Claim):
                    self.settle(claimed, STATE.ACCEPTED, Phase.DOT)
        everybody = range(1, READERS + 1)
        self.store.write(lambda tx: unknown.close(tx, [*everybody]))
        self.store.write(tallies.finish)

        books = ledger.books(self.store, self.issue)
        assert (books.open, books.gap) == (0, 0), books
        assert ledger.state_of(self.store, self.issue) is IssueState.DONE

    def now(self):
        with self.store.read() as tx:
            return tx.now()

    @rule(target=claims, worker=st.sampled_from("ab"), most=st.integers(1, 3))
    def claim(self, worker, most):
        batch = self.store.write(lambda tx: claims.claim(tx, worker=worker, most=most))
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
        batch = self.store.write(lambda tx: claims.claim(tx, worker=worker, most=2))
        return multiple(
            *(c for c in self.taken(batch) if isinstance(self.ask(c), Claim))
        )

    @rule(target=dots, claimed=claims)
    def intend_and_stay_about(self, claimed):
        return self.ask(claimed)

    @rule(target=dots, several=st.lists(claims, min_size=2, max_size=4))
    def intend_in_one_commit(self, several):
        verdicts = self.store.write(lambda tx: deliveries.intend_all(tx, several))
        asked = zip(several, verdicts, strict=True)
        return multiple(
            *(c for c, verdict in asked if isinstance(self.told(c, verdict), Claim))
        )

    def ask(self, claimed):
        verdict = self.store.write(lambda tx: deliveries.intend(tx, claimed))
        return self.told(claimed, verdict)

    def told(self, claimed, verdict):
        if verdict is not Intent.GO:
            return multiple()
        assert claimed.recipient not in self.left
        assert claimed.id not in self.accepted
        assert claimed.fence == self.fences[claimed.id]
        assert self.wanted in {None, claimed.body}, "a version that was replaced left"
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

    @rule(
        several=st.lists(dots, min_size=2, max_size=4),
        state=st.sampled_from([STATE.ACCEPTED, STATE.DEFERRED, STATE.UNKNOWN]),
    )
    def answers_in_one_commit(self, several, state):
        self.settle_all(several, state, Phase.DOT)

    def settle(self, claimed, state, phase):
        self.settle_all([claimed], state, phase)

    def settle_all(self, several, state, phase):
        retry_at = None
        if state is STATE.DEFERRED:
            retry_at = self.now() + timedelta(minutes=5)
        outcome = Outcome(state, retry_at)
        tries = [
            deliveries.Try(claimed, Reply(0, phase=phase), outcome, "a", "test")
            for claimed in several
        ]
        before = [self.state_of(claimed) for claimed in several]
        written = self.store.write(lambda tx: deliveries.settle_all(tx, tries))
        for claimed, was, settled in zip(several, before, written, strict=True):
            if settled:
                assert claimed.fence == self.fences[claimed.id]
                assert was in {"claimed", "dot", "unknown"}
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
        batch = self.store.write(lambda tx: claims.claim(tx, worker="b", most=most))
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
        self.here.pass_time(self.store, minutes=minutes)

    @rule(minutes=st.sampled_from([3, 60]))
    def the_clock_is_set_back(self, minutes):
        self.here.pass_time(self.store, minutes=-minutes)

    @rule()
    def the_daemon_starts_anew_or_reloads(self):
        self.store.close()
        self.store = open_store(self.here.url, clock=self.here.clock)

    @rule()
    def the_schedule_ticks_again(self):
        """The same slot and the same plan once more: nobody gets a second row."""

        def unit(tx):
            found = issues.by_id(tx, self.issue)
            mailing = mailings.open_issue_mailing(
                tx, found, sender=ledger.SENDER, on_unknown="resend_once"
            )
            assert audience.plan_chunk(tx, found, mailing, {}).finished
            return issues.open(
                tx,
                found.newsletter,
                found.slot,
                day=found.slot.date(),
                from_position=0,
                to_position=3,
                expires_at=found.expires_at,
                now=tx.now(),
            )

        assert self.store.write(unit) is None

    @rule()
    def an_operator_replaces_the_issue(self):
        """As `actions.replacing` does, in its steps."""
        if ledger.state_of(self.store, self.issue) not in {
            IssueState.SENDING,
            IssueState.PAUSED,
        }:
            return
        self.version += 1
        new = self.store.write(self.revise)
        while self.store.write(lambda tx: replacements.settle_old(tx, self.issue)):
            pass
        with self.store.read() as tx:
            old = refit.open_bodies(tx, self.issue) - {new}
        for body in old:
            while self.store.write(
                lambda tx, body=body: refit.exchange(tx, self.issue, body, new)
            ):
                pass
        self.wanted = new
        self.resume()

    def revise(self, tx):
        carrying.revise(tx, self.issue, IssueState.PAUSED, reason="", now=tx.now())
        replacements.begin(tx, self.issue)
        letter = ledger.LETTER.replace(b"morning", b"version %d" % self.version)
        new = bodies.put(tx, ledger.frozen(letter))
        revision = issues.by_id(tx, self.issue).revision
        variants.add(tx, Variant(self.issue, Choice(), revision, "Today", (), body=new))
        return new

    def resume(self):
        """Go on, unless something old could leave (`actions.refit` says the same)."""
        while self.store.write(lambda tx: replacements.settle_old(tx, self.issue)):
            pass
        with self.store.read() as tx:
            if self.wanted and (old := refit.open_bodies(tx, self.issue)):
                old -= {self.wanted}
                if old:
                    return
            left = replacements.old_copies(tx, self.issue)
        if self.wanted and (left.at_dot or left.to_leave):
            return
        self.change(IssueState.PAUSED, IssueState.SENDING)

    def change(self, frm, to):
        self.store.write(
            lambda tx: issues.change_state(tx, self.issue, frm, to, now=tx.now())
        )

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
        self.here.pass_time(self.store, minutes=12)
        self.store.write(unknown.resend_once)
        return dot

    @rule(pause=st.booleans())
    def an_operator_pauses_or_resumes(self, pause):
        if pause:
            self.change(IssueState.SENDING, IssueState.PAUSED)
        else:
            self.resume()

    @rule(number=st.integers(1, READERS))
    def an_operator_closes(self, number):
        self.store.write(lambda tx: unknown.close(tx, [number]))

    @rule()
    def finish(self):
        self.store.write(tallies.finish)

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


LONG = int(os.environ.get("DISPATCH_CHAOS", "1"))


def run(place, examples, steps):
    class Case(History):
        pass

    Case.place = staticmethod(place)
    case = Case.TestCase
    case.settings = settings(
        max_examples=examples * LONG, stateful_step_count=steps, deadline=None
    )
    case("runTest").runTest()


def test_any_history_keeps_the_books(sqlite_template, clock):
    run(lambda: OnSqlite(sqlite_template, type(clock)()), 8, 40)


@pytest.mark.postgres
def test_any_history_keeps_the_books_on_postgresql(postgres_server, clock):
    run(lambda: OnPostgres(postgres_server, type(clock)()), 2, 30)


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_is_counted_in_the_equation(state):
    assert Tally(planned=1, **{state.value: 1}).gap == 0
