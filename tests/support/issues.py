"""Issues under way, planned by the program itself from stories that are there."""

import threading
from datetime import timedelta

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import Hand, Wishes
from dispatch.actions.delivery.deliver import deliver
from dispatch.actions.issues.plan import plan_ready
from dispatch.deliver import session
from dispatch.store import entries, newsletters, unknown
from support import ledger
from support.audience import subscribed
from support.composing import press
from support.newsroom import put_article


def ready(store, readers, *headlines):
    """Make a READY issue of some stories for reader-0@example.net … ."""
    store.write(lambda tx: newsletters.ensure(tx, "daily", "Daily", now=tx.now()))
    with store.read() as tx:
        seen = tx.now() - timedelta(hours=1)
    ids = [
        put_article(store, one, seen=seen, section="town")
        for one in headlines or ("Bridge opens",)
    ]
    store.write(lambda tx: entries.add(tx, "daily", ids, now=seen))

    def unit(tx):
        for number in range(readers):
            subscribed(tx, f"reader-{number}@example.net")
        return ledger.ready_issue(tx)

    return store.write(unit)


def plan(store, clock, letter):
    return plan_ready(store, press(), [letter], clock=clock)


def send(store, clock, server, **changes):
    """Deliver what is due to a scripted server."""
    relay = server.relay(**changes)
    return deliver(
        store,
        lambda: session.connect(relay, helo="tests.example"),
        ledger.TOKENS,
        relay,
        clock=clock,
        stop=threading.Event(),
        alone=True,
        insist=True,
    )


def reword(store, clock, headline):
    """Give the first story another headline, as an editor does."""
    clock.advance(seconds=1)
    with store.read() as tx:
        hand = Hand("ada", "", tx.now())
    wishes = Wishes({"headline": headline}, ())
    store.write(lambda tx: editing.edit(tx, 1, wishes, hand))


def recover(tx):
    """Free what lost workers held, as any other worker does."""
    unknown.recover(tx)


def recover_now(store):
    store.write(recover)
