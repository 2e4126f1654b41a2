"""Issues, mailings and deliveries to start from, made through the store."""

from datetime import timedelta

from sqlalchemy import text

from dispatch.model import Frozen, IssueState, MailingKind, Span, SuppressionReason
from dispatch.store import (
    audience,
    bodies,
    issues,
    mailings,
    newsletters,
    suppressions,
    tallies,
)
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address
from support.audience import subscribed

TOKENS = Tokens(b"a key for tests and nothing else")
SENDER = "news@example.org"
HEAD = (
    b"From: News <news@example.org>\r\nTo: {to}\r\nDate: {date}\r\n"
    b"Message-ID: <{message_id}>\r\nSubject: Today\r\n"
)
LETTER = HEAD + (
    b"List-Unsubscribe: <http://127.0.0.1/unsubscribe/{unsubscribe}>\r\n"
    b"\r\nGood morning.\r\n..and a dot.\r\n"
)


def frozen(letter=LETTER):
    """Make `Frozen` of a letter with {name} where a span is to be."""
    spans, at = [], 0
    while (start := letter.find(b"{", at)) >= 0:
        end = letter.find(b"}", start) + 1
        spans.append(Span(start, end, letter[start + 1 : end - 1].decode()))
        at = end
    return Frozen(letter, tuple(spans))


def ready_issue(tx, *, newsletter="daily", day=0, expires=timedelta(hours=20)):
    """Open an issue and make it READY, on the store's own clock."""
    now = tx.now()
    newsletters.ensure(tx, newsletter, "The Daily", now=now)
    issue = issues.open(
        tx,
        newsletter,
        now + timedelta(days=day),
        day=(now + timedelta(days=day)).date(),
        from_position=0,
        to_position=3,
        expires_at=now + expires,
        now=now,
    )
    issues.change_state(tx, issue.id, IssueState.DRAFT, IssueState.READY, now=now)
    return issues.by_id(tx, issue.id)


def everybody(tx, issue, mailing, *, letter=LETTER, most=500):
    """Plan the whole audience of `issue` with one body, whatever was chosen."""
    body = bodies.put(tx, frozen(letter))
    chosen = {}
    while True:
        chunk = audience.plan_chunk(tx, issue, mailing, chosen, most=most)
        if chunk.finished:
            return
        chosen |= dict.fromkeys(chunk.missing, body)


def sending_issue(store, count=3, *, on_unknown="resend_once", **wishes):
    """Make an issue that is SENDING to reader-0@example.net … and return its id."""

    def unit(tx):
        issue = ready_issue(tx, **wishes)
        for number in range(count):
            subscribed(tx, f"reader-{number}@example.net", issue.newsletter)
        mailing = mailings.open_issue_mailing(
            tx, issue, sender=SENDER, on_unknown=on_unknown
        )
        everybody(tx, issue, mailing)
        mailings.start_sending(tx, issue.id)
        return issue.id

    return store.write(unit)


def single_mail(tx, key, *, kind=MailingKind.CONFIRM, to="ada@example.org", **more):
    """Queue one mail to one person."""
    letter = more.pop("letter", HEAD + b"\r\nHello.\r\n")
    mailbox = address.parse(to).mailbox
    return mailings.queue_one(
        tx,
        kind=kind,
        dedupe_key=key,
        recipient=to,
        mailbox_hash=TOKENS.mailbox_hash(mailbox),
        subscription=more.pop("subscription", None),
        body=bodies.put(tx, frozen(letter)),
        newsletter="daily",
        sender=SENDER,
        **more,
    )


def books(store, issue):
    """Return an issue's tally."""
    with store.read() as tx:
        return tallies.of_issue(tx, issue)


def state_of(store, issue):
    with store.read() as tx:
        return issues.by_id(tx, issue).state


def suppress(tx, to, reason):
    mailbox_hash = TOKENS.mailbox_hash(address.parse(to).mailbox)
    suppressions.add(tx, mailbox_hash, SuppressionReason(reason), now=tx.now())


def set_state(tx, to, state):
    """Put a reader's subscription into a state, whatever the table of states says."""
    tx.execute(
        text(
            "UPDATE subscription SET state = :state WHERE subscriber ="
            " (SELECT id FROM subscriber WHERE mailbox = :mailbox)"
        ),
        {"state": state, "mailbox": to},
    )


def end_leases(store):
    """Let time pass for whatever a lost worker held, on either database."""
    store.write(
        lambda tx: tx.execute(
            text("UPDATE delivery SET lease_until = 1 WHERE lease_until IS NOT NULL")
        )
    )


def make_due(store):
    """Let time pass for whatever is to be tried again."""
    store.write(lambda tx: tx.execute(text("UPDATE delivery SET not_before = 1")))


def rows(store, columns="*"):
    """Return the delivery rows, for a look at what no function returns."""
    with store.read() as tx:
        return tx.execute(text(f"SELECT {columns} FROM delivery ORDER BY id")).all()


def states(store):
    return [row.state for row in rows(store)]
