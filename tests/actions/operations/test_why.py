from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch import config
from dispatch.actions.audience import subscribers
from dispatch.actions.operations import to_reader, why_reader, why_story
from dispatch.actions.operations.to_reader import Tie
from dispatch.actions.operations.why_reader import ReaderReport
from dispatch.errors import UsageError
from dispatch.model import (
    Article,
    Content,
    DeliveryState,
    MailingKind,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store.subscriptions import Change, Mail
from dispatch.subscribe.tokens import Tokens
from support import issues as making, ledger, smtp
from support.commands import CONFIG
from support.composing import DAILY


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(smtp=1025), encoding="utf-8")
    return config.load(file)


@pytest.fixture
def tokens():
    return Tokens(bytes(range(32)))


def add(store, tokens, settings, clock):
    letter = settings.newsletter[0]
    subscribers.add(
        store, None, tokens, letter, "ada@a.example", confirmed=True, clock=clock
    )


def test_a_reader_is_told_with_everything_that_happened(store, tokens, settings, clock):
    add(store, tokens, settings, clock)

    report = why_reader.reader(store, tokens, settings, "Ada@A.example")

    assert report.ok
    assert report.lines()[0] == "Ada@a.example"
    assert report.lines()[1] == "daily: active."
    assert report.sentence == (
        "You have been subscribed to The Daily since 2 March 2026; no issue has been "
        "sent to you yet."
    )
    found = report.to_json()
    assert found["subscriptions"][0]["state"] == "active"
    assert found["subscriptions"][0]["events"]


def test_a_suppressed_reader_is_told_why(store, tokens, settings, clock):
    add(store, tokens, settings, clock)
    subscribers.unsubscribe(store, tokens, "ada@a.example", clock=clock)

    report = why_reader.reader(store, tokens, settings, "ada@a.example")

    assert report.sentence == (
        "We send you nothing, because you asked us to send you nothing more."
    )
    assert "Suppressed: unsubscribed." in report.lines()


def test_what_is_no_address_is_wrong_usage(store, tokens, settings):
    with pytest.raises(UsageError, match="needs a dot"):
        why_reader.reader(store, tokens, settings, "ada@localhost")


@pytest.fixture
def tie(clock):
    now = clock.now()
    subscription = Subscription(
        id=1,
        subscriber=1,
        newsletter="daily",
        state=SubscriptionState.ACTIVE,
        created_at=now,
        requested_at=now,
        confirmed_at=now,
        paused_until=now + timedelta(days=30),
    )
    history = (Change(now + timedelta(days=2), "x", SubscriptionState.UNSUBSCRIBED),)
    return Tie(subscription, "The Daily", history, ())


def sentence(tie, state):
    changed = replace(tie, subscription=replace(tie.subscription, state=state))
    return ReaderReport("a@a.example", "UTC", None, (changed,)).sentence


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SubscriptionState.PENDING, "the button in our confirmation mail has not been"),
        (SubscriptionState.PAUSED, "it comes again from 1 April 2026 on."),
        (
            SubscriptionState.UNSUBSCRIBED,
            "unsubscribed from The Daily on 4 March 2026.",
        ),
        (SubscriptionState.SUSPENDED, "because mail to your address came back"),
        (SubscriptionState.ACTIVE, "no issue has been sent to you yet."),
    ],
)
def test_every_state_has_a_sentence_for_the_reader(tie, state, words):
    assert words in sentence(tie, state)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("accepted", "took the issue of 2 March 2026 from us (sent once)"),
        ("dot", "has not said whether it took it"),
        ("unknown", "has not said whether it took it"),
        ("closed", "has not said whether it took it"),
        ("pending", "we try again by ourselves."),
        ("claimed", "we try again by ourselves."),
        ("deferred", "has not taken the issue of 2 March 2026 yet;"),
        ("rejected", "your mail provider refused the issue of 2 March 2026."),
        ("skipped", "was not sent to you, because we called it back."),
        ("expired", "did not take the issue of 2 March 2026 in time."),
    ],
)
def test_the_newest_issue_decides_what_a_reader_is_told(tie, clock, state, words):
    newest = Mail(clock.now(), MailingKind.ISSUE, "daily", "daily-1", state, "250 ok")
    newest = replace(newest, reason="cancelled" if state == "skipped" else "")
    older = replace(newest, state="rejected")
    welcome = replace(newest, kind=MailingKind.WELCOME, issue="")
    active = replace(tie, mails=(welcome, newest, older))

    assert words in sentence(active, SubscriptionState.ACTIVE)
    report = ReaderReport("a@a.example", "UTC", None, (active,))
    assert any("mail daily-1: " in line for line in report.lines())
    assert len(report.to_json()["subscriptions"][0]["mails"]) == 3


def test_every_fate_of_an_issue_has_words_for_the_reader():
    assert set(to_reader.TO_READER) == {state.value for state in DeliveryState}


@pytest.mark.parametrize("reason", SuppressionReason)
def test_every_suppression_has_a_sentence_for_the_reader(reason):
    report = ReaderReport("a@a.example", "UTC", reason, ())

    assert report.sentence.startswith("We send you nothing, because ")


@pytest.fixture
def article(clock):
    now = clock.now()
    return Article(
        id=7,
        tag_id="tag:a.example,2026:7",
        source="newsroom",
        content=Content(headline="Late hours", html="<p>x</p>", section="news"),
        published_at=now,
        updated_at=now,
        first_seen_at=now,
        content_hash="",
    )


@pytest.fixture
def ask(sqlite_store, settings, clock):
    """Ask why a story is where it is."""
    return lambda article: why_story.story(sqlite_store, article, settings, clock)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Not in daily yet: the next slot decides"),
        ({"merged_into": 3}, "it is the same story as another"),
        ({"held": "no headline"}, "it is held: no headline"),
        ({"baseline": True}, "it was there at the source's first visit"),
    ],
)
def test_a_story_without_a_place_is_told_why(ask, article, values, words):
    report = ask(replace(article, **values))

    assert words in report.lines()[-1]
    assert report.to_json()["feeds"] == ["all"]


def test_times_keep_a_story_out(sqlite_store, settings, clock, article):
    later = clock.now() + timedelta(days=1)

    for values, words in (
        ({"embargo_until": later}, "under embargo"),
        ({"published_at": later}, "dated in the future"),
        ({"withdrawn_at": clock.now()}, "is withdrawn"),
    ):
        report = why_story.story(
            sqlite_store, replace(article, **values), settings, clock
        )
        assert words in report.lines()[-1]


def test_a_section_that_is_not_chosen_keeps_a_story_out(
    sqlite_store, settings, clock, article
):
    letter = replace(settings.newsletter[0], sections=("sports",))
    feed = replace(settings.feed[0], sections=("sports",))
    changed = replace(settings, newsletter=(letter,), feed=(feed,))

    report = why_story.story(sqlite_store, article, changed, clock)

    assert "section 'news' is not among its sections" in report.lines()[-1]
    assert "Feeds that carry its section: none." in report.lines()


def test_a_mail_that_was_sent_once_more_tells_every_try(store, clock, tokens, settings):
    making.ready(store, 1)
    making.plan(store, clock, DAILY)
    with smtp.serving(
        say={"DOT": [smtp.KEEP_AND_DROP, "250 Ok: queued as 4XyZ9k0fTqz1"]}
    ) as server:
        making.send(store, clock, server)
        doubtful = why_reader.reader(
            store, ledger.TOKENS, settings, "reader-0@example.net"
        )
        ledger.end_leases(store)
        making.send(store, clock, server)

    report = why_reader.reader(store, ledger.TOKENS, settings, "reader-0@example.net")

    assert "has not said whether it took it" in doubtful.sentence
    told = "\n".join(report.lines())
    assert "accepted (sent once more): Ok: queued as 4XyZ9k0fTqz1" in told
    assert "[queue id 4XyZ9k0fTqz1]" in told
    assert told.count("said at dot: ") == 2
    assert "said at dot: 250 Ok: queued" in told
    assert "(sent once, resent " in report.sentence
    assert " after an unclear reply)" in report.sentence
    (mail,) = report.to_json()["subscriptions"][0]["mails"]
    assert (mail["resends"], mail["queue_id"]) == (1, "4XyZ9k0fTqz1")
    assert [one["code"] for one in mail["attempts"]] == [0, 250]
