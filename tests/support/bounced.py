"""Issues that went out, and what comes back of them."""

import os
import signal
from datetime import timedelta

from sqlalchemy import text

from dispatch.actions.bounces import bounce_decisions, bounce_mailbox, returns
from dispatch.clock import SystemClock
from dispatch.model import BounceSettings, IssueState
from dispatch.store import bounces, issues, mailings, open_store, subscribers
from dispatch.store.types import to_micros
from support import bounce_mails, ledger
from support.audience import TOKENS, subscribed


def readers(store, *names):
    store.write(lambda tx: [subscribed(tx, name) for name in names])


def issue(store, clock, *, days=1):
    """Send an issue to everybody and let so many days pass; return its id."""
    made = sent(store, clock)
    clock.advance(days=days)
    return made


def sent(store, clock):
    """Send an issue to everybody; return its id."""

    def unit(tx):
        number = len(issues.recent(tx, 1000))
        made = ledger.ready_issue(tx, day=number, expires=timedelta(days=400))
        tx.execute(
            text(
                "UPDATE issue SET from_position = :at, to_position = :at + 3"
                " WHERE id = :id"
            ),
            {"at": 3 * number, "id": made.id},
        )
        made = issues.by_id(tx, made.id)
        mailing = mailings.open_issue_mailing(
            tx, made, sender=ledger.SENDER, on_unknown="hold"
        )
        ledger.everybody(tx, made, mailing)
        mailings.start_sending(tx, made.id)
        tx.execute(
            text(
                "UPDATE delivery SET state = 'accepted', settled_at = :now,"
                " created_at = :now WHERE mailing = :mailing AND state = 'pending'"
            ),
            {"mailing": mailing, "now": to_micros(clock.now())},
        )
        return made.id

    return store.write(unit)


def date_mails(store, clock):
    """Let every mail be of this moment: PostgreSQL has a clock of its own."""
    store.write(
        lambda tx: tx.execute(
            text("UPDATE delivery SET created_at = :now"),
            {"now": to_micros(clock.now())},
        )
    )


def delivery(store, issue, reader):
    with store.read() as tx:
        return tx.execute(
            text(
                "SELECT d.id FROM delivery d JOIN mailing m ON m.id = d.mailing"
                " WHERE m.issue = :issue AND d.recipient = :reader"
            ),
            {"issue": issue, "reader": reader},
        ).scalar_one()


def report(store, issue, reader, said="550 5.1.1 user unknown", **more):
    """A report about one copy, with the token that our return path had."""
    token = TOKENS.bounce(delivery(store, issue, reader))
    status = said.split(" ")[1]
    return bounce_mails.dsn(said, status, reader=reader, token=token, **more)


def complaint(store, issue, reader):
    return bounce_mails.arf(token=TOKENS.bounce(delivery(store, issue, reader)))


def take(store, clock, raw, **more):
    return returns.take(store, TOKENS, raw, **{"via": "lmtp", **more}, clock=clock)


def come_back(store, clock, issue, *names, said="550 5.1.1 user unknown"):
    return [take(store, clock, report(store, issue, name, said)) for name in names]


def decide(store, clock, hours=2):
    clock.advance(hours=hours)
    return bounce_decisions.decide(store, clock=clock)


def state(store, reader="ada@example.org", newsletter="daily"):
    with store.read() as tx:
        found = subscribers.standing_of(tx, reader, newsletter)
        return str(found.subscription.state)


def listed(store):
    with store.read() as tx:
        return bounces.listing(tx)


def issue_state(store, issue):
    with store.read() as tx:
        return issues.by_id(tx, issue)


def is_sending(store, issue):
    return issue_state(store, issue).state is IssueState.SENDING


def mailbox(server):
    """The [bounces] of an IMAP server on loopback."""
    user, password = server.login
    return BounceSettings(
        host="127.0.0.1",
        port=server.port,
        security="none",
        username=user,
        password=password,
    )


def empty_and_die(url, settings):
    """Empty a mailbox and die when the first mail is written down, not yet deleted."""
    taken = returns.take

    def last(*words, **more):
        taken(*words, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    returns.take = last
    clock = SystemClock()
    with open_store(url, clock=clock) as store:
        bounce_mailbox.empty(store, TOKENS, settings, clock=clock)
