"""What we sign stands before a verifier that is not written in Python."""

from datetime import UTC, datetime

import pytest

from dispatch.deliver import dkim
from dispatch.deliver.dkim import Signer

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEM, RECORD = dkim.generate("rsa")
HEAD = (
    b"From: =?utf-8?B?Sm9zw6k=?= <news@paper.example>\r\n"
    b"To: a@b.example\r\nSubject: Two\r\n\tlines  of it\r\n"
    b"Date: Mon, 02 Mar 2026 12:00:00 +0000\r\nMessage-ID: <x@paper.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"List-Unsubscribe: <https://paper.example/u/abc>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
)


@pytest.fixture
def received(tmp_path):
    """A signed message of a body (as sent, dots stuffed), once it has arrived."""
    file = tmp_path / "key.pem"
    file.write_bytes(PEM)
    signer = Signer("paper.example", "s1", dkim.load(file))

    def send(body):
        return dkim.sign(HEAD + body, [signer], at=AT).replace(b"\r\n..", b"\r\n.")

    return send


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"One line\r\n",
        b"Hello  there \t\r\n\r\n..a dot\r\n..\r\n\r\n\r\n",
        b" leading\r\n \t \r\n",
        "Grüße — 雪\r\n".encode(),
    ],
)
def test_a_signature_stands_in_perl_whatever_the_body(perl, received, body):
    assert perl.verdict(received(body), RECORD) == "pass"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"One-Click", b"One-Clack"),
        (b"/u/abc", b"/u/abd"),
        (b"Hello", b"Hullo"),
        (b"To: a@", b"To: c@"),
        (b"\r\nSubject:", b"\r\nSubject: Another\r\nSubject:"),
        (b"\r\nTo:", b"\r\nTo: more@b.example\r\nTo:"),
    ],
)
def test_perl_refuses_a_message_that_was_changed_on_its_way(perl, received, old, new):
    message = received(b"Hello\r\n").replace(old, new, 1)

    assert perl.verdict(message, RECORD).startswith("fail")
