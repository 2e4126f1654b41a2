import smtplib
import socket
import threading

import pytest

from dispatch.deliver import session
from dispatch.errors import StartError
from dispatch.model import Envelope, RelaySettings
from dispatch.sandbox.catcher import Catcher, runs_at
from dispatch.sandbox.mailbox import Mailbox

LETTER = b"Subject: Hi\r\nTo: ada@example.org\r\n\r\n..a dot\r\n"


def test_it_keeps_what_our_own_session_sends(clock):
    mailbox = Mailbox(clock)
    with Catcher("127.0.0.1:0", mailbox) as catcher:
        relay = RelaySettings(host="127.0.0.1", port=catcher.port)
        opened = session.connect(relay, helo="news.example.org")
        reply = opened.transact(
            Envelope("news+b1@example.org", "ada@example.org"), LETTER, lambda: True
        )
        opened.quit()

    (kept,) = mailbox.messages()
    assert (reply.code, reply.text) == (250, f"2.0.0 Caught as {kept.id}")
    assert (kept.sender, kept.recipients) == (
        "news+b1@example.org",
        ("ada@example.org",),
    )
    assert kept.raw == b"Subject: Hi\r\nTo: ada@example.org\r\n\r\n.a dot\r\n"


def test_it_keeps_what_any_program_sends(clock):
    mailbox = Mailbox(clock)
    with (
        Catcher("127.0.0.1:0", mailbox) as catcher,
        smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as client,
    ):
        client.sendmail("a@example.org", ["b@example.org", "c@example.org"], LETTER)

    assert mailbox.messages()[0].recipients == ("b@example.org", "c@example.org")


def test_a_taken_port_is_one_clear_sentence(clock):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StartError, match=r"cannot listen.*sandbox\.smtp"):
            Catcher(address, Mailbox(clock)).start()


@pytest.mark.parametrize("address", ["127.0.0.1:smtp", "127.0.0.1:99999", "nowhere"])
def test_an_unusable_address_is_one_clear_sentence(clock, address):
    with pytest.raises(StartError, match="cannot listen"):
        Catcher(address, Mailbox(clock)).start()


def test_it_can_be_stopped_and_started_again(clock):
    catcher = Catcher("127.0.0.1:0", Mailbox(clock))
    catcher.start()
    port = catcher.port
    catcher.stop()
    catcher.stop()
    assert catcher.port == 0

    with Catcher(f"127.0.0.1:{port}", Mailbox(clock)) as again:
        assert again.port == port


def test_a_catcher_is_told_from_any_other_program(clock):
    with Catcher("127.0.0.1:0", Mailbox(clock)) as catcher:
        assert runs_at(f"127.0.0.1:{catcher.port}")
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(5)
        port = other.getsockname()[1]

        def hang_up():
            other.accept()[0].close()

        greeter = threading.Thread(target=hang_up)
        greeter.start()
        assert not runs_at(f"127.0.0.1:{port}")
        greeter.join()
    assert not runs_at(f"127.0.0.1:{port}")
