"""The mailbox of bounces, against a real IMAP server, and killed in the middle."""

from datetime import UTC, datetime

import pytest

from dispatch.actions.bounces import bounce_mailbox
from dispatch.clock import SystemClock
from dispatch.store import bounces, open_store
from support import bounce_mails, bounced, imap_server, victim
from support.audience import TOKENS

ADA = "ada@example.net"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def server():
    with imap_server.Server() as running:
        yield running


def empty(store, clock, server):
    return bounce_mailbox.empty(store, TOKENS, bounced.mailbox(server), clock=clock)


def test_every_mail_of_the_mailbox_is_taken_in(store, clock, server):
    bounced.readers(store, ADA)
    issue = bounced.issue(store, clock)
    for raw in (bounced.report(store, issue, ADA), bounce_mails.PERSON):
        server.deliver(raw, arrived=NOW)

    report = empty(store, clock, server)

    assert report.ok
    assert report.lines() == ["Mail that came back: 1 counted, 1 other."]
    assert report.to_json()["outcomes"] == {"counted": 1, "other": 1}
    assert server.mailboxes["INBOX"] == []
    assert empty(store, clock, server).lines() == []


def test_a_mailbox_that_cannot_be_reached_is_one_sentence(store, clock, server):
    server.login = ("somebody", "else")
    settings = bounced.mailbox(server)
    server.login = ("desk@example.org", "a secret")

    report = bounce_mailbox.empty(store, TOKENS, settings, clock=clock)

    assert not report.ok
    assert report.lines()[0].startswith("The mailbox of bounces: 127.0.0.1:")


def test_killed_between_commit_and_deletion_nothing_is_lost_or_counted_twice(
    database_url, server
):
    clock = SystemClock()
    with open_store(database_url, clock=clock) as store:
        bounced.readers(store, ADA)
        issue = bounced.sent(store, clock)
        server.deliver(bounced.report(store, issue, ADA), arrived=NOW)
    settings = bounced.mailbox(server)

    assert victim.call(bounced.empty_and_die, database_url, settings)

    assert len(server.mailboxes["INBOX"]) == 1
    with open_store(database_url, clock=clock) as store:
        assert len(bounced.listed(store)) == 1
        report = bounce_mailbox.empty(store, TOKENS, settings, clock=clock)
        assert dict(report.outcomes) == {"repeated": 1}
        assert len(bounced.listed(store)) == 1
        with store.read() as tx:
            assert bounces.intakes(tx) == {"counted": 1, "repeated": 1}
    assert server.mailboxes["INBOX"] == []
