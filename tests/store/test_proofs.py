"""What editors were shown, and what floods are measured by, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from dispatch.model import Frozen, MailingKind
from dispatch.store import (
    arrivals,
    bodies,
    entries,
    issues,
    mailings,
    newsletters,
    proofs,
    schema,
)
from support import newsroom
from support.audience import hash_of

ADA = "ada@courier.example"


@pytest.fixture
def issue(store, clock):
    """An issue of a newsletter that began a week ago."""
    now = clock.now()

    def unit(tx):
        began = now - timedelta(days=7)
        newsletters.ensure(tx, "daily", "Daily", now=began)
        return issues.open(
            tx,
            "daily",
            now,
            day=now.date(),
            from_position=2,
            to_position=3,
            expires_at=now + timedelta(hours=20),
            now=now,
        )

    return store.write(unit)


def mail(store, proof):
    """Queue the next mail of a proof; return the delivery's mailing."""

    def unit(tx):
        return mailings.queue_one(
            tx,
            kind=MailingKind.PROOF,
            dedupe_key=proof.key,
            recipient=proof.editor,
            mailbox_hash=hash_of(proof.editor),
            subscription=None,
            body=bodies.put(tx, Frozen(b"x\r\n", ())),
            newsletter="daily",
            sender="daily@courier.example",
        )

    return store.write(unit)


def test_an_editor_has_one_proof_of_an_issue(store, issue):
    first = store.write(lambda tx: proofs.ensure(tx, issue.id, ADA))
    again = store.write(lambda tx: proofs.ensure(tx, issue.id, ADA))
    other = store.write(lambda tx: proofs.ensure(tx, issue.id, "ben@courier.example"))

    assert first == again
    assert (first.revision, first.sent, first.sent_at) == (0, 0, None)
    with store.read() as tx:
        assert proofs.by_id(tx, first.id) == first
        assert proofs.by_id(tx, 4711) is None
        assert proofs.of_issue(tx, issue.id) == {
            ADA: first,
            "ben@courier.example": other,
        }


def test_what_was_sent_is_written_down_and_the_next_mail_is_another(
    store, issue, clock
):
    one = store.write(lambda tx: proofs.ensure(tx, issue.id, ADA))
    now = clock.now()
    store.write(lambda tx: proofs.sent(tx, one, 3, reminder=False, now=now))
    store.write(lambda tx: proofs.sent(tx, one, 3, reminder=True, now=now))
    with store.read() as tx:
        after = proofs.by_id(tx, one.id)

    assert (after.revision, after.sent) == (3, 2)
    assert (after.sent_at, after.reminded_at) == (now, now)
    assert after.key != one.key


@pytest.mark.parametrize(
    ("state", "reached"),
    [("pending", False), ("deferred", False), ("rejected", False), ("accepted", True)],
)
def test_editors_are_reached_when_a_mail_server_took_a_proof(
    store, issue, clock, state, reached
):
    one = store.write(lambda tx: proofs.ensure(tx, issue.id, ADA))
    with store.read() as tx:
        assert not proofs.reached(tx, issue.id)
    mailing = mail(store, one)
    delivery = schema.delivery
    change = update(delivery).where(delivery.c.mailing == mailing).values(state=state)
    now = clock.now()
    store.write(lambda tx: proofs.sent(tx, one, 1, reminder=False, now=now))
    store.write(lambda tx: tx.execute(change) and None)

    with store.read() as tx:
        assert proofs.reached(tx, issue.id) is reached


def test_arrivals_are_those_of_earlier_issues(store, issue, clock):
    now = clock.now()
    ago = (timedelta(days=3), timedelta(days=1), timedelta(hours=1))
    numbers = [
        newsroom.put_article(store, f"Story {n}", seen=now - one, source="wire")
        for n, one in enumerate(ago)
    ]
    store.write(lambda tx: entries.add(tx, "daily", numbers, now=now) and None)

    with store.read() as tx:
        found = arrivals.before(tx, "daily", 2, since=now - timedelta(days=2))
        assert arrivals.covered_to(tx, issue) is None
    assert [(one.source, one.first_seen_at) for one in found] == [
        ("wire", now - timedelta(days=1))
    ]
