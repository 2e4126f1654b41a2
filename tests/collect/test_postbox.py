"""A mailbox that is emptied, against a real IMAP server on loopback."""

from datetime import UTC, datetime

import pytest

from dispatch.collect import postbox
from dispatch.collect.imap import Limits
from dispatch.errors import SourceError
from dispatch.model import BounceSettings
from support import imap_server

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOON = Limits(seconds=5, reply=2)
ABLE = "IMAP4rev1 AUTH=PLAIN UIDPLUS MOVE"


@pytest.fixture
def server():
    with imap_server.Server() as running:
        running.behaviour.capabilities = ABLE
        for number in range(3):
            running.deliver(b"Subject: %d\r\n\r\nx" % number, arrived=NOW)
        yield running


def source(server, **changes):
    user, password = server.login
    given = {"host": "127.0.0.1", "port": server.port, "security": "none"}
    own = {"username": user, "password": password}
    return BounceSettings(**{**given, **own, **changes}).source


def empty(server, take=lambda _: None, **more):
    changes = more.pop("changes", {})
    return postbox.empty(source(server, **changes), take, limits=SOON, **more)


def left(server, name="INBOX"):
    return [one.raw.split(b"\r\n")[0] for one in server.mailboxes[name]]


@pytest.mark.parametrize("able", [ABLE, "IMAP4rev1 AUTH=PLAIN"])
def test_every_mail_is_handed_over_oldest_first_and_gone(server, able):
    server.behaviour.capabilities = able
    taken = []

    assert empty(server, taken.append) == 3
    assert [one.split(b"\r\n")[0] for one in taken] == [
        b"Subject: 0",
        b"Subject: 1",
        b"Subject: 2",
    ]
    assert left(server) == []
    assert empty(server, taken.append) == 0


@pytest.mark.parametrize("able", [ABLE, "IMAP4rev1 AUTH=PLAIN"])
def test_what_was_taken_may_be_kept_in_a_folder(server, able):
    server.behaviour.capabilities = able
    server.mailboxes["Done"] = []
    empty(server, done="Done")

    assert left(server) == []
    assert len(left(server, "Done")) == 3


def test_what_could_not_be_taken_stays_and_so_does_what_follows(server):
    taken = []

    def take(raw):
        if taken:
            raise RuntimeError("the database is gone")
        taken.append(raw)

    with pytest.raises(RuntimeError):
        empty(server, take)

    assert left(server) == [b"Subject: 1", b"Subject: 2"]


def test_a_mail_goes_only_after_it_was_taken(server):
    there = []
    empty(server, lambda _: there.append(len(left(server))))

    assert there == [3, 2, 1]


def test_at_most_the_head_of_a_large_mail_is_fetched(server):
    server.mailboxes["INBOX"] = []
    server.deliver(b"Subject: big\r\n\r\n" + b"x" * 2_000_000, arrived=NOW)
    sizes = []
    empty(server, lambda raw: sizes.append(len(raw)))

    assert sizes == [postbox.HEAD]


def test_a_visit_takes_so_many_and_no_more(server):
    assert empty(server, most=2) == 2
    assert left(server) == [b"Subject: 2"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"changes": {"mailbox": "Nowhere"}}, "no mailbox “Nowhere”"),
        ({"changes": {"password": "guess"}}, "refuses the login"),
        ({"done": "Nowhere"}, "`done` must be a folder"),
        ({"changes": {"username": ""}}, "It needs `host`"),
        ({"changes": {"host": "mail.example.org"}}, "in\nclear|in clear"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_lost(server, wrong, said):
    server.behaviour.capabilities = "IMAP4rev1 AUTH=PLAIN"
    with pytest.raises(SourceError, match=said):
        empty(server, **wrong)

    assert len(left(server)) == 3


def test_a_mailbox_that_may_only_be_read_is_named(server):
    server.behaviour.read_only = True
    with pytest.raises(SourceError, match="does not let us empty it"):
        empty(server)


@pytest.mark.parametrize("command", ["UID FETCH", "UID STORE", "UID SEARCH", "SELECT"])
def test_a_server_that_breaks_off_or_falls_silent_costs_no_mail(server, command):
    server.behaviour.drop_at = command
    with pytest.raises(SourceError):
        empty(server)

    assert len(left(server)) == 3
