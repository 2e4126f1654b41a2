from datetime import timedelta

import pytest

from dispatch.model import (
    Cadence,
    Consent,
    MailFormat,
    MailingKind,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store import readership, subscribers, subscriptions, suppressions
from support.audience import NOW, hash_of, person, subscribed

S = SubscriptionState
R = SuppressionReason


def test_a_subscriber_is_one_person_however_often_they_come(store):
    first = store.write(lambda tx: person(tx, "Ada@Example.org", name="Ada"))
    again = store.write(lambda tx: person(tx, "ada@EXAMPLE.ORG", name="Somebody"))

    assert first == again
    with store.read() as tx:
        found = subscribers.by_mailbox(tx, "ada@example.org")
        assert (found.address, found.name) == ("Ada@example.org", "Ada")
        assert found.created_at == NOW
        assert subscribers.by_mailbox(tx, "eve@example.org") is None


def test_a_subscription_comes_back_as_it_was_made(store):
    consent = Consent("form", "Pressed the button.", "192.0.2.7", NOW)
    made = store.write(
        lambda tx: subscribed(tx, covered_to=7, consent=consent, topics=["news"])
    )

    with store.read() as tx:
        found = subscribers.subscription(tx, made)
    assert found.id == made
    assert found.newsletter == "daily"
    assert found.state is S.ACTIVE
    assert found.covered_to == 7
    assert found.consent == consent
    assert found.topics == ("news",)
    assert found.format is MailFormat.HTML


def test_there_is_one_subscription_to_a_newsletter(store):
    first = store.write(subscribed)
    again = store.write(subscribed)

    assert first is not None
    assert again is None


def test_a_change_is_made_and_recorded_once(store):
    made = store.write(subscribed)
    with store.read() as tx:
        seen = subscribers.subscription(tx, made)

    def leave(tx):
        return subscriptions.change(
            tx, seen, S.UNSUBSCRIBED, "unsubscribe", now=NOW, detail="one-click"
        )

    assert store.write(leave)
    assert not store.write(leave)
    with store.read() as tx:
        history = subscriptions.history(tx, made)
    assert [(change.event, change.state) for change in history] == [
        ("add", S.ACTIVE),
        ("unsubscribe", S.UNSUBSCRIBED),
    ]
    assert history[1].detail == "one-click"
    assert history[1].at == NOW


def test_a_standing_knows_the_person_and_what_bars_them(store):
    made = store.write(subscribed)

    def standing():
        with store.read() as tx:
            return subscribers.standing(tx, made)

    assert standing().suppression is None
    assert standing().subscriber.address == "ada@example.org"

    bar = SuppressionReason.COMPLAINT
    store.write(
        lambda tx: suppressions.add(tx, hash_of("ada@example.org"), bar, now=NOW)
    )

    assert standing().suppression is bar
    with store.read() as tx:
        assert subscribers.standing(tx, made + 1) is None
        assert subscribers.standing_of(tx, "ada@example.org", "daily") == standing()
        assert subscribers.standing_of(tx, "ada@example.org", "weekly") is None


def test_counts_name_every_state_and_leave_out_the_suppressed(store):
    def people(tx):
        subscribed(tx, "ada@example.org")
        subscribed(tx, "eve@example.org")
        subscribed(tx, "bob@example.org", state="pending")
        subscribed(tx, "ada@example.org", "weekly")
        suppressions.add(
            tx, hash_of("eve@example.org"), SuppressionReason.BOUNCED, now=NOW
        )

    store.write(people)
    with store.read() as tx:
        assert subscribers.subscription_counts(tx) == {
            S.PENDING: 1,
            S.ACTIVE: 3,
            S.PAUSED: 0,
            S.UNSUBSCRIBED: 0,
            S.SUSPENDED: 0,
        }
        assert subscribers.subscription_counts(tx, "weekly")[S.ACTIVE] == 1
        assert subscribers.active_count(tx, "daily") == 1
        assert subscribers.active_count(tx, "weekly") == 1
        assert subscribers.active_count(tx, "nothing") == 0


def test_a_list_comes_in_pages(store):
    def people(tx):
        for number in range(5):
            subscribed(tx, f"reader{number}@example.org")
        subscribed(tx, "late@example.org", state="pending")

    store.write(people)
    with store.read() as tx:
        first = subscribers.listing(tx, "daily", limit=4)
        rest = subscribers.listing(tx, after=first[-1].subscription.id)
        pending = subscribers.listing(tx, state=S.PENDING)
        none = subscribers.listing(tx, "weekly")
    names = [found.subscriber.address for found in first + rest]
    assert names == [f"reader{n}@example.org" for n in range(5)] + ["late@example.org"]
    assert [found.subscriber.address for found in pending] == ["late@example.org"]
    assert none == ()


def test_many_standings_are_found_at_once(store):
    store.write(lambda tx: (subscribed(tx), subscribed(tx, "eve@example.org")))

    with store.read() as tx:
        found = subscribers.standings_of(
            tx, ["ada@example.org", "eve@example.org", "bob@example.org"], "daily"
        )
    assert set(found) == {"ada@example.org", "eve@example.org"}


def test_everything_somebody_subscribed_to_is_found(store):
    def one(tx):
        subscribed(tx, newsletter="weekly")
        subscribed(tx, newsletter="daily", state="pending")
        return person(tx)

    ada = store.write(one)
    with store.read() as tx:
        found = subscribers.subscriptions_of(tx, ada)
    assert [one.newsletter for one in found] == ["daily", "weekly"]


def test_a_choice_is_kept(store):
    made = store.write(subscribed)

    store.write(
        lambda tx: subscriptions.set_choice(
            tx, made, topics=("arts", "news"), format=MailFormat.TEXT
        )
    )

    with store.read() as tx:
        found = subscribers.subscription(tx, made)
    assert (found.topics, found.format) == (("arts", "news"), MailFormat.TEXT)


@pytest.mark.parametrize(("days", "due"), [(-1, True), (0, True), (1, False)])
def test_a_pause_is_over_when_its_date_has_come(store, days, due):
    until = NOW + timedelta(days=days)
    made = store.write(lambda tx: subscribed(tx, state="paused", paused_until=until))

    with store.read() as tx:
        found = subscriptions.due_to_resume(tx, now=NOW, limit=10)
    assert [one.id for one in found] == ([made] if due else [])


def test_nobody_has_mail_before_there_was_any(store):
    made = store.write(subscribed)

    with store.read() as tx:
        assert subscriptions.mail_count(tx, made, MailingKind.CONFIRM) == 0
        assert subscriptions.mails(tx, [made]) == ()
        assert (
            subscriptions.mails_since(
                tx, hash_of("ada@example.org"), MailingKind.CONFIRM, NOW
            )
            == 0
        )


def test_readers_are_counted_by_how_often_they_want_mail(store):
    def unit(tx):
        subscribed(tx, "a@example.org", cadence=Cadence.WEEKLY)
        subscribed(tx, "b@example.org", cadence=Cadence.WEEKLY)
        subscribed(tx, "c@example.org")
        subscribed(tx, "d@example.org", state="paused")
        subscribed(tx, "e@example.org", cadence=Cadence.MONTHLY)
        suppressions.add(tx, hash_of("e@example.org"), R.BOUNCED, now=NOW)

    store.write(unit)

    with store.read() as tx:
        found = readership.by_cadence(tx, "daily")
    assert found == {Cadence.EACH: 1, Cadence.WEEKLY: 2}
