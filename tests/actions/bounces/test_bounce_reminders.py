import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from dispatch.actions.audience import subscribers as people, subscribing
from dispatch.actions.bounces import bounce_reminders
from dispatch.errors import TemplateError, UsageError
from dispatch.model import SuppressionReason
from dispatch.store import suppressions
from support import bounced, outbox
from support.audience import DAILY, TOKENS, WEEKLY, hash_of, subscribed

ADA = "ada@example.net"
GONE = "550 5.1.2 no such domain"


@pytest.fixture
def suspended(store, clock):
    """A reader of two newsletters whose domain is gone."""
    bounced.readers(store, ADA)
    issue = bounced.issue(store, clock)
    store.write(lambda tx: subscribed(tx, ADA, "weekly"))
    bounced.come_back(store, clock, issue, ADA, said=GONE)
    bounced.decide(store, clock)
    assert bounced.state(store, ADA) == "suspended"


def remind(store, clock, press=None, newsletters=(DAILY,)):
    return bounce_reminders.remind(
        store, press or outbox.press(), TOKENS, newsletters, clock=clock
    )


def reminders(store):
    return [one for one in outbox.outbox(store) if one.kind == "reminder"]


def press_button(store, clock):
    letter = message_from_bytes(reminders(store)[-1].message, policy=policy.default)
    text = letter.get_body(("plain",)).get_content()
    token = re.search(r"/confirm/([a-z2-7]+)", text)[1]
    return subscribing.confirm(
        store, outbox.press(), TOKENS, (DAILY,), token, clock=clock, ip=""
    )


def suppression(store):
    with store.read() as tx:
        return suppressions.reason(tx, hash_of(ADA))


def test_who_is_suspended_is_asked_once_after_a_week(store, clock, suspended):
    assert remind(store, clock).asked == 0
    clock.advance(days=7)

    assert remind(store, clock).lines() == ["Asked whether they are still there: 1."]
    assert remind(store, clock).asked == 0
    clock.advance(days=30)
    assert remind(store, clock).asked == 0
    (mail,) = reminders(store)
    assert mail.recipient == ADA
    assert b"came back" in mail.message


def test_each_newsletter_asks_for_itself(store, clock, suspended):
    clock.advance(days=7)

    assert remind(store, clock, newsletters=(DAILY, WEEKLY)).asked == 2


def test_the_button_brings_them_back_and_forgets_what_came_back(
    store, clock, suspended
):
    clock.advance(days=7)
    remind(store, clock)
    mails = len(outbox.outbox(store))

    assert press_button(store, clock) == "confirmed"
    assert press_button(store, clock) == "already"
    assert bounced.state(store, ADA) == "active"
    assert bounced.state(store, ADA, "weekly") == "suspended"
    assert len(outbox.outbox(store)) == mails  # no welcome
    bounced.come_back(store, clock, bounced.issue(store, clock), ADA)
    bounced.decide(store, clock)
    assert bounced.state(store, ADA) == "active"


def test_who_says_nothing_for_ninety_days_is_let_go(store, clock, suspended):
    clock.advance(days=89)
    assert remind(store, clock).lapsed == 0
    clock.advance(days=1)

    report = remind(store, clock, newsletters=(DAILY, WEEKLY))

    assert report.lapsed == 2
    assert "Let go after 90 days: 2." in report.lines()
    assert report.asked == 0
    assert bounced.state(store, ADA) == "unsubscribed"
    assert suppression(store) is SuppressionReason.BOUNCED
    assert press_button_fails(store, clock)


def press_button_fails(store, clock):
    token = TOKENS.make("confirm", 1)
    return (
        subscribing.confirm(
            store, outbox.press(), TOKENS, (DAILY,), token, clock=clock, ip=""
        )
        != "confirmed"
    )


def test_the_suppression_survives_erasure_and_bars_every_way_back_but_one(
    store, clock, suspended
):
    clock.advance(days=90)
    remind(store, clock)
    people.erase(store, TOKENS, ADA, clock=clock)

    assert suppression(store) is SuppressionReason.BOUNCED
    with pytest.raises(UsageError, match="suppressed"):
        add(store, clock)
    subscribing.sign_up(
        store, outbox.press(), TOKENS, DAILY, address=ADA, ip="", clock=clock
    )
    assert [one.kind for one in outbox.outbox(store)].count("confirm") == 0

    people.reactivate(store, TOKENS, ADA, clock=clock)
    add(store, clock)
    assert bounced.state(store, ADA) == "active"


def add(store, clock):
    return people.add(
        store, outbox.press(), TOKENS, DAILY, ADA, confirmed=True, clock=clock
    )


def test_who_was_reactivated_and_is_suspended_again_is_asked_again(
    store, clock, suspended
):
    clock.advance(days=7)
    remind(store, clock)
    bounced.date_mails(store, clock)
    clock.advance(days=1)
    people.reactivate(store, TOKENS, ADA, clock=clock)
    issue = bounced.issue(store, clock)
    bounced.come_back(store, clock, issue, ADA, said=GONE)
    bounced.decide(store, clock)
    clock.advance(days=8)

    assert remind(store, clock).asked == 1


def test_a_broken_template_keeps_nobody_from_being_let_go(
    store, clock, suspended, monkeypatch
):
    clock.advance(days=8)

    def broken(*_words, **_more):
        raise TemplateError("reminder/body.txt is missing")

    monkeypatch.setattr(bounce_reminders.notices, "prepare", broken)
    report = remind(store, clock)
    assert not report.ok
    assert "reminder/body.txt is missing" in report.lines()[0]

    clock.advance(days=90)
    assert remind(store, clock).lapsed == 1


def test_nobody_is_asked_for_a_newsletter_that_is_gone(store, clock, suspended):
    clock.advance(days=8)
    other = replace(DAILY, name="other")

    assert remind(store, clock, newsletters=(other,)).asked == 0
