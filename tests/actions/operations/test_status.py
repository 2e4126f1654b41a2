from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch import config
from dispatch.actions.issues import slots, steering
from dispatch.actions.operations import status
from dispatch.model import BounceClass, FeedFormat, RelaySettings, SubscriptionState
from dispatch.store import feeds, relays, sources
from dispatch.text.moments import iso
from support import ledger
from support.commands import CONFIG


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(smtp=1025), encoding="utf-8")
    return config.load(file)


def read(store, settings, clock):
    return status.status(store, settings, clock=clock)


def test_a_publication_that_never_ran_has_nothing_and_needs_nobody(
    store, settings, clock
):
    report = read(store, settings, clock)

    assert report.ok
    assert report.lines() == []
    assert report.to_json() == {
        "live": False,
        "articles": 0,
        "need_headline": 0,
        "sources": [
            {
                "name": "newsroom",
                "kind": "folder",
                "articles": 0,
                "last_week": 0,
                "state": "new",
                "last_success": None,
                "last_attempt": None,
                "error": "",
                "failures": 0,
                "remark": "",
                "held": "",
                "push": "",
            }
        ],
        "feeds": [
            {"name": "all", "files": [], "entries": 0, "updated": None, "error": ""}
        ],
        "newsletters": [
            {
                "name": "daily",
                "title": "The Daily",
                "active": 0,
                "cadences": {},
                "next_slot": "2026-03-03T06:00:00Z",
                "paused": False,
                "paused_until": None,
            }
        ],
        "issues": [],
        "problems": [],
        "subscriptions": dict.fromkeys(SubscriptionState, 0),
        "suppressed_addresses": 0,
        "unknown": 0,
        "gap": 0,
        "relays": [],
        "relay_error": "",
        "bounces": {
            "held": 0,
            "refusing": [],
            "last_week": dict.fromkeys(BounceClass, 0),
        },
        "questions": 0,
    }


def test_a_relay_that_fails_is_told_while_mail_waits_for_it(store, settings, clock):
    def lines():
        found = status.status(store, settings, clock=clock, relays=[RelaySettings()])
        return found.lines()

    store.write(lambda tx: relays.failed(tx, "default", "It is closed."))
    assert lines() == []
    store.write(lambda tx: ledger.single_mail(tx, "k"))
    (line,) = lines()
    assert line.startswith("Relay default refuses since ")
    assert "It is closed. 1 waits; next try " in line

    store.write(lambda tx: relays.works(tx, "default"))
    assert lines() == []


def test_a_source_that_failed_is_named_first_thing(store, settings, clock):
    now = clock.now()
    store.write(lambda tx: sources.ensure(tx, "newsroom", "folder", now=now))
    store.write(
        lambda tx: sources.failed(
            tx, "newsroom", "The folder is gone.", now=now, next_at=now, why=""
        )
    )

    report = read(store, settings, clock)

    assert report.lines() == ["Could not be read at the last visit: newsroom."]
    assert report.to_json()["sources"][0]["error"] == "The folder is gone."
    assert report.to_json()["sources"][0]["last_success"] is None


def test_a_feeds_files_are_listed_in_the_order_of_the_formats(store, settings, clock):
    store.write(lambda tx: feeds.ensure(tx, "all", ids="tag", authority="a.example"))
    store.write(
        lambda tx: feeds.record(
            tx, "all", sha256=dict.fromkeys(reversed(FeedFormat), "x"), entries=7
        )
    )

    found = read(store, settings, clock).to_json()["feeds"][0]

    assert found["files"] == ["all.rss", "all.atom", "all.json"]
    assert found["entries"] == 7
    assert found["updated"] == iso(clock.now()) or store.dialect == "postgresql"


def test_a_paused_newsletter_has_its_next_slot_after_the_pause(store, settings, clock):
    letter = settings.newsletter[0]
    until = datetime(2026, 4, 1, tzinfo=UTC)
    steering.pause_newsletter(store, letter, until=until, fresh=True, clock=clock)

    line = read(store, settings, clock).newsletters[0]
    assert (line.paused, line.paused_until) == (True, until)
    assert line.next_slot == datetime(2026, 4, 1, 5, tzinfo=UTC)

    clock.moment = until + timedelta(minutes=1)
    assert not read(store, settings, clock).newsletters[0].paused


def test_a_pause_without_end_has_no_next_slot(store, settings, clock):
    letter = settings.newsletter[0]
    steering.pause_newsletter(store, letter, until=None, fresh=True, clock=clock)

    assert read(store, settings, clock).newsletters[0].next_slot is None
    assert slots.resume(store, letter, fresh=True, clock=clock)
    assert read(store, settings, clock).newsletters[0].next_slot is not None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"gap": 2}, "The books do not balance: 2 deliveries are missing."),
        ({"unknown": 1200}, "Deliveries of unknown end: 1,200."),
        ({"need_headline": 3}, "Stories with a generated headline: 3."),
    ],
)
def test_what_needs_a_human_is_called_out(store, settings, clock, values, sentence):
    report = replace(read(store, settings, clock), **values)

    assert report.lines()[0].startswith(sentence)


def test_moments_are_iso_8601_in_utc_to_the_second():
    moment = datetime.fromisoformat("2026-03-04T07:00:00.123456+01:00")

    assert iso(moment) == "2026-03-04T06:00:00Z"
    assert iso(None) is None
