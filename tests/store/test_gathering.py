"""What every message needs is written for many at once, and each stays its own."""

import pytest
from sqlalchemy import insert, select, text

from dispatch.errors import StoreError
from dispatch.model import DeliveryState, Intent, IssueState, Outcome, Phase, Reply
from dispatch.store import claims, deliveries, issues, unknown
from dispatch.store.schema import meta
from support import ledger

YES = Reply(250, "2.0.0 Ok", "2.0.0", Phase.DOT)


def note(tx, items):
    """Gather notes: a key that is there already is what the database refuses."""
    for key in items:
        tx.execute(insert(meta).values(key=key, value="x"))
    return [f"{key} of {len(items)}" for key in items]


def claimed(store, most=10):
    return store.write(lambda tx: claims.claim(tx, worker="me", most=most)).claims


def tried(claim, state=DeliveryState.ACCEPTED, reply=YES, **more):
    return deliveries.Try(claim, reply, Outcome(state, **more), "me", "test")


def attempts(store):
    with store.read() as tx:
        return tx.execute(
            text("SELECT delivery, worker, relay, reply FROM attempt ORDER BY id")
        ).all()


def test_items_that_are_sent_together_are_done_together(store):
    outbox = store.outbox()
    futures = [outbox.gather(note, key) for key in "abc"]
    assert not any(future.done() for future in futures)

    outbox.send()

    assert [future.result() for future in futures] == ["a of 3", "b of 3", "c of 3"]


def test_units_go_before_what_is_gathered(store):
    order = []

    def gather(_tx, items):
        order.extend(items)
        return items

    outbox = store.outbox()
    futures = [outbox.gather(gather, "gathered")]
    futures += [outbox.submit(lambda _tx, n=n: order.append(n)) for n in (1, 2)]
    outbox.send()
    for future in futures:
        future.result()

    assert order == [1, 2, "gathered"]


def test_an_item_that_fails_fails_alone(store):
    store.write(lambda tx: note(tx, "b"))
    outbox = store.outbox()
    unit = outbox.submit(lambda tx: note(tx, ["unit"]))
    futures = [outbox.gather(note, key) for key in "abc"]
    outbox.send()

    assert unit.result() == ["unit of 1"]
    assert futures[0].result() == "a of 1"
    assert futures[2].result() == "c of 1"
    with pytest.raises(StoreError):
        futures[1].result()
    with store.read() as tx:
        keys = set(tx.execute(select(meta.c.key)).scalars())
    assert keys >= {"unit", "a", "b", "c"}


def test_a_closed_store_refuses_what_is_gathered(store):
    outbox = store.outbox()
    future = outbox.gather(note, "late")
    store.close()
    outbox.send()

    with pytest.raises(StoreError, match="stopped"):
        future.result()


def test_each_intent_of_a_commit_is_decided_by_its_own_row(store):
    """A good one, one that was fenced off, of who left, of who is suppressed."""
    ledger.sending_issue(store, 4)
    store.write(lambda tx: ledger.single_mail(tx, "apart", to="reader-3@example.net"))
    by_name = {(c.recipient[:8], c.kind.value): c for c in claimed(store)}
    good, fenced, left, suppressed = (by_name[f"reader-{n}", "issue"] for n in range(4))
    apart = by_name["reader-3", "confirm"]

    def meanwhile(tx):
        deliveries.release(tx, fenced)
        ledger.set_state(tx, "reader-2@example.net", "unsubscribed")
        ledger.suppress(tx, "reader-3@example.net", "unsubscribed")

    store.write(meanwhile)
    asked = [fenced, good, left, suppressed, apart]
    verdicts = store.write(lambda tx: deliveries.intend_all(tx, asked))

    assert verdicts == [
        Intent.FENCED,
        Intent.GO,
        Intent.SKIPPED,
        Intent.SKIPPED,
        Intent.GO,
    ]
    states = {row.id: (row.state, row.reason) for row in ledger.rows(store)}
    assert states[fenced.id] == ("pending", "")
    assert states[good.id] == ("dot", "")
    assert states[left.id] == ("skipped", "unsubscribed")
    assert states[suppressed.id] == ("skipped", "suppressed")
    assert states[apart.id] == ("dot", "")


def test_a_paused_issue_holds_its_own_intents_and_no_others(store):
    paused = ledger.sending_issue(store, 1)
    ledger.sending_issue(store, 1, newsletter="weekly", day=1)
    both = claimed(store)
    store.write(
        lambda tx: issues.change_state(
            tx, paused, IssueState.SENDING, IssueState.PAUSED, now=tx.now()
        )
    )

    verdicts = store.write(lambda tx: deliveries.intend_all(tx, both))

    assert dict(zip([c.issue for c in both], verdicts, strict=True)) == {
        one.issue: Intent.HELD if one.issue == paused else Intent.GO for one in both
    }


def test_the_same_intent_twice_in_a_commit_lets_one_dot_leave(store):
    ledger.sending_issue(store, 1)
    (one,) = claimed(store)

    verdicts = store.write(lambda tx: deliveries.intend_all(tx, [one, one]))

    assert verdicts == [Intent.GO, Intent.FENCED]


def test_each_answer_of_a_commit_is_written_to_its_own_row(store):
    ledger.sending_issue(store, 4)
    a, b, c, d = claimed(store)
    store.write(lambda tx: deliveries.intend_all(tx, [a, b, c, d]))
    store.write(lambda tx: unknown.recover(tx, dead=("me",)))  # late, but ours still
    store.write(lambda tx: deliveries.release(tx, d))
    words = Reply(451, 'later, "please":\n’tis {full} 💌 100 %', "4.2.2", Phase.DOT)
    retry_at = a.lease_until
    tries = [
        tried(a),
        tried(b, DeliveryState.DEFERRED, words, retry_at=retry_at, reason="full"),
        tried(c, DeliveryState.PENDING, Reply(0, "", "", Phase.INTENT)),
    ]

    assert store.write(lambda tx: deliveries.settle_all(tx, tries)) == [True] * 3

    rows = {row.id: row for row in ledger.rows(store)}
    assert [rows[one.id].state for one in (a, b, c, d)] == [
        "accepted",
        "deferred",
        "pending",
        "unknown",
    ]
    assert [rows[one.id].tries for one in (a, b, c)] == [1, 1, 0]
    assert rows[a.id].worker == ""
    assert rows[b.id].reply == words.text
    assert (rows[b.id].code, rows[b.id].reason) == (451, "full")
    assert rows[d.id].worker == "me"
    assert [(row.delivery, row.reply) for row in attempts(store)] == [
        (a.id, YES.text),
        (b.id, words.text),
        (c.id, ""),
    ]


def test_an_answer_to_a_row_that_is_no_longer_ours_is_only_an_attempt(store):
    ledger.sending_issue(store, 2)
    mine, lost = claimed(store)
    store.write(lambda tx: deliveries.release(tx, lost))
    claimed(store)  # somebody else's now

    settled = store.write(
        lambda tx: deliveries.settle_all(tx, [tried(mine), tried(lost)])
    )

    assert settled == [True, False]
    assert len(attempts(store)) == 2


def test_the_same_delivery_answered_twice_in_a_commit_keeps_the_first_word(store):
    ledger.sending_issue(store, 1)
    (one,) = claimed(store)
    twice = [tried(one), tried(one, DeliveryState.REJECTED)]

    assert store.write(lambda tx: deliveries.settle_all(tx, twice)) == [True, False]
    assert [row.state for row in ledger.rows(store)] == ["accepted"]
