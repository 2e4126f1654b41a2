import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dispatch.actions.issues.compose import tick
from dispatch.actions.issues.variants import variant_for
from dispatch.compose import inline_fenced
from dispatch.model import Choice, IssueState, MailFormat
from dispatch.store import (
    articles,
    bodies,
    entries,
    issues,
    newsletters,
    open_store,
    variants as stored,
)
from support.composing import DAILY, SITE, SLOT, day, press

TEXT = Choice(format=MailFormat.TEXT)


def fill(store, clock):
    clock.moment = SLOT - timedelta(days=2)
    store.write(lambda tx: newsletters.ensure(tx, "daily", "D", now=clock.now()))
    store.write(lambda tx: [articles.add(tx, one) for one in day()])
    clock.moment = SLOT - timedelta(minutes=1)
    tick(store, press(), [DAILY], clock=clock)
    clock.moment = SLOT


@pytest.fixture
def issue(store, clock):
    fill(store, clock)
    tick(store, press(), [DAILY], clock=clock)
    with store.read() as tx:
        (opened,) = issues.of(tx, "daily")
    assert opened.state is IssueState.READY
    return opened


def test_the_same_choice_shares_one_variant(store, issue):
    first = variant_for(store, press(), issue, DAILY, TEXT, now=SLOT)
    again = variant_for(store, press(), issue, DAILY, TEXT, now=SLOT)

    with store.read() as tx:
        found = stored.of(tx, issue.id)
        frozen = bodies.get(tx, first.body)
    assert first == again
    assert {one.choice for one in found} == {Choice(), TEXT}
    assert b"text/plain" in frozen.data
    assert b"text/html" not in frozen.data


def test_a_variant_once_made_stays_though_the_site_changes(store, issue):
    renamed = press(site=SITE.__class__(title="Another name", url=SITE.url))

    kept = variant_for(store, renamed, issue, DAILY, Choice(), now=SLOT)

    with store.read() as tx:
        assert kept in stored.of(tx, issue.id)
    assert "Another name" not in kept.text


def test_whoever_has_read_further_gets_only_what_is_new(store, issue):
    late = Choice(from_position=issue.to_position - 2)

    made = variant_for(store, press(), issue, DAILY, late, now=SLOT)

    assert len(made.articles) == 2
    everything = Choice(from_position=issue.to_position)
    assert variant_for(store, press(), issue, DAILY, everything, now=SLOT) is None


def test_a_mail_that_came_out_less_fine_is_logged(store, issue, monkeypatch, caplog):
    def fails(_page):
        raise ValueError("no")

    monkeypatch.setattr(inline_fenced, "_transform", fails)

    with caplog.at_level(logging.WARNING):
        topics = Choice(topics=("arts",))
        made = variant_for(store, press(), issue, DAILY, topics, now=SLOT)

    assert made is not None
    assert "could not be inlined" in caplog.text


def test_two_processes_at_one_slot_open_one_issue(database_url, store, clock):
    fill(store, clock)

    with open_store(database_url, clock=clock) as other, ThreadPoolExecutor(4) as pool:
        ticks = [
            pool.submit(tick, one, press(), [DAILY], clock=clock)
            for one in (store, other, store, other)
        ]
        reports = [one.result() for one in ticks]

    with store.read() as tx:
        opened = issues.of(tx, "daily")
        placed = entries.between(tx, "daily", 0, 99)
        settled = newsletters.slots(tx, "daily", 9)
        variants = stored.of(tx, opened[0].id)
    assert all(report.ok for report in reports)
    assert [one.state for one in opened] == [IssueState.READY]
    assert len(placed) == 8
    outcomes = [str(slot.outcome) for slot in settled]
    assert outcomes == ["opened", "skipped_late"]
    assert len(variants) == 1
