import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from dispatch.actions.audience import notices, subscribers as people
from dispatch.errors import UsageError
from dispatch.model import MailingKind, SuppressionReason
from dispatch.store import bounces, subscribers, suppressions
from dispatch.subscribe.tokens import Tokens
from support import bounce_mails, bounced, ledger, outbox
from support.audience import DAILY, TOKENS, hash_of, subscribed

ADA, EVE = "ada@example.net", "eve@example.com"
LEAVE = "List-Unsubscribe"


@pytest.fixture
def sent(store, clock):
    bounced.readers(store, ADA, EVE)
    return bounced.issue(store, clock)


def suppression(store, reader=ADA):
    with store.read() as tx:
        return suppressions.reason(tx, hash_of(reader))


def test_a_bounce_is_counted_once_however_often_it_is_brought(store, clock, sent):
    raw = bounced.report(store, sent, ADA)

    assert bounced.take(store, clock, raw) == "counted"
    assert bounced.take(store, clock, raw) == "repeated"
    assert len(bounced.listed(store)) == 1


def test_a_bounce_never_changes_the_delivery(store, clock, sent):
    before = ledger.rows(store)
    bounced.come_back(store, clock, sent, ADA)

    assert ledger.rows(store) == before


def test_the_envelope_alone_is_enough(store, clock, sent):
    raw = bounce_mails.dsn("550 5.1.1 no", "5.1.1", to="x@y.z", token="nothing")
    to = f"NEWS+{TOKENS.bounce(bounced.delivery(store, sent, ADA))}@EXAMPLE.ORG".upper()

    assert bounced.take(store, clock, raw, recipients=[to]) == "counted"


def test_the_message_id_in_the_returned_copy_is_enough(store, clock, sent):
    local = TOKENS.message_id(bounced.delivery(store, sent, ADA))
    raw = bounce_mails.dsn("550 5.1.1 no", "5.1.1", to="x@y.z", token="nothing")
    raw = raw.replace(b"<issue@example.org>", f"<{local}@example.org>".encode())

    assert bounced.take(store, clock, raw) == "counted"


def test_a_forged_report_changes_nothing_and_is_counted(store, clock, sent):
    forged = Tokens(b"somebody else's key, not ours")
    foreign = forged.bounce(bounced.delivery(store, sent, ADA))
    raw = bounce_mails.dsn("550 5.1.1 no", "5.1.1", token=foreign)
    guess = bounce_mails.dsn("550 5.1.1 no", "5.1.1", token="a" * 20)
    own = TOKENS.bounce(4711)

    assert bounced.take(store, clock, raw) in {"other_key", "forged"}
    assert bounced.take(store, clock, guess) == "forged"
    assert bounced.take(store, clock, bounce_mails.arf(token=foreign)) != "complaint"
    assert bounced.take(store, clock, bounce_mails.arf(token=own)) == "forged"
    assert bounced.listed(store) == ()
    assert bounced.state(store, ADA) == "active"
    with store.read() as tx:
        assert sum(bounces.intakes(tx).values()) == 4


def test_a_report_about_mail_of_an_older_key_is_told_from_a_forgery(store, clock, sent):
    keys = (Tokens(bytes([n]) * 32) for n in range(100))
    other = next(one for one in keys if one.key_sign != TOKENS.key_sign)
    raw = bounce_mails.dsn("550 5.1.1 no", "5.1.1", token=other.bounce(1))

    assert bounced.take(store, clock, raw) == "other_key"


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (bounce_mails.away(), "auto_reply"),
        (bounce_mails.PERSON, "other"),
        (bounce_mails.SAMPLES["success"].raw, "delivered"),
        (bounce_mails.arf("not-spam"), "other"),
        (b"\xff\x00", "other"),
    ],
)
def test_what_is_no_bounce_is_counted_and_nothing_else(
    store, clock, sent, raw, outcome
):
    assert bounced.take(store, clock, raw) == outcome
    assert bounced.listed(store) == ()


def test_a_delay_is_seen_and_costs_nothing(store, clock, sent):
    raw = bounced.report(store, sent, ADA, "450 4.4.1 timeout", action="delayed")

    assert bounced.take(store, clock, raw) == "counted"
    assert [one.fate for one in bounced.listed(store)] == ["noted"]


def test_who_complains_is_unsubscribed_and_suppressed_at_once(store, clock, sent):
    store.write(lambda tx: subscribed(tx, ADA, "weekly"))
    raw = bounced.complaint(store, sent, ADA)

    assert bounced.take(store, clock, raw) == "complaint"
    assert bounced.take(store, clock, raw) == "repeated"
    assert bounced.state(store, ADA) == "unsubscribed"
    assert bounced.state(store, ADA, "weekly") == "unsubscribed"
    assert suppression(store) is SuppressionReason.COMPLAINT
    assert bounced.state(store, EVE) == "active"


def test_a_complaint_about_a_confirmation_mail_counts_as_well(store, clock):
    """Somebody typed a stranger's address into the form."""
    mailing = store.write(
        lambda tx: ledger.single_mail(
            tx, "confirm:1", to=ADA, subscription=subscribed(tx, ADA, state="pending")
        )
    )
    with store.read() as tx:
        number = bounces.newest_to(
            tx, hash_of(ADA), tx.now() - timedelta(days=1)
        ).delivery
    raw = bounce_mails.arf(token=TOKENS.bounce(number))

    assert mailing
    assert bounced.take(store, clock, raw) == "complaint"
    assert bounced.state(store, ADA) == "unsubscribed"
    assert [one.fate for one in bounced.listed(store)] == ["unsubscribed"]


def test_nothing_is_mailed_back_to_who_complains(store, clock, sent):
    before = len(ledger.rows(store))
    bounced.take(store, clock, bounced.complaint(store, sent, ADA))

    assert len(ledger.rows(store)) == before


def test_no_import_and_no_erasure_brings_back_who_complained(store, clock, sent):
    bounced.take(store, clock, bounced.complaint(store, sent, ADA))
    people.erase(store, TOKENS, ADA, clock=clock)

    assert suppression(store) is SuppressionReason.COMPLAINT
    with pytest.raises(UsageError, match="suppressed"):
        people.add(
            store,
            None,
            TOKENS,
            DAILY,
            ADA,
            confirmed=True,
            clock=clock,
        )


def test_a_complaint_about_a_mail_to_nobody_suppresses_nobody(store, clock):
    number = store.write(
        lambda tx: ledger.single_mail(tx, "alert:1", to="desk@example.org")
    )
    raw = bounce_mails.arf(token=TOKENS.bounce(number))

    assert bounced.take(store, clock, raw) == "complaint"
    assert suppression(store, "desk@example.org") is None


def test_an_issue_that_servers_call_malformed_is_paused_and_no_reader_suffers(
    store, clock
):
    names = [f"reader-{n}@host{n}.example" for n in range(4)]
    bounced.readers(store, *names)
    issue = bounced.issue(store, clock)
    said = "554 5.6.0 malformed"

    bounced.come_back(store, clock, issue, *names[:2], said=said)
    assert bounced.is_sending(store, issue)
    bounced.come_back(store, clock, issue, names[2], said=said)

    found = bounced.issue_state(store, issue)
    assert found.state == "paused"
    assert "refused 3 copies as too large or malformed (5.6.0)" in found.held_reason
    assert {bounced.state(store, name) for name in names} == {"active"}


def test_a_mail_to_the_address_of_list_unsubscribe_ends_the_subscription(
    store, clock, sent
):
    with store.read() as tx:
        number = bounces.whose(tx, bounced.delivery(store, sent, ADA)).subscription
    to = f"leave+{TOKENS.make('unsubscribe', number)}@example.org"
    raw = f"From: somebody.else@example.com\nTo: {to}\nSubject: x\n\nplease".encode()
    mails = len(ledger.rows(store))

    assert bounced.take(store, clock, raw) == "left"
    assert bounced.take(store, clock, raw) == "left"
    assert bounced.state(store, ADA) == "unsubscribed"
    assert len(ledger.rows(store)) == mails  # no reply


def test_a_token_inside_a_mail_makes_nobody_leave(store, clock, sent):
    with store.read() as tx:
        number = bounces.whose(tx, bounced.delivery(store, sent, ADA)).subscription
    token = TOKENS.make("unsubscribe", number)
    raw = f"From: a@b.c\nTo: news@example.org\nSubject: {token}\n\n{token}".encode()

    assert bounced.take(store, clock, raw) == "other"
    assert bounced.state(store, ADA) == "active"


def test_the_address_that_our_mails_name_is_the_one_that_is_understood(
    store, clock, sent
):
    press = replace(outbox.press(), leave="leave+*@bounces.example.org")
    notice = notices.prepare(press, MailingKind.WELCOME, DAILY)
    with store.read() as tx:
        standing = subscribers.standing_of(tx, ADA, "daily")
    tie = standing.subscription.id
    store.write(lambda tx: notices.queue(tx, notice, standing.subscriber, tie, TOKENS))
    letter = message_from_bytes(outbox.outbox(store)[-1].message, policy=policy.default)
    to = re.search(r"<mailto:(leave\+[^>]+@bounces\.example\.org)>", letter[LEAVE])[1]

    assert len(to.partition("@")[0]) <= 64
    assert bounced.take(store, clock, f"To: {to}\n\n".encode()) == "left"
    assert bounced.state(store, ADA) == "unsubscribed"
