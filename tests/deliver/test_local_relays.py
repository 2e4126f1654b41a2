"""Relays that are no servers: a folder of files, and a program."""

import os
import sys
import textwrap
from dataclasses import replace

import pytest

from dispatch.deliver import folder, session
from dispatch.errors import RelayError
from dispatch.model import Envelope, Phase, RelaySettings

BODY = b"Subject: Hi\r\n\r\n..a dot\r\n"
ENVELOPE = Envelope("news@example.org", "ada@example.net", "abc234")


@pytest.fixture
def dry(tmp_path):
    return RelaySettings(protocol="folder", folder=tmp_path / "var" / "mail")


def files(relay):
    return {file.name: file.read_bytes() for file in relay.folder.iterdir()}


def test_a_message_becomes_a_file_with_its_envelope_and_its_dots_as_they_were(dry):
    reply = folder.connect(dry).transact(ENVELOPE, BODY, lambda: True)

    assert (reply.code, reply.phase) == (250, Phase.DOT)
    assert files(dry) == {
        "abc234.eml": b"Return-Path: <news@example.org>\r\n"
        b"Delivered-To: ada@example.net\r\n"
        b"Subject: Hi\r\n\r\n.a dot\r\n"
    }


def test_a_second_try_is_the_same_file(dry):
    opened = folder.connect(dry)
    for _ in range(2):
        opened.transact(ENVELOPE, BODY, lambda: True)

    assert len(files(dry)) == 1


def test_the_file_has_no_name_before_the_intent_and_none_without_it(dry):
    opened = folder.connect(dry)
    seen = []

    def ask():
        seen.append([name for name in files(dry) if not name.startswith(".")])
        return False

    reply = opened.transact(ENVELOPE, BODY, ask)

    assert (reply.code, reply.phase) == (0, Phase.BODY)
    assert seen == [[]]
    assert files(dry) == {}


def test_an_intent_that_fails_leaves_nothing_behind(dry):
    def die():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        folder.connect(dry).transact(ENVELOPE, BODY, die)

    assert files(dry) == {}


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    relay = RelaySettings(protocol="folder", folder=tmp_path / "file" / "mail")
    with pytest.raises(RelayError, match=r"smtp\.folder"):
        folder.connect(relay)


def test_a_folder_that_is_gone_puts_the_message_off(dry):
    opened = folder.connect(dry)
    dry.folder.rmdir()
    reply = opened.transact(ENVELOPE, BODY, lambda: True)

    assert (reply.code, reply.phase) == (452, Phase.MAIL)


SENDMAIL = """
import sys
kept = open({kept!r}, "ab", buffering=0)
out = lambda line: (sys.stdout.write(line + "\\r\\n"), sys.stdout.flush())
out("220 program")
lines = iter(sys.stdin.buffer.readline, b"")
for line in lines:
    verb = line[:4].upper()
    if verb == b"DATA":
        out("354 go on")
        body = []
        for part in lines:
            if part == b".\\r\\n":
                kept.write(b"".join(body))
                out("250 2.0.0 taken")
                break
            body.append(part)
    elif verb == b"QUIT":
        out("221 bye")
        break
    else:
        out("250 ok")
"""


@pytest.fixture
def program(tmp_path):
    """A relay that is a program, and the file that it keeps messages in."""
    script, kept = tmp_path / "sendmail.py", tmp_path / "kept"
    script.write_text(textwrap.dedent(SENDMAIL.format(kept=str(kept))))
    kept.write_bytes(b"")
    command = (sys.executable, "-S", str(script), "-bs")
    return RelaySettings(protocol="sendmail", command=command), kept


def test_a_program_that_speaks_smtp_is_a_relay_like_any_other(program):
    relay, kept = program
    opened = session.connect(relay, helo="x")
    codes = [opened.transact(ENVELOPE, BODY, lambda: True).code for _ in range(2)]
    opened.quit()

    assert codes == [250, 250]
    assert kept.read_bytes() == BODY * 2


def test_a_program_that_we_leave_before_the_dot_has_nothing(program):
    relay, kept = program
    opened = session.connect(relay, helo="x")
    reply = opened.transact(ENVELOPE, BODY, lambda: False)
    opened.quit()

    assert (reply.code, reply.phase) == (0, Phase.BODY)
    assert kept.read_bytes() == b""


def test_when_we_are_killed_before_the_dot_the_program_hands_nothing_over(program):
    """The end of its input is no dot: that is why the message is not piped in."""
    relay, kept = program
    child = os.fork()
    if child == 0:
        opened = session.connect(relay, helo="x")
        opened.transact(ENVELOPE, BODY, lambda: os.kill(os.getpid(), 9))
    os.waitpid(child, 0)
    # It ends when it reads the end of its input; another run shows that it did nothing.
    opened = session.connect(relay, helo="x")
    opened.transact(ENVELOPE, b"Second\r\n", lambda: True)
    opened.quit()

    assert kept.read_bytes() == b"Second\r\n"


def test_a_program_that_is_not_there_is_named(program):
    relay, _ = program
    with pytest.raises(RelayError, match=r"smtp\.command: /no/such"):
        session.connect(replace(relay, command=("/no/such",)), helo="x")


def test_a_program_that_says_nothing_sensible_is_told(program):
    relay, _ = program
    command = (sys.executable, "-S", "-c", "print('hello')")
    with pytest.raises(RelayError, match="no SMTP reply"):
        session.connect(replace(relay, command=command), helo="x")
