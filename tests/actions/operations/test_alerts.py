import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.actions.operations import alerts
from dispatch.errors import SourceError
from dispatch.model import (
    Courtesy,
    FeedSettings,
    Harvest,
    OperatorSettings,
    Settings,
    Slot,
    SlotOutcome,
    SourceSettings,
)
from dispatch.store import (
    feeds,
    hosts,
    issues,
    newsletters,
    pings,
    relays,
    sources,
)
from support import ledger, outbox
from support.audience import DAILY, TOKENS

RELAY = "mail.example.org:587"
HOOK = "https://hooks.example.org/secret"
OPERATORS = ("ada@desk.example", "Ruth.Okafor@desk.example")


class Hook:
    """Keeps what was posted, and answers as told."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.posted = []

    def __call__(self, url, body):
        self.posted.append((url, json.loads(body)))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def settings(tmp_path):
    return Settings(
        file=tmp_path / "config.toml",
        site=outbox.press().site,
        operators=OperatorSettings(mail=OPERATORS, webhook=HOOK),
        source=(SourceSettings(name="wire", kind="feed", url="https://x.example/"),),
        feed=(FeedSettings("all"),),
        newsletter=(DAILY,),
    )


def watch(store, settings, clock, hook=None):
    return alerts.watch(
        store,
        outbox.press(),
        TOKENS,
        settings,
        hook or Hook(),
        relays=[RELAY],
        clock=clock,
    )


def break_source(store, clock, times=alerts.PATIENCE, name="wire", minutes=10):
    """Let a source fail, the first time so many minutes ago."""
    now = clock.now() - timedelta(minutes=minutes)

    def unit(tx):
        sources.ensure(tx, name, "feed", now=now)
        for _ in range(times):
            error = "the server answered 500."
            sources.failed(tx, name, error, now=now, next_at=clock.now(), why="")

    store.write(unit)


def mend_source(store, clock):
    def unit(tx):
        now = clock.now()
        sources.succeeded(
            tx, sources.GoodVisit("wire", Harvest(), Courtesy(), now, now, "")
        )

    store.write(unit)


def found(store, settings, clock):
    with store.read() as tx:
        all_of_it = alerts.find(tx, settings, relays=[RELAY], now=clock.now())
        return {one.key: one.message for one in all_of_it}


def test_nothing_is_told_when_nothing_is_wrong(store, settings, clock):
    hook = Hook()

    report = watch(store, settings, clock, hook)

    assert report.ok
    assert (report.lines(), hook.posted, outbox.outbox(store)) == ([], [], [])


def test_a_source_is_worth_a_mail_once_it_stays_broken(store, settings, clock):
    break_source(store, clock, alerts.PATIENCE - 1)
    assert found(store, settings, clock) == {}

    break_source(store, clock, 1)
    assert "server answered 500" in found(store, settings, clock)["source:wire"]


def test_a_folder_that_fails_for_a_minute_is_not_worth_a_mail(store, settings, clock):
    break_source(store, clock, 5, minutes=2)
    assert found(store, settings, clock) == {}

    clock.advance(minutes=8)
    assert "source:wire" in found(store, settings, clock)


def test_a_network_that_stays_down_is_told_once_for_all(store, settings, clock):
    store.write(lambda tx: hosts.outage_began(tx, now=clock.now()))
    assert found(store, settings, clock) == {}
    clock.advance(minutes=10)

    told = found(store, settings, clock)["network"]
    assert "since 2026-03-02 12:00 UTC" in told
    store.write(hosts.outage_ended)
    assert found(store, settings, clock) == {}


def test_what_was_taken_out_of_the_config_is_nobodys_trouble(store, settings, clock):
    break_source(store, clock, name="gone")
    store.write(lambda tx: feeds.ensure(tx, "old", ids="tag", authority="x.org"))
    store.write(lambda tx: feeds.record_error(tx, "old", "no room"))

    assert found(store, settings, clock) == {}


def test_a_feed_that_cannot_be_published_is_told(store, settings, clock):
    store.write(lambda tx: feeds.ensure(tx, "all", ids="tag", authority="x.org"))
    store.write(lambda tx: feeds.record_error(tx, "all", "the disk is full."))

    said = found(store, settings, clock)
    assert said == {"feed:all": "The feed all is not published: the disk is full."}


def test_a_held_issue_is_told_with_its_reason(store, settings, clock):
    issue = store.write(ledger.ready_issue).id
    store.write(lambda tx: issues.hold(tx, issue, "it wants approval", now=tx.now()))

    assert found(store, settings, clock) == {
        f"issue:{issue}": f"Issue {issue} is held: it wants approval"
    }


def test_a_missed_slot_is_told_for_a_day(store, settings, clock):
    def unit(tx):
        newsletters.ensure(tx, "daily", "The Daily", now=clock.now())
        late = Slot("daily", clock.now(), SlotOutcome.SKIPPED_LATE, "9 hours late")
        newsletters.settle(tx, late, now=clock.now())

    store.write(unit)
    (message,) = found(store, settings, clock).values()
    assert "daily missed its slot of 2026-03-02 12:00 UTC: 9 hours late." in message

    clock.advance(days=1)
    assert found(store, settings, clock) == {}


def test_unknown_deliveries_are_told(store, settings, clock):
    ledger.sending_issue(store, 2)
    store.write(ledger_unknown)

    assert found(store, settings, clock)["unknown"].startswith("1 delivery is unknown")


def ledger_unknown(tx):

    sql = "UPDATE delivery SET state = 'unknown' WHERE recipient LIKE 'reader-0%'"
    tx.execute(text(sql))


def test_books_that_do_not_balance_are_told(store, settings, clock):

    issue = ledger.sending_issue(store, 2)
    assert found(store, settings, clock) == {}
    store.write(lambda tx: tx.execute(text("UPDATE mailing SET planned = 5")) and None)

    message = found(store, settings, clock)[f"gap:{issue}"]
    assert message == f"The books of {issue} do not balance: 3 are missing."


def test_a_relay_that_keeps_failing_is_told_until_it_works(store, settings, clock):
    for _ in range(alerts.PATIENCE):
        store.write(lambda tx: relays.failed(tx, RELAY, "the login was refused."))

    (message,) = found(store, settings, clock).values()
    assert message == f"The relay {RELAY} failed 3 times: the login was refused."
    store.write(lambda tx: relays.works(tx, RELAY))
    assert found(store, settings, clock) == {}


def test_a_relay_is_no_better_between_two_tries(sqlite_store, settings, clock):
    for _ in range(alerts.PATIENCE):
        sqlite_store.write(lambda tx: relays.failed(tx, RELAY, "refused."))
    clock.advance(minutes=20)  # its rest is over; nobody has tried again yet

    assert f"relay:{RELAY}" in found(sqlite_store, settings, clock)


def test_each_operator_gets_one_mail_and_the_webhook_gets_json(store, settings, clock):
    break_source(store, clock)
    hook = Hook()

    report = watch(store, settings, clock, hook)
    watch(store, settings, clock, hook)

    assert not report.ok
    mails = outbox.outbox(store)
    assert [mail.recipient for mail in mails] == list(OPERATORS)
    assert {mail.kind for mail in mails} == {"alert"}
    assert b"server answered 500" in mails[0].message
    ((url, body),) = hook.posted
    assert url == HOOK
    assert body["site"] == "The Campus Herald"
    assert body["alerts"][0]["key"] == "source:wire"
    assert body["text"] == body["alerts"][0]["message"]


def test_what_lasts_is_told_again_after_hours(store, settings, clock):
    break_source(store, clock)
    watch(store, settings, clock)
    clock.advance(hours=5)
    assert watch(store, settings, clock).told == ()
    clock.advance(hours=1)

    assert len(watch(store, settings, clock).told) == 1
    assert len(outbox.outbox(store)) == 4


def test_an_alert_ends_with_its_cause_and_is_new_when_it_returns(
    store, settings, clock
):
    break_source(store, clock)
    watch(store, settings, clock)
    mend_source(store, clock)
    clock.advance(minutes=1)
    assert watch(store, settings, clock).ok

    break_source(store, clock)
    assert len(watch(store, settings, clock).told) == 1


def test_the_webhook_is_called_even_when_the_mail_cannot_be_made(
    tmp_path, store, settings, clock
):
    break_source(store, clock)
    hook = Hook()
    template = tmp_path / "alert" / "subject.txt"
    template.parent.mkdir()
    template.write_text("{{ nobody.knows }}", encoding="utf-8")

    report = alerts.watch(
        store,
        replace(outbox.press(), templates=outbox.templates(tmp_path)),
        TOKENS,
        settings,
        hook,
        relays=[RELAY],
        clock=clock,
    )

    assert "The alert could not be mailed" in report.lines()[-1]
    assert len(hook.posted) == 1


@pytest.mark.parametrize("answer", [500, SourceError("hooks.example.org: no answer.")])
def test_a_webhook_that_fails_is_called_again_when_it_is_the_only_way(
    store, settings, clock, answer
):
    settings = replace(settings, operators=OperatorSettings(webhook=HOOK))
    break_source(store, clock)
    hook = Hook(answer)

    first = watch(store, settings, clock, hook)
    second = watch(store, settings, clock, hook)
    third = watch(store, settings, clock, hook)

    assert first.failed[0].startswith("operators.webhook")
    assert "secret" not in first.failed[0]
    assert (len(second.told), second.failed, third.told) == (1, (), ())


def test_without_operators_what_is_wrong_is_still_reported(store, settings, clock):
    settings = replace(settings, operators=OperatorSettings())
    break_source(store, clock)

    assert len(watch(store, settings, clock).lines()) == 1
    assert watch(store, settings, clock).lines() == []


def test_a_hub_that_is_silent_for_half_a_day_is_told_of(store, settings, clock):
    hub = "https://hub.example/"
    settings = replace(settings, feeds=replace(settings.feeds, hubs=(hub,)))
    pauses = (timedelta(hours=1),)

    def fail(tx):
        pings.failed(tx, hub, "It answered 503.", now=clock.now(), pauses=pauses)

    store.write(fail)
    assert not watch(store, settings, clock).told
    clock.advance(hours=13)
    store.write(fail)

    (alert,) = watch(store, settings, clock).told

    assert alert.key == f"hub:{hub}"
    assert "silent since 2026-03-02 12:00 UTC: It answered 503." in alert.message
