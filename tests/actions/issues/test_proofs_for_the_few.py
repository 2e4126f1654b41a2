"""What only a few get has a proof as well, and waits for its editors like any issue."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.actions.issues import approving, compose, copies, plan, proofing
from dispatch.compose import approval, due, mime
from dispatch.model import Cadence, EditKind, IssueState, MailingKind
from dispatch.store import bodies, issues, schema
from support.composing import DAILY, SHIPPED, press
from support.ledger import TOKENS
from support.weeks import Weeks, quick

ADA = "ada@quad.example"
LETTER = replace(DAILY, proof_to=(ADA,), proof=timedelta(minutes=30))


class Desk(Weeks):
    """Weeks whose editors are asked before each plan."""

    def cycle(self):
        for letter in self.newsletters:
            compose.tick(self.store, self.press, [letter], clock=self.clock)
        asked = proofing.ask(
            self.store, self.press, TOKENS, self.newsletters, clock=self.clock
        )
        assert asked.errors == ()
        return plan.plan_ready(
            self.store, self.press, self.newsletters, clock=self.clock
        )

    def newest(self):
        with self.store.read() as tx:
            return issues.of(tx, "daily")[0]

    def proofs(self):
        """The texts of the proofs, oldest first."""
        mailing, delivery = schema.mailing, schema.delivery
        query = (
            select(delivery.c.body)
            .join(mailing, mailing.c.id == delivery.c.mailing)
            .where(mailing.c.kind == MailingKind.PROOF)
            .order_by(delivery.c.id)
        )
        with self.store.read() as tx:
            found = [bodies.get(tx, one) for one in tx.execute(query).scalars()]
        return [mime.unstuff(one.data).decode().replace("=\r\n", "") for one in found]


@pytest.fixture
def desk(store, clock, tmp_path):
    quick(tmp_path)
    (tmp_path / "digest" / "body.html").write_text("<html><body>News</body></html>")
    pressed = press(folders=(tmp_path, SHIPPED))
    return lambda **changes: Desk(
        store, clock, replace(LETTER, **changes), with_press=pressed
    )


def an_issue_for_the_few(weeks):
    """A story that all but Bea had, and a slot with nothing new on her day."""
    weeks.reader("each")
    weeks.reader("bea", cadence=Cadence.WEEKLY)
    weeks.story()
    weeks.slot()  # Bea has it, too: her first
    weeks.story()
    weeks.slot()
    weeks.clock.advance(minutes=31)
    weeks.cycle()
    weeks.slot(6)
    return weeks.newest()


def test_it_has_a_proof_that_says_whom_it_is_for(desk):
    weeks = desk()
    issue = an_issue_for_the_few(weeks)

    assert issue.planned == 1
    proof = weeks.proofs()[-1]
    assert "1 story, 1 reader" in " ".join(proof.split())
    assert "All other readers have had these stories" in " ".join(proof.split())


def test_silence_is_consent_only_after_the_editors_had_their_time(desk):
    weeks = desk(approval="unless_held")
    issue = an_issue_for_the_few(weeks)

    assert issue.state is IssueState.READY
    assert issue.leaves_at == issue.slot + LETTER.proof
    weeks.clock.advance(minutes=31)
    weeks.cycle()
    assert weeks.newest().held_reason == approval.UNREACHED


def test_it_waits_for_approval_where_that_is_required(desk):
    weeks = desk(approval="required")
    weeks.reader("each")
    bea = weeks.reader("bea", cadence=Cadence.WEEKLY)
    for _story in range(2):
        weeks.story()
        weeks.slot()
        release(weeks, weeks.newest())
    weeks.slot(6)
    issue = weeks.newest()

    assert issue.state is IssueState.HELD
    assert "All other readers have had these" in " ".join(weeks.proofs()[-1].split())
    assert len(weeks.mails(bea)) == 1
    release(weeks, issue)
    assert len(weeks.mails(bea)) == 2


def release(weeks, issue):
    approving.approve(
        weeks.store,
        weeks.press,
        weeks.newsletters,
        issue,
        clock=weeks.clock,
        by=ADA,
        kind=EditKind.SEND,
    )
    weeks.cycle()


def others(weeks):
    with weeks.store.read() as tx:
        found = copies.of(tx, weeks.newest(), LETTER.timezone)
    return [f"{one.people}: {one.words}" for one in found]


def test_a_proof_says_how_many_get_more_than_it_shows(desk):
    weeks = desk()
    weeks.reader("each")
    weeks.reader("bea", cadence=Cadence.WEEKLY)
    for _day in range(3):
        weeks.story()
        weeks.slot()
    weeks.slot(3)  # nothing new until Monday, when Bea is due
    weeks.story()
    weeks.clock.moment = due.next_slot(
        LETTER.schedule, LETTER.timezone, weeks.clock.now()
    ) - timedelta(minutes=20)
    weeks.cycle()

    assert others(weeks) == [
        "1 reader: plain text",
        "1 reader: plain text, with what earlier issues had",
    ]
    first, *_others, last = weeks.proofs()

    assert "had" not in first.partition("=====")[0]
    words = " ".join(last.split())
    assert "1 story, 2 readers" in words
    assert "1 reader of these gets the newsletter less often" in words
