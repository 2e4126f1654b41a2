"""The same session, spoken to the server that has the mailboxes (RFC 2033)."""

from datetime import timedelta

import pytest
from aiosmtpd.controller import UnixSocketController
from aiosmtpd.lmtp import LMTP

from dispatch.deliver import session
from dispatch.errors import RelayError
from dispatch.model import Envelope, Phase, RelaySettings


class Mailboxes:
    """Has one mailbox, and it may be full."""

    def __init__(self):
        self.received, self.full = [], False

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if not address.startswith("ada@"):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.full:
            return "452 4.2.2 Mailbox full"
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 Saved"


class Controller(UnixSocketController):
    def factory(self):
        return LMTP(self.handler, hostname="boxes.example.org")


@pytest.fixture
def mailboxes():
    return Mailboxes()


@pytest.fixture
def relay(mailboxes, tmp_path):
    controller = Controller(mailboxes, unix_socket=str(tmp_path / "lmtp"))
    controller.start()
    yield RelaySettings(
        host=str(tmp_path / "lmtp"), protocol="lmtp", timeout=timedelta(seconds=5)
    )
    controller.stop()


def hand_over(relay, *recipients):
    opened = session.connect(relay, helo="news.example.org")
    replies = [
        opened.transact(
            Envelope("news@example.org", one), b"Hi\r\n..dot\r\n", lambda: True
        )
        for one in recipients
    ]
    opened.quit()
    return replies


def test_a_mailbox_takes_the_mail_and_another_is_not_there(relay, mailboxes):
    saved, unknown, again = hand_over(relay, "ada@a.example", "b@a.example", "ada@b.c")

    assert (saved.code, saved.phase, saved.text) == (250, Phase.DOT, "2.0.0 Saved")
    assert (unknown.code, unknown.phase) == (550, Phase.RCPT)
    assert again.code == 250
    assert [one[1] for one in mailboxes.received] == [["ada@a.example"], ["ada@b.c"]]
    assert mailboxes.received[0][2] == b"Hi\r\n.dot\r\n"


def test_a_mailbox_that_is_full_says_so_after_the_dot(relay, mailboxes):
    mailboxes.full = True

    (reply,) = hand_over(relay, "ada@a.example")

    assert (reply.code, reply.enhanced, reply.phase) == (452, "4.2.2", Phase.DOT)


def test_a_socket_that_is_not_there_is_named(tmp_path):
    relay = RelaySettings(host=str(tmp_path / "none"), protocol="lmtp")

    with pytest.raises(RelayError, match=r"none is not there\. Check smtp\.host"):
        session.connect(relay, helo="x")


def test_a_mailbox_server_is_not_spoken_to_as_a_relay(relay):
    with pytest.raises(RelayError, match="turned us away"):
        session.connect(
            RelaySettings(host=relay.host, timeout=timedelta(seconds=5)), helo="x"
        )
