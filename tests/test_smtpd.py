import smtplib
import socket

import pytest

from dispatch.errors import StartError
from dispatch.smtpd import MailServer, Place

LETTER = "Subject: Hi\r\n\r\nx\r\n"


def place(**changes):
    given = {"address": "127.0.0.1:0", "what": "The door", "setting": "door.listen"}
    return Place(**{**given, "ident": "test", **changes})


def test_a_mail_is_answered_with_what_became_of_it():
    taken = []

    def take(sender, recipients, raw):
        taken.append((sender, recipients, raw))
        return "250 2.0.0 Taken well"

    with (
        MailServer(place(), take) as server,
        smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client,
    ):
        client.ehlo()
        client.mail("")
        client.rcpt("a@example.org")
        assert client.data(LETTER) == (250, b"2.0.0 Taken well")

    assert taken == [("", ("a@example.org",), LETTER.encode())]


def test_lmtp_answers_for_each_recipient():
    with (
        MailServer(place(lmtp=True), lambda *_: "250 2.0.0 Taken") as server,
        socket.create_connection(("127.0.0.1", server.port), 10) as sock,
    ):
        file = sock.makefile("rb")
        file.readline()
        for line in ("LHLO x", "MAIL FROM:<>", "RCPT TO:<a@b.c>", "RCPT TO:<d@e.f>"):
            sock.sendall(f"{line}\r\n".encode())
            while file.readline()[3:4] == b"-":
                pass
        sock.sendall(b"DATA\r\n")
        file.readline()
        sock.sendall(f"{LETTER}.\r\n".encode())

        assert [file.readline() for _ in "12"] == [b"250 2.0.0 Taken\r\n"] * 2


@pytest.mark.parametrize("lmtp", [False, True])
def test_whatever_goes_wrong_the_mail_is_to_be_brought_again(lmtp, caplog):
    def take(*_):
        raise RuntimeError("no database")

    kind = smtplib.LMTP if lmtp else smtplib.SMTP
    with (
        MailServer(place(lmtp=lmtp), take) as server,
        kind("127.0.0.1", server.port) as client,
        pytest.raises(smtplib.SMTPDataError) as refused,
    ):
        client.sendmail("a@example.org", ["b@example.org"], LETTER)

    assert refused.value.smtp_code == 451


def test_an_address_that_cannot_be_had_is_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StartError, match=r"The door cannot listen.*door\.listen"):
            MailServer(place(address=address), lambda *_: "").start()
