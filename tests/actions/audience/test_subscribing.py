from datetime import timedelta

import pytest
from sqlalchemy import update

from dispatch.actions.audience import asking, choosing, subscribing
from dispatch.actions.audience.choosing import Wishes
from dispatch.actions.audience.subscribing import Confirmation
from dispatch.compose import notice as notices
from dispatch.errors import TemplateError
from dispatch.model import (
    IssueState,
    MailFormat,
    MailingKind,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store import (
    audience,
    issues,
    mailings,
    newsletters,
    schema,
    subscribers,
    subscriptions,
    suppressions,
)
from support.audience import DAILY, NOW, TOKENS, WEEKLY, hash_of, subscribed
from support.outbox import outbox, press

R = SuppressionReason
S = SubscriptionState
BOTH = (DAILY, WEEKLY)


@pytest.fixture
def sign_up(store, clock):
    def act(address="ada@example.org", newsletter=DAILY, **more):
        return subscribing.sign_up(
            store,
            press(),
            TOKENS,
            newsletter,
            address=address,
            ip="192.0.2.7",
            clock=clock,
            **more,
        )

    return act


@pytest.fixture
def confirm(store, clock):
    def act(subscription, token=None):
        return subscribing.confirm(
            store,
            press(),
            TOKENS,
            BOTH,
            token or TOKENS.make("confirm", subscription),
            clock=clock,
            ip="192.0.2.8",
        )

    return act


@pytest.fixture
def unsubscribe(store, clock):
    def act(subscription, known=BOTH, token=None):
        return subscribing.unsubscribe(
            store,
            press(),
            TOKENS,
            known,
            token or TOKENS.make("unsubscribe", subscription),
            clock=clock,
            by="one-click",
        )

    return act


@pytest.fixture
def prefer(store, clock):
    def act(subscription, topics=(), mail=MailFormat.HTML, paused_until=None, **more):
        return subscribing.set_preferences(
            store,
            TOKENS,
            TOKENS.make("preferences", subscription),
            wishes=Wishes(topics, mail, **more),
            paused_until=paused_until,
            clock=clock,
            newsletters=BOTH,
        )

    return act


def kinds(store):
    return [mail.kind for mail in outbox(store)]


def the_standing(store, address="ada@example.org", newsletter="daily"):
    with store.read() as tx:
        return subscribers.standing_of(tx, address, newsletter)


def the_subscription(store, **where):
    return the_standing(store, **where).subscription


def suppress(store, reason, address="ada@example.org"):
    store.write(lambda tx: suppressions.add(tx, hash_of(address), reason, now=NOW))


def plan_an_issue(tx):
    """Plan an issue of eight entries for whoever is there."""
    newsletters.ensure(tx, "daily", "Daily", now=NOW)
    issue = issues.open(
        tx,
        "daily",
        NOW,
        day=NOW.date(),
        from_position=3,
        to_position=8,
        expires_at=NOW + timedelta(hours=20),
        now=NOW,
    )
    issues.change_state(tx, issue.id, IssueState.DRAFT, IssueState.READY, now=NOW)
    mailing = mailings.open_issue_mailing(
        tx, issue, sender="news@example.org", on_unknown="hold"
    )
    assert audience.plan_chunk(tx, issue, mailing, {}).finished


def set_mark(store, position):
    def unit(tx):
        newsletters.ensure(tx, "daily", "Daily", now=NOW)
        table = schema.newsletter
        tx.execute(update(table).where(table.c.name == "daily").values(mark=position))

    store.write(unit)


# -- signing up ---------------------------------------------------------------


def test_signing_up_makes_a_pending_subscription_and_queues_the_mail(store, sign_up):
    assert sign_up("Ada@Example.org").ok

    tie = the_subscription(store)
    [mail] = outbox(store)
    assert tie.state is S.PENDING
    assert tie.requested_at == NOW
    assert (mail.kind, mail.recipient) == ("confirm", "Ada@example.org")
    assert mail.key == f"confirm:{tie.id}:1"
    assert mail.sender == "news@example.org"
    assert TOKENS.make("confirm", tie.id).encode() in mail.message


def test_what_is_no_address_is_told_so(store, sign_up):
    answer = sign_up("nonsense")

    assert not answer.ok
    assert answer.problem == "An address needs an @, as in name@example.org."
    assert outbox(store) == []


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(
    store, sign_up, confirm
):
    answers = [sign_up()]
    answers.append(sign_up())
    confirm(the_subscription(store).id)
    answers.append(sign_up())
    answers.append(sign_up("eve@example.org"))
    suppress(store, R.COMPLAINT, "mallory@example.org")
    answers.append(sign_up("mallory@example.org"))

    assert set(answers) == {subscribing.SignUp()}


def test_an_address_that_is_subscribed_gets_no_mail(store, sign_up):
    store.write(subscribed)

    sign_up()

    assert outbox(store) == []
    assert the_subscription(store).state is S.ACTIVE


def test_an_address_gets_three_confirmations_a_day_for_all_newsletters(store, sign_up):
    for _ in range(3):
        sign_up()
        sign_up(newsletter=WEEKLY)
    sign_up("eve@example.org")

    recipients = [mail.recipient for mail in outbox(store)]
    assert recipients == ["ada@example.org"] * 3 + ["eve@example.org"]
    assert asking.CONFIRMATIONS_A_DAY == 3


def test_the_next_day_an_address_may_ask_again(store, sign_up):
    for _ in range(4):
        sign_up()

    def age(tx):
        table = schema.delivery
        day = timedelta(hours=24, seconds=1)
        tx.execute(update(table).values(created_at=tx.now() - day))

    store.write(age)
    sign_up()

    assert len(outbox(store)) == 4


def test_whoever_left_can_sign_up_again(store, sign_up, confirm):
    made = store.write(lambda tx: subscribed(tx, state="unsubscribed"))

    sign_up()
    assert the_subscription(store).state is S.PENDING
    assert confirm(made) is Confirmation.CONFIRMED
    assert the_subscription(store).state is S.ACTIVE


@pytest.mark.parametrize("reason", [R.UNSUBSCRIBED, R.ERASED])
def test_confirming_takes_back_an_own_opt_out(store, sign_up, confirm, reason):
    suppress(store, reason)

    sign_up()
    assert kinds(store) == ["confirm"]
    assert the_standing(store).suppression is reason
    assert confirm(the_subscription(store).id) is Confirmation.CONFIRMED
    assert the_standing(store).suppression is None


@pytest.mark.parametrize("reason", [R.BOUNCED, R.COMPLAINT, R.MANUAL])
def test_signing_up_does_not_get_past_any_other_suppression(store, sign_up, reason):
    suppress(store, reason)

    sign_up()

    assert outbox(store) == []
    assert the_standing(store) is None


def test_topics_that_do_not_exist_are_dropped(store, sign_up):
    newsletter = type(DAILY)(
        name="daily",
        sender=DAILY.sender,
        schedule="0 7 * * *",
        sections=("arts", "news"),
    )

    sign_up(newsletter=newsletter, topics=["news", "<script>"])

    assert the_subscription(store).topics == ("news",)


def test_a_typed_name_never_reaches_the_confirmation(store, clock):
    evil = '<a href="https://evil.example">Win</a>'

    def unit(tx):
        notice = subscribing.notices.prepare(press(), MailingKind.CONFIRM, DAILY)
        asked = asking.Asked(
            subscribing.addresses.parse("ada@example.org"),
            subscribing.Event.SIGN_UP,
            NOW,
            name=evil,
        )
        return asking.ask(tx, TOKENS, asked, notice)

    assert store.write(unit) is asking.Answer.ASKED
    [mail] = outbox(store)
    assert b"evil" not in mail.message
    assert b"Win" not in mail.message
    assert the_standing(store).subscriber.name == evil


# -- confirming ---------------------------------------------------------------


def test_confirming_makes_a_reader_and_queues_the_welcome(store, sign_up, confirm):
    set_mark(store, 7)
    sign_up()
    tie = the_subscription(store)
    set_mark(store, 9)

    assert confirm(tie.id) is Confirmation.CONFIRMED

    tie = the_subscription(store)
    assert tie.state is S.ACTIVE
    assert tie.covered_to == 9
    assert tie.confirmed_at == NOW
    assert (tie.consent.source, tie.consent.ip) == ("form", "192.0.2.8")
    assert tie.consent.at == NOW
    assert kinds(store) == ["confirm", "welcome"]
    with store.read() as tx:
        history = subscriptions.history(tx, tie.id)
    assert [(one.event, one.detail) for one in history] == [
        ("sign_up", "from 192.0.2.7"),
        ("confirm", "from 192.0.2.8"),
    ]


def test_a_second_visit_says_already_and_mails_nothing(store, sign_up, confirm):
    sign_up()
    made = the_subscription(store).id
    confirm(made)

    assert confirm(made) is Confirmation.ALREADY
    assert kinds(store) == ["confirm", "welcome"]


def test_the_button_works_for_seven_days(store, clock, sign_up, confirm):
    sign_up("ada@example.org")
    sign_up("eve@example.org")

    clock.advance(days=7)
    assert confirm(the_subscription(store).id) is Confirmation.CONFIRMED
    clock.advance(seconds=1)
    late = the_subscription(store, address="eve@example.org")
    assert confirm(late.id) is Confirmation.EXPIRED


def test_an_old_button_does_not_bring_back_whoever_left(store, sign_up, confirm):
    made = store.write(lambda tx: subscribed(tx, state="unsubscribed"))

    assert confirm(made) is Confirmation.EXPIRED
    assert the_subscription(store).state is S.UNSUBSCRIBED


def test_a_link_that_is_not_ours_is_unknown(store, confirm):
    made = store.write(lambda tx: subscribed(tx, state="pending"))

    assert confirm(made, "nonsense") is Confirmation.UNKNOWN
    assert confirm(made, TOKENS.make("unsubscribe", made)) is Confirmation.UNKNOWN
    assert confirm(made + 1) is Confirmation.UNKNOWN


def test_a_broken_welcome_template_keeps_nobody_from_confirming(
    store, sign_up, confirm, monkeypatch
):
    sign_up()

    def broken(*_args, **_values):
        raise TemplateError("welcome/body.txt, line 1: no such name")

    monkeypatch.setattr(notices, "notice", broken)

    assert confirm(the_subscription(store).id) is Confirmation.CONFIRMED
    assert kinds(store) == ["confirm"]


def before_rendering(monkeypatch, act):
    """Let `act` happen after the link was looked at, before anything is written."""
    real = notices.notice

    def first(*args, **values):
        monkeypatch.setattr(notices, "notice", real)
        act()
        return real(*args, **values)

    monkeypatch.setattr(notices, "notice", first)


def test_two_clicks_at_once_confirm_once(store, sign_up, confirm, monkeypatch):
    sign_up()
    made = the_subscription(store).id
    before_rendering(monkeypatch, lambda: confirm(made))

    assert confirm(made) is Confirmation.ALREADY
    assert kinds(store) == ["confirm", "welcome"]


# -- leaving ------------------------------------------------------------------


def test_one_click_ends_the_subscription_and_says_goodbye_once(store, unsubscribe):
    made = store.write(subscribed)

    for _ in range(3):
        standing = unsubscribe(made)
        assert standing.subscription.state is S.UNSUBSCRIBED

    [mail] = outbox(store)
    assert (mail.kind, mail.recipient) == ("goodbye", "ada@example.org")
    with store.read() as tx:
        history = subscriptions.history(tx, made)
    assert [one.event for one in history] == ["add", "unsubscribe"]
    assert history[-1].detail == "one-click"


def test_two_clicks_at_once_say_goodbye_once(store, unsubscribe, monkeypatch):
    made = store.write(subscribed)
    before_rendering(monkeypatch, lambda: unsubscribe(made))

    assert unsubscribe(made).subscription.state is S.UNSUBSCRIBED
    assert kinds(store) == ["goodbye"]


def test_leaving_one_newsletter_leaves_the_others_alone(store, unsubscribe):
    made = store.write(subscribed)
    store.write(lambda tx: subscribed(tx, newsletter="weekly"))

    unsubscribe(made)

    assert the_subscription(store, newsletter="weekly").state is S.ACTIVE
    assert the_standing(store).suppression is None


def test_a_newsletter_that_is_no_longer_configured_can_still_be_left(
    store, unsubscribe
):
    made = store.write(subscribed)

    assert unsubscribe(made, known=()).subscription.state is S.UNSUBSCRIBED
    assert outbox(store) == []


def test_whoever_never_confirmed_leaves_without_a_goodbye(store, unsubscribe):
    made = store.write(lambda tx: subscribed(tx, state="pending"))

    assert unsubscribe(made).subscription.state is S.UNSUBSCRIBED
    assert outbox(store) == []


def test_an_unsubscribe_link_that_is_not_ours_is_nobodys(store, unsubscribe):
    made = store.write(subscribed)

    assert unsubscribe(made, token="nonsense") is None
    assert unsubscribe(made, token=TOKENS.make("preferences", made)) is None
    assert the_subscription(store).state is S.ACTIVE


def test_a_broken_goodbye_template_keeps_nobody(store, unsubscribe, monkeypatch):
    made = store.write(subscribed)

    def broken(*_args, **_values):
        raise TemplateError("goodbye/body.txt is missing")

    monkeypatch.setattr(notices, "notice", broken)

    assert unsubscribe(made).subscription.state is S.UNSUBSCRIBED


def test_looking_at_a_link_changes_nothing(store):
    made = store.write(lambda tx: subscribed(tx, state="pending"))

    for purpose in ("confirm", "unsubscribe", "preferences"):
        token = TOKENS.make(purpose, made)
        found = subscribing.look(store, TOKENS, purpose, token)
        assert found.subscription.id == made

    assert the_subscription(store).state is S.PENDING
    assert subscribing.look(store, TOKENS, "confirm", "") is None


# -- choosing -----------------------------------------------------------------


def add_article(store, section):
    def unit(tx):
        tx.execute(
            schema.article.insert().values(
                tag_id=f"tag:{section}",
                section=section,
                content={},
                content_hash="",
                published_at=NOW,
                updated_at=NOW,
                first_seen_at=NOW,
            )
        )

    store.write(unit)


def test_a_reader_chooses_topics_and_format(store, prefer):
    made = store.write(subscribed)
    for section in ("arts", "news", "sport"):
        add_article(store, section)

    found = prefer(made, ["sport", "arts", "invented"], MailFormat.TEXT)

    assert found.subscription.topics == ("arts", "sport")
    assert found.subscription.format is MailFormat.TEXT
    assert subscribing.topics(store, DAILY) == ("arts", "news", "sport")


@pytest.mark.parametrize("topics", [(), ("arts", "news"), ("invented",)])
def test_all_topics_or_none_mean_everything(store, prefer, topics):
    made = store.write(lambda tx: subscribed(tx, topics=["arts"]))
    for section in ("arts", "news"):
        add_article(store, section)

    assert prefer(made, topics).subscription.topics == ()


def test_a_topic_that_was_chosen_stays_when_its_articles_are_gone(store, prefer):
    made = store.write(lambda tx: subscribed(tx, topics=["chess"]))
    add_article(store, "news")

    assert prefer(made, ["chess"]).subscription.topics == ("chess",)


def test_a_reader_pauses_and_comes_back_without_a_backlog(store, clock, prefer):
    made = store.write(lambda tx: subscribed(tx, covered_to=3))
    until = NOW + timedelta(days=14)

    paused = prefer(made, paused_until=until).subscription
    assert (paused.state, paused.paused_until) == (S.PAUSED, until)
    later = prefer(made, paused_until=until + timedelta(days=1)).subscription
    assert later.paused_until == until + timedelta(days=1)

    store.write(plan_an_issue)
    back = prefer(made).subscription
    assert (back.state, back.paused_until, back.covered_to) == (S.ACTIVE, None, 8)
    assert back.covered_at == NOW


def test_nobody_pauses_for_ever(store, prefer):
    made = store.write(subscribed)

    found = prefer(made, paused_until=NOW + timedelta(days=99999))

    assert found.subscription.paused_until == NOW + choosing.LONGEST_PAUSE


def test_a_pause_ends_by_itself_when_its_date_has_come(store, clock, prefer):
    for name in ("ada", "eve"):
        made = store.write(lambda tx, n=name: subscribed(tx, f"{n}@example.org"))
        prefer(made, paused_until=NOW + timedelta(days=1))

    assert choosing.resume_due(store, clock=clock) == 0
    clock.advance(days=1)
    assert choosing.resume_due(store, clock=clock) == 2
    assert choosing.resume_due(store, clock=clock) == 0
    assert the_subscription(store).state is S.ACTIVE


def test_preferences_do_not_bring_back_whoever_left(store, prefer):
    made = store.write(lambda tx: subscribed(tx, state="unsubscribed"))

    found = prefer(made, paused_until=NOW + timedelta(days=1))

    assert found.subscription.state is S.UNSUBSCRIBED
    assert prefer(made + 1) is None
