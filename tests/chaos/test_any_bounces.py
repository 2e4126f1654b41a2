"""Any history of issues, bounces and complaints, beside a model of who deserved what.

Nobody is suspended for what is not their fault; nobody who complained gets mail again;
a report told twice changes nothing; the books of every issue stay balanced.
"""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.conftest import FakeClock

from dispatch.actions.audience import subscribers as people
from dispatch.actions.bounces import bounce_decisions, bounce_desk
from dispatch.errors import UsageError
from dispatch.store import open_store
from support import bounced, ledger
from support.audience import DAILY, TOKENS

READERS = [f"reader-{n}@{d}.example" for d in ("one", "two") for n in range(4)]
OURS = ("550 5.7.1 policy", "421 4.7.0 [TSS04] deferred", "550 5.7.26 not ours")
THEIRS = ("550 5.1.1 user unknown", "550 5.1.2 gone", "552 5.2.2 full")
readers = st.sampled_from(READERS)


class Bounces(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        url = f"sqlite:///{Path(self.folder.name) / 'any.db'}"
        self.store = open_store(url, clock=self.clock)
        bounced.readers(self.store, *READERS)
        self.issues = []
        self.blamed = set()  # readers of whom something of their own came back
        self.complained = set()

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    def state(self, reader):
        return bounced.state(self.store, reader)

    def got(self, issue, reader):
        with contextlib.suppress(Exception):
            return bounced.delivery(self.store, issue, reader)
        return None

    @rule()
    def an_issue_goes_out(self):
        active = {one for one in READERS if self.state(one) == "active"}
        issue = bounced.issue(self.store, self.clock)
        self.issues.append(issue)
        for reader in READERS:
            assert (self.got(issue, reader) is not None) == (reader in active)
        assert not active & self.complained

    @precondition(lambda self: self.issues)
    @rule(reader=readers, said=st.sampled_from(OURS), data=st.data())
    def our_fault_comes_back(self, reader, said, data):
        issue = data.draw(st.sampled_from(self.issues))
        if self.got(issue, reader):
            bounced.come_back(self.store, self.clock, issue, reader, said=said)

    @precondition(lambda self: self.issues)
    @rule(reader=readers, said=st.sampled_from(THEIRS), data=st.data())
    def their_fault_comes_back_twice(self, reader, said, data):
        issue = data.draw(st.sampled_from(self.issues))
        if self.got(issue, reader):
            bounced.come_back(self.store, self.clock, issue, reader, said=said)
            rows = bounced.listed(self.store)
            bounced.come_back(self.store, self.clock, issue, reader, said=said)
            assert bounced.listed(self.store) == rows
            self.blamed.add(reader)

    @precondition(lambda self: self.issues)
    @rule(reader=readers, data=st.data())
    def a_reader_complains(self, reader, data):
        issue = data.draw(st.sampled_from(self.issues))
        if self.got(issue, reader):
            raw = bounced.complaint(self.store, issue, reader)
            bounced.take(self.store, self.clock, raw)
            self.complained.add(reader)

    @rule(days=st.integers(0, 20))
    def time_passes_and_it_is_decided(self, days):
        self.clock.advance(days=days, hours=2)
        bounce_decisions.decide(self.store, clock=self.clock)

    @rule(domain=st.sampled_from(["one.example", "two.example", ""]))
    def an_operator_forgives(self, domain):
        bounce_desk.forgive(self.store, clock=self.clock, domain=domain)

    @rule(domain=st.sampled_from(["one.example", ""]))
    def an_operator_lets_it_count(self, domain):
        bounce_desk.apply(self.store, clock=self.clock, domain=domain)

    @rule(reader=readers)
    def an_import_brings_them_once_more(self, reader):
        with contextlib.suppress(UsageError):
            people.add(
                self.store,
                None,
                TOKENS,
                DAILY,
                reader,
                confirmed=True,
                clock=self.clock,
            )

    @invariant()
    def nobody_is_suspended_for_what_is_not_their_fault(self):
        for reader in READERS:
            if self.state(reader) == "suspended":
                assert reader in self.blamed

    @invariant()
    def nobody_who_complained_gets_mail(self):
        for reader in self.complained:
            assert self.state(reader) == "unsubscribed"

    @invariant()
    def the_books_balance(self):
        for issue in self.issues:
            assert ledger.books(self.store, issue).gap == 0


Bounces.TestCase.settings = settings(max_examples=8, stateful_step_count=20)
TestAnyBounces = Bounces.TestCase
