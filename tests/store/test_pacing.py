"""Rates and rests in the store, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.model import MailingKind
from dispatch.store import claims, pacing, relays
from support import ledger


def write(store, function, *args, **named):
    return store.write(lambda tx: function(tx, *args, **named))


def read(store, function, *args, **named):
    with store.read() as tx:
        return function(tx, *args, **named)


def test_a_relay_that_fails_rests_longer_each_time_and_remembers_since_when(store):
    first = write(store, relays.failed, "ses", "it is down")
    second = write(store, relays.failed, "ses", "it is still down")

    assert (first.failures, second.failures) == (1, 2)
    assert second.since == first.since
    assert second.until - first.until >= timedelta(seconds=14)
    assert read(store, relays.resting, "ses").why == "it is still down"
    assert read(store, relays.resting, "other") is None


def test_a_stand_in_is_wanted_from_the_second_failure_on_and_until_it_works(store):
    write(store, relays.failed, "ses", "no")
    assert read(store, relays.down) == frozenset()
    write(store, relays.failed, "ses", "no")
    assert read(store, relays.down) == {"ses"}
    write(store, relays.works, "ses")
    assert read(store, relays.down) == frozenset()
    assert read(store, relays.state, "ses").rest is None


def test_a_domain_that_refuses_us_is_no_failure_of_the_relay(store):
    write(store, relays.failed, "ses", "550 5.7.1", domain="a.example")

    assert read(store, relays.resting, "ses") is None
    assert set(read(store, relays.troubled, "ses")) == {"a.example"}
    write(store, relays.works, "ses", domain="a.example")
    assert read(store, relays.troubled, "ses") == {}


def test_a_ceiling_is_kept_with_the_speed_that_was_too_fast(store):
    write(store, relays.slow, "ses", ceiling=7.0, was=14.0)
    state = write(store, relays.lock, "ses")

    assert (state.ceiling, state.ceiling_was) == (7.0, 14.0)
    assert state.ceiling_at is not None


def test_a_relay_is_locked_though_nothing_was_known_of_it(store):
    assert write(store, relays.lock, "new").rest is None


def test_use_is_counted_by_the_minute_and_some_may_be_given_back(store):
    write(store, pacing.use, "ses", 100, 20)
    write(store, pacing.use, "ses", 100, -3)
    write(store, pacing.use, "ses", 101, 5)
    write(store, pacing.use, "other", 101, 9)

    assert read(store, pacing.used, "ses", since=100) == {100: 17, 101: 5}
    assert read(store, pacing.used, "ses", since=101) == {101: 5}


def test_buckets_of_a_relay_and_of_domains_are_told_apart(store):
    with store.read() as tx:
        now = tx.now()
    write(store, pacing.fill, "ses", rate="14/s", full_at=now)
    write(
        store,
        pacing.fill,
        "ses",
        domain="a.example",
        full_at=now,
        queued_until=now + timedelta(hours=1),
    )

    assert read(store, pacing.of_relay, "ses") == {"14/s": now}
    found = read(store, pacing.of_domains, "ses", ["a.example", "b.example"])
    assert found == {"a.example": pacing.Queue(now, now + timedelta(hours=1))}
    assert read(store, pacing.queues, "ses") == (
        ("a.example", now + timedelta(hours=1)),
    )


def test_what_no_rate_looks_back_to_is_forgotten(store):
    with store.read() as tx:
        now = tx.now()
    minute = int(now.timestamp()) // 60
    write(store, pacing.use, "ses", minute - 2000, 1)
    write(store, pacing.use, "ses", minute, 1)
    write(store, pacing.fill, "ses", rate="1/s", full_at=now - timedelta(days=2))
    write(store, pacing.forget_old)

    assert read(store, pacing.used, "ses", since=0) == {minute: 1}
    assert read(store, pacing.of_relay, "ses") == {}


def only(*wanted):
    return lambda newsletter, _sender: newsletter in wanted


def test_a_claim_takes_only_what_its_relay_serves(store):
    ledger.sending_issue(store, 2)
    ledger.sending_issue(store, 3, newsletter="weekly")
    with store.read() as tx:
        assert claims.due(tx, serves=only("weekly")) == 3
        assert claims.due(tx) == 5
    batch = write(store, claims.claim, worker="a", most=9, serves=only("weekly"))

    assert {claim.newsletter for claim in batch.claims} == {"weekly"}
    assert len(batch.claims) == 3


def test_mail_that_goes_first_is_chosen_by_its_sender_too(store):
    for number in range(3):
        write(store, ledger.single_mail, f"k{number}", to=f"r{number}@example.net")

    none = write(store, claims.claim, worker="a", most=9, serves=lambda *_: False)
    some = write(
        store,
        claims.claim,
        worker="a",
        most=2,
        serves=lambda _, sender: sender == ledger.SENDER,
    )
    assert none.taken == 0
    assert len(some.claims) == 2


def test_in_quiet_hours_only_mail_that_somebody_waits_for_is_claimed(store):
    ledger.sending_issue(store, 2)
    write(store, ledger.single_mail, "k")
    with store.read() as tx:
        assert claims.due(tx, issues=False) == 1
    batch = write(store, claims.claim, worker="a", most=9, issues=False)

    assert [claim.kind for claim in batch.claims] == [MailingKind.CONFIRM]


def test_an_issue_that_was_planned_first_goes_first(store):
    ledger.sending_issue(store, 2, newsletter="a")
    ledger.sending_issue(store, 2, newsletter="b")
    batch = write(store, claims.claim, worker="a", most=3)

    assert sorted(claim.newsletter for claim in batch.claims) == ["a", "a", "b"]


@pytest.mark.parametrize("kind", list(MailingKind))
def test_every_kind_of_mail_is_claimed(store, kind):
    """The claim knows two ranks: below 10, and 10."""
    assert kind.priority <= 10
    if kind is not MailingKind.ISSUE:
        write(store, ledger.single_mail, "k", kind=kind)
        assert write(store, claims.claim, worker="a", most=1).taken == 1


def test_a_paused_issue_is_passed_by_without_a_look_at_its_rows(sqlite_store):
    """The plan of the statement: from mailing to mailing, never row by row."""
    ledger.sending_issue(sqlite_store, 3)
    with sqlite_store.read() as tx:
        plan = tx.execute(
            text(f"EXPLAIN QUERY PLAN {claims.OPEN_MAILINGS.sqlite}")
        ).all()
    said = " ".join(row.detail for row in plan)

    assert "ix_delivery_due (priority=?)" in said
    assert "ix_delivery_due (priority=? AND mailing>?)" in said
