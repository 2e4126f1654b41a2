from datetime import timedelta

import pytest

from dispatch.model import BounceClass, BounceFate, Said, Verdict
from dispatch.store import bounce_records, bounces, erasure, subscribers
from support import bounced
from support.audience import hash_of

DEAD = Verdict(BounceClass.DEAD)
ADA = "ada@example.net"
SAID = Said(550, "5.1.1", f"<{ADA}>: user unknown")


@pytest.fixture
def sent(store, clock):
    bounced.readers(store, ADA, "eve@example.net", "bo@example.com")
    return bounced.issue(store, clock)


def whose(store, issue, reader=ADA):
    number = bounced.delivery(store, issue, reader)
    with store.read() as tx:
        return bounces.whose(tx, number)


def add(store, clock, issue, *, verdict=DEAD, reader=ADA, said=SAID):
    of = whose(store, issue, reader)
    return store.write(
        lambda tx: bounces.add(tx, of, verdict, said, via="lmtp", now=clock.now())
    )


def test_a_delivery_tells_whose_it_is(store, sent):
    found = whose(store, sent)

    assert (found.issue, found.domain) == (sent, "example.net")
    assert found.mailbox_hash == hash_of(ADA)
    with store.read() as tx:
        assert bounces.whose(tx, 4711) is None


def test_the_newest_delivery_to_an_address_is_found(store, clock, sent):
    second = bounced.issue(store, clock)
    with store.read() as tx:
        found = bounces.newest_to(tx, hash_of(ADA), clock.now() - timedelta(days=30))
        late = bounces.newest_to(tx, hash_of(ADA), clock.now())

    assert found.issue == second
    assert late is None


def test_what_is_told_twice_is_written_once(store, clock, sent):
    assert add(store, clock, sent)
    assert not add(store, clock, sent)

    (row,) = bounced.listed(store)
    assert (row.kind, row.fate, row.recipient) == ("dead", BounceFate.OPEN, ADA)


def test_a_failure_after_a_delay_outweighs_it_and_a_delay_no_failure(
    store, clock, sent
):
    delay, failure = (Verdict(BounceClass.FULL, weight) for weight in (0, 1))

    assert add(store, clock, sent, verdict=delay)
    assert bounced.listed(store)[0].fate is BounceFate.NOTED
    assert add(store, clock, sent, verdict=failure)
    assert not add(store, clock, sent, verdict=delay)
    assert [(one.weight, one.fate) for one in bounced.listed(store)] == [
        (1, BounceFate.OPEN)
    ]


def test_what_is_our_fault_is_noted_and_never_waits(store, clock, sent):
    add(store, clock, sent, verdict=Verdict(BounceClass.SENDER))

    with store.read() as tx:
        assert bounces.open_before(tx, clock.now(), limit=9) == ()
        assert bounces.fates(tx) == {BounceFate.NOTED: 1}


def test_a_record_has_an_issue_a_line_oldest_first(store, clock, sent):
    second = bounced.issue(store, clock)
    add(store, clock, sent)
    add(store, clock, sent, verdict=Verdict(BounceClass.FULL))
    with store.read() as tx:
        person = subscribers.by_mailbox(tx, ADA)
        first, last = bounce_records.record(tx, person.id)

    assert (first.issue, first.dead, first.full, first.accepted) == (sent, 1, 1, True)
    assert (last.issue, last.dead, last.full, last.faulted) == (second, 0, 0, False)


@pytest.mark.parametrize(
    ("fate", "mark"),
    [("counted", (1, False)), ("held", (0, True)), ("forgiven", (0, False))],
)
def test_what_is_held_or_forgiven_does_not_count(store, clock, sent, fate, mark):
    add(store, clock, sent)
    store.write(lambda tx: bounces.set_fate(tx, BounceFate(fate), now=clock.now()))
    with store.read() as tx:
        person = subscribers.by_mailbox(tx, ADA)
        (found,) = bounce_records.record(tx, person.id)

    assert (found.dead, found.faulted) == mark


def test_a_crowd_is_counted_for_its_domain_and_issue(store, clock, sent):
    for reader in (ADA, "eve@example.net", "bo@example.com"):
        add(store, clock, sent, reader=reader)
    with store.read() as tx:
        since = clock.now() - timedelta(days=1)
        (crowd,) = bounce_records.crowds(tx, BounceFate.OPEN, since=since, least=2)

    assert (crowd.domain, crowd.bounced, crowd.of) == ("example.net", 2, 2)
    assert crowd.issue == sent


def test_fates_are_changed_by_domain_issue_number_and_reader(store, clock, sent):
    for reader in (ADA, "eve@example.net", "bo@example.com"):
        add(store, clock, sent, reader=reader)
    newest = bounced.listed(store)[0]
    mine = whose(store, sent, ADA).subscription

    def to(fate, **which):
        return store.write(
            lambda tx: bounces.set_fate(tx, fate, now=clock.now(), **which)
        )

    assert to(BounceFate.HELD, domain="EXAMPLE.net", issue=sent) == 2
    assert to(BounceFate.COUNTED, numbers=[newest.id]) == 1
    assert to(BounceFate.FORGIVEN, subscriptions=[mine]) == 1
    assert to(BounceFate.FORGIVEN, domain="other.example") == 0
    with store.read() as tx:
        assert bounces.fates(tx) == {
            BounceFate.HELD: 1,
            BounceFate.COUNTED: 1,
            BounceFate.FORGIVEN: 1,
        }


def test_an_erased_reader_leaves_a_number_and_no_words(store, clock, sent):
    add(store, clock, sent)

    def unit(tx):
        erasure.erase(tx, subscribers.by_mailbox(tx, ADA).id, now=clock.now())

    store.write(unit)

    (row,) = bounced.listed(store)
    assert (row.text, row.domain) == ("", "")
    assert ADA not in row.recipient
    with store.read() as tx:
        assert bounces.totals(tx) == {BounceClass.DEAD: 1}
        assert bounces.of_issue(tx, sent) == {BounceClass.DEAD: 1}


def test_reports_are_counted_by_what_became_of_them(store, clock):
    for outcome in ("forged", "forged", "other"):
        store.write(
            lambda tx, outcome=outcome: bounces.note_intake(
                tx, outcome, now=clock.now()
            )
        )

    with store.read() as tx:
        assert bounces.intakes(tx) == {"forged": 2, "other": 1}
