import pytest
from sqlalchemy import select, update

from dispatch.actions.audience import importing, subscribers as operators
from dispatch.errors import UsageError
from dispatch.model import Consent, SubscriptionState, SuppressionReason
from dispatch.store import schema, subscribers, suppressions
from support.audience import DAILY, NOW, TOKENS, hash_of, subscribed
from support.outbox import outbox, press

R = SuppressionReason
S = SubscriptionState


@pytest.fixture
def add(store, clock):
    def act(address="ada@example.org", confirmed=True, **more):
        return operators.add(
            store,
            press(),
            TOKENS,
            DAILY,
            address,
            confirmed=confirmed,
            clock=clock,
            **more,
        )

    return act


def standing(store, address="ada@example.org", newsletter="daily"):
    with store.read() as tx:
        return subscribers.standing_of(tx, address, newsletter)


def suppress(store, reason, address="ada@example.org"):
    store.write(lambda tx: suppressions.add(tx, hash_of(address), reason, now=NOW))


def reason(store, address="ada@example.org"):
    with store.read() as tx:
        return suppressions.reason(tx, hash_of(address))


def test_an_operator_adds_somebody_who_confirmed_elsewhere(store, add):
    said = add(name="Ada", consent="Signed a form on paper.")

    assert said.lines() == ["ada@example.org is subscribed to daily."]
    tie = standing(store).subscription
    assert tie.state is S.ACTIVE
    assert tie.consent == Consent("operator", "Signed a form on paper.", "", NOW)
    assert outbox(store) == []


def test_an_operator_has_somebody_asked(store, add):
    said = add(confirmed=False)

    assert said.ok
    assert said.to_json()["state"] == "pending"
    assert standing(store).subscription.state is S.PENDING
    assert [mail.kind for mail in outbox(store)] == ["confirm"]


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("state", S)
def test_nobody_is_added_twice_or_brought_back(store, add, state, confirmed):
    store.write(lambda tx: subscribed(tx, state=state))

    with pytest.raises(UsageError, match="known there already"):
        add(confirmed=confirmed)
    assert standing(store).subscription.state is state


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_suppressed_address_is_not_added(store, add, confirmed):
    suppress(store, R.UNSUBSCRIBED)

    with pytest.raises(UsageError, match="is suppressed"):
        add(confirmed=confirmed)
    assert standing(store) is None


def test_what_is_no_address_is_not_added(add):
    with pytest.raises(UsageError, match="'ada': An address needs an @"):
        add("ada")


def test_unsubscribing_from_one_newsletter_leaves_the_rest(store, clock):
    store.write(lambda tx: (subscribed(tx), subscribed(tx, newsletter="weekly")))

    said = operators.unsubscribe(
        store, TOKENS, "ada@example.org", newsletter="daily", clock=clock
    )

    assert said.lines() == ["ada@example.org is unsubscribed from daily."]
    assert standing(store).subscription.state is S.UNSUBSCRIBED
    assert standing(store, newsletter="weekly").subscription.state is S.ACTIVE
    assert reason(store) is None
    assert outbox(store) == []


def test_unsubscribing_from_everything_also_bars_imports(store, clock):
    store.write(lambda tx: (subscribed(tx), subscribed(tx, newsletter="weekly")))

    for expected in (["daily", "weekly"], []):
        said = operators.unsubscribe(store, TOKENS, "ada@example.org", clock=clock)
        assert said.to_json()["unsubscribed"] == expected
    assert reason(store) is R.UNSUBSCRIBED
    assert said.lines() == [
        "ada@example.org is not subscribed. No import can bring the address back."
    ]


def mention_everywhere(store, made):
    """Spread what names Ada over every table that could."""

    def unit(tx):
        table = schema.delivery
        [mail] = tx.execute(select(table.c.id)).scalars()
        tx.execute(update(table).values(reply="550 <ada@example.org> unknown"))
        tx.execute(
            schema.attempt.insert().values(
                delivery=mail,
                fence=1,
                at=NOW,
                phase="rcpt",
                reply="550 <ada@example.org> unknown",
            )
        )
        events = schema.subscription_event
        tx.execute(update(events).values(detail="from 192.0.2.7"))
        tx.execute(
            update(schema.subscription)
            .where(schema.subscription.c.id == made)
            .values(consent_ip="192.0.2.7", consent_text="Ada said so.")
        )

    store.write(unit)


def every_value(store):
    with store.read() as tx:
        return [
            str(value)
            for table in schema.metadata.sorted_tables
            for row in tx.execute(select(table))
            for value in row
        ]


def test_an_erased_person_is_nowhere_any_more_and_the_books_still_balance(
    store, add, clock
):
    add(confirmed=False, name="Ada Byron")
    made = standing(store).subscription.id
    mention_everywhere(store, made)

    said = operators.erase(store, TOKENS, "ada@example.org", clock=clock)

    assert said.to_json() == {"address": "ada@example.org", "known": True}
    values = every_value(store)
    for trace in ("ada@", "Ada", "192.0.2.7"):
        assert not [value for value in values if trace in value]
    assert values.count(hash_of("ada@example.org")) == 1  # the suppression
    [mail] = outbox(store)
    assert mail.state == "skipped"
    with store.read() as tx:
        assert subscribers.subscription(tx, made).state is S.UNSUBSCRIBED
        assert subscribers.by_mailbox(tx, "ada@example.org") is None


def test_two_erased_people_of_one_mailing_stay_two(store, add, clock):
    for name in ("ada", "eve"):
        add(f"{name}@example.org", confirmed=False)

    def one_mailing(tx):
        table = schema.delivery
        first = select(table.c.mailing).order_by(table.c.id).limit(1).scalar_subquery()
        tx.execute(update(table).values(mailing=first))

    store.write(one_mailing)
    for name in ("ada", "eve"):
        operators.erase(store, TOKENS, f"{name}@example.org", clock=clock)

    recipients = [mail.recipient for mail in outbox(store)]
    assert len(set(recipients)) == 2
    assert not [one for one in recipients if "@" in one]


def test_erasure_bars_imports_even_of_strangers(store, clock, tmp_path):
    said = operators.erase(store, TOKENS, "ada@example.org", clock=clock)
    path = tmp_path / "people.csv"
    path.write_text("email\nada@example.org\n")

    report = importing.import_file(
        store, press(), TOKENS, DAILY, path, confirmed=True, clock=clock
    )

    assert said.lines()[0].startswith("ada@example.org was not known.")
    assert reason(store) is R.ERASED
    assert report.to_json()["suppressed"] == 1
    assert standing(store) is None


@pytest.mark.parametrize("why", [R.BOUNCED, R.COMPLAINT, R.MANUAL])
def test_an_operator_lets_mail_go_to_an_address_again(store, clock, why):
    def unit(tx):
        subscribed(tx, state="suspended")
        subscribed(tx, newsletter="weekly", state="unsubscribed")

    store.write(unit)
    suppress(store, why)

    said = operators.reactivate(store, TOKENS, "ada@example.org", clock=clock)

    assert said.to_json()["reactivated"] == ["daily"]
    assert standing(store).subscription.state is S.ACTIVE
    assert standing(store).suppression is None
    weekly = standing(store, newsletter="weekly").subscription
    assert weekly.state is S.UNSUBSCRIBED


@pytest.mark.parametrize("why", [R.UNSUBSCRIBED, R.ERASED])
def test_nobody_takes_back_the_choice_of_a_reader(store, clock, why):
    suppress(store, why)

    with pytest.raises(UsageError, match="left by choice"):
        operators.reactivate(store, TOKENS, "ada@example.org", clock=clock)
    assert reason(store) is why


def test_there_must_be_something_to_reactivate(store, clock):
    store.write(subscribed)

    with pytest.raises(UsageError, match="neither suppressed nor suspended"):
        operators.reactivate(store, TOKENS, "ada@example.org", clock=clock)


def test_all_that_is_known_of_somebody_is_shown(store, add):
    add(confirmed=False)
    suppress(store, R.BOUNCED)

    said = operators.show(store, TOKENS, "ADA@example.org")

    lines = said.lines()
    assert lines[0] == "ADA@example.org is suppressed: bounced."
    assert lines[1] == "daily: pending, since 2026-03-02."
    assert lines[2] == "  Wants each issue: every topic; every language."
    assert lines[3] == (
        "  Consent (operator, 2026-03-02 12:00 UTC): Added by an operator."
    )
    assert lines[4] == "  2026-03-02 12:00 UTC: invite → pending (operator)"
    assert lines[5].endswith(" UTC: confirm for daily: pending")
    facts = said.to_json()
    assert facts["suppressed"] == "bounced"
    assert facts["subscriptions"][0]["events"][0]["event"] == "invite"
    assert facts["mails"][0]["kind"] == "confirm"


def test_a_suppression_of_nobody_else_is_shown(store):
    suppress(store, R.COMPLAINT)

    said = operators.show(store, TOKENS, "ada@example.org")

    assert said.lines() == ["ada@example.org is suppressed: complaint."]


def test_who_is_not_known_is_said_so(store):
    with pytest.raises(UsageError, match="is not known"):
        operators.show(store, TOKENS, "ada@example.org")


def test_subscriptions_are_listed_in_pages(store):
    def unit(tx):
        for number in range(3):
            subscribed(tx, f"reader{number}@example.org")

    store.write(unit)

    first = operators.listing(store, limit=2)
    rest = operators.listing(store, limit=2, after=first.to_json()["next"])

    assert first.lines() == [
        "reader0@example.org  daily  active",
        "reader1@example.org  daily  active",
    ]
    assert rest.lines() == ["reader2@example.org  daily  active"]
    assert rest.to_json()["next"] is None
    assert operators.listing(store, state=S.PENDING).lines() == []
