import threading
import time
from datetime import timedelta

import pytest

from dispatch.deliver import session, transaction
from dispatch.model import Envelope, Phase
from support import smtp

LARGE = (b"y" * 900 + b"\r\n") * 20_000  # more than any socket buffer holds
BODY = b"Subject: Hi\r\n\r\n..a dot\r\n"
BOTH = pytest.mark.parametrize(
    "extensions", [("PIPELINING",), ()], ids=["pipe", "step"]
)


class Gate:
    """A `before_dot` that notes that it was asked."""

    def __init__(self, answer=True):
        self.asked = 0
        self.answer = answer

    def __call__(self):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def converse(server, gate=None, *, body=BODY, recipient="b@example.net", **changes):
    """One message on a fresh connection; return the reply, the gate and usability."""
    gate = gate or Gate()
    opened = session.connect(server.relay(**changes), helo="x")
    reply = opened.transact(Envelope("a@example.org", recipient), body, gate)
    usable = opened.usable
    opened.quit()
    return reply, gate, usable


@BOTH
def test_a_message_arrives_as_it_was_with_dots_still_stuffed(extensions):
    with smtp.serving(extensions=extensions) as server:
        reply, gate, usable = converse(server)

    assert (reply.code, reply.enhanced, reply.phase) == (250, "2.0.0", Phase.DOT)
    assert "Queued as 42" in reply.text
    assert server.received == [smtp.Mail("a@example.org", "b@example.net", BODY)]
    assert gate.asked == 1
    assert usable


@BOTH
def test_many_messages_go_over_one_connection(extensions):
    with smtp.serving(extensions=extensions) as server:
        opened = session.connect(server.relay(), helo="x")
        codes = [
            opened.transact(
                Envelope("a@example.org", f"r{n}@example.net"), BODY, Gate()
            ).code
            for n in range(5)
        ]
        opened.quit()

    assert codes == [250] * 5
    assert server.connections == 1


def test_a_reply_may_come_byte_by_byte():
    with smtp.serving(dribble=True) as server:
        reply, _, _ = converse(server)

    assert reply.code == 250


@BOTH
@pytest.mark.parametrize(
    ("stage", "phase"),
    [("MAIL", Phase.MAIL), ("RCPT", Phase.RCPT), ("DATA", Phase.DATA)],
)
@pytest.mark.parametrize("code", [450, 550])
def test_a_refusal_before_the_body_asks_nobody_and_spoils_nothing(
    extensions, stage, phase, code
):
    script = [f"{code} 5.1.1 no", smtp.GOOD[stage]]
    with smtp.serving(extensions=extensions, say={stage: script}) as server:
        opened = session.connect(server.relay(), helo="x")
        gate = Gate()
        first = opened.transact(Envelope("a@example.org", "b@example.net"), BODY, gate)
        second = opened.transact(
            Envelope("a@example.org", "c@example.net"), BODY, Gate()
        )
        opened.quit()

    assert (first.code, first.phase) == (code, phase)
    assert gate.asked == 0
    assert second.code == 250
    assert server.recipients == ["c@example.net"]


def test_a_refused_recipient_with_data_going_on_gets_a_lone_dot():
    with smtp.serving(say={"RCPT": ["550 5.1.1 no", "250 Ok"]}) as server:
        opened = session.connect(server.relay(), helo="x")
        first = opened.transact(
            Envelope("a@example.org", "b@example.net"), BODY, Gate()
        )
        second = opened.transact(
            Envelope("a@example.org", "c@example.net"), BODY, Gate()
        )
        opened.quit()

    assert (first.code, first.phase) == (550, Phase.RCPT)
    assert second.code == 250
    assert server.recipients == ["c@example.net"]


@BOTH
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_closing_server_is_believed_and_left(extensions, stage):
    say = {stage: "421 4.3.2 Shutting down"}
    with smtp.serving(extensions=extensions, say=say) as server:
        reply, gate, usable = converse(server)

    assert reply.code == 421
    assert not usable
    assert gate.asked == 0


@BOTH
@pytest.mark.parametrize(
    ("stage", "phase"),
    [("MAIL", Phase.MAIL), ("RCPT", Phase.RCPT), ("DATA", Phase.DATA)],
)
@pytest.mark.parametrize("script", [smtp.DROP, "total nonsense"])
def test_a_connection_lost_before_the_body_says_where(extensions, stage, phase, script):
    with smtp.serving(extensions=extensions, say={stage: script}) as server:
        reply, gate, usable = converse(server)

    assert (reply.code, reply.phase) == (0, phase)
    assert gate.asked == 0
    assert not usable


def test_a_server_gone_during_the_body_is_noticed_before_the_intent():
    with smtp.serving(say={"BODY": smtp.DROP}, extensions=()) as server:
        reply, gate, _ = converse(server, body=LARGE)

    assert (reply.code, reply.phase) == (0, Phase.BODY)
    assert gate.asked == 0


def test_a_server_that_objects_to_the_body_is_heard():
    say = {"BODY": "552 5.3.4 Too much"}
    with smtp.serving(say=say, extensions=("PIPELINING",)) as server:
        reply, gate, usable = converse(server, body=LARGE)

    assert (reply.code, reply.phase) == (552, Phase.BODY)
    assert gate.asked == 0
    assert not usable


@pytest.mark.parametrize("script", [smtp.DROP, smtp.KEEP_AND_DROP, "nonsense"])
def test_silence_after_the_dot_is_its_own_phase(script):
    with smtp.serving(say={"DOT": script}) as server:
        reply, gate, usable = converse(server)

    assert (reply.code, reply.phase) == (0, Phase.DOT)
    assert gate.asked == 1
    assert not usable


@pytest.mark.parametrize("said", ["451 4.3.0 later", "554 5.6.0 bad", "421 4.4.2 bye"])
def test_a_refusal_after_the_dot_is_the_answer(said):
    with smtp.serving(say={"DOT": said}) as server:
        reply, _, _ = converse(server)

    assert (f"{reply.code} {reply.text}", reply.phase) == (said, Phase.DOT)


def test_the_answer_to_the_dot_is_waited_for_longer_than_any_other(monkeypatch):
    assert transaction.DOT_TIMEOUT == 600

    def slow(stage, _server):
        if stage == "DOT":
            threading.Event().wait(0.4)

    with smtp.serving(watch=slow) as server:
        reply, _, _ = converse(server, timeout=timedelta(seconds=0.2))

    assert reply.code == 250


def test_an_answer_that_drips_for_ever_is_given_up_in_time():
    def drip(stage, server):
        if stage == "MAIL":
            for dialogue in list(server.open):
                for _ in range(60):
                    dialogue.sock.sendall(b"250-x\r\n")
                    threading.Event().wait(0.02)

    with smtp.serving(watch=drip) as server:
        began = time.monotonic()
        reply, _, usable = converse(server, timeout=timedelta(seconds=0.3))

    assert (reply.code, reply.phase) == (0, Phase.MAIL)
    assert not usable
    assert time.monotonic() - began < 1


def test_a_message_that_must_not_go_is_never_finished():
    with smtp.serving() as server:
        reply, gate, usable = converse(server, Gate(answer=False))

    assert reply.code == 0
    assert gate.asked == 1
    assert not usable
    assert server.received == []


def test_a_failing_intent_cuts_the_connection_and_is_passed_on():
    with smtp.serving() as server:
        opened = session.connect(server.relay(), helo="x")
        gate = Gate(answer=RuntimeError("disk full"))
        with pytest.raises(RuntimeError, match="disk full"):
            opened.transact(Envelope("a@example.org", "b@example.net"), BODY, gate)
        opened.quit()

    assert not opened.usable
    assert server.received == []


def test_a_server_that_dies_between_intent_and_dot_gets_no_dot():
    with smtp.serving() as server:

        def die():
            server.close_all()
            return True

        opened = session.connect(server.relay(), helo="x")
        wire = opened._client
        real = wire.write_or_nothing

        def broken(data):
            wire.sock.shutdown(2)  # what a reset does to a send
            return real(data)

        wire.write_or_nothing = broken
        reply = opened.transact(Envelope("a@example.org", "b@example.net"), BODY, die)
        opened.quit()

    assert (reply.code, reply.phase) == (0, Phase.INTENT)
    assert server.received == []


def test_a_message_over_the_announced_size_is_not_even_begun():
    with smtp.serving(extensions=("SIZE 10",)) as server:
        reply, _, usable = converse(server)

    assert (reply.code, reply.enhanced) == (552, "5.3.4")
    assert not any(c.startswith("MAIL") for c in server.commands)
    assert usable


def test_the_size_is_announced_where_the_server_asks():
    with smtp.serving(extensions=("SIZE",)) as server:
        converse(server)

    assert f"MAIL FROM:<a@example.org> SIZE={len(BODY)}" in server.commands


def test_letters_beyond_ascii_need_a_server_that_takes_them():
    with smtp.serving() as server:
        reply, _, _ = converse(server, recipient="josé@example.net")
    assert (reply.code, reply.phase) == (553, Phase.RCPT)
    assert "beyond ASCII" in reply.text

    with smtp.serving(extensions=("SMTPUTF8", "8BITMIME")) as server:
        reply, _, _ = converse(server, recipient="josé@example.net")
    assert reply.code == 250
    assert server.recipients == ["josé@example.net"]


@pytest.mark.parametrize(
    "recipient",
    ["b@example.net>\r\nRCPT TO:<c@example.net", "b c@example.net", "b\x00"],
)
def test_an_address_cannot_smuggle_a_command(recipient):
    with smtp.serving() as server:
        reply, _, _ = converse(server, recipient=recipient)

    assert reply.code == 553
    assert not any("RCPT" in c for c in server.commands)


def test_a_body_without_a_line_end_is_a_mistake_of_ours():
    with smtp.serving() as server:
        opened = session.connect(server.relay(), helo="x")
        with pytest.raises(ValueError, match="CRLF"):
            opened.transact(
                Envelope("a@example.org", "b@example.net"), b"no end", Gate()
            )
        opened.quit()


def test_an_early_end_of_session_that_waited_is_taken_for_what_it_says():
    """A server may say 421 of its own accord between two messages."""
    with smtp.serving() as server:
        opened = session.connect(server.relay(), helo="x")
        opened.transact(Envelope("a@example.org", "b@example.net"), BODY, Gate())
        server.close_all()
        reply = opened.transact(
            Envelope("a@example.org", "c@example.net"), BODY, Gate()
        )
        opened.quit()

    assert (reply.code, reply.phase) == (0, Phase.MAIL)


def test_a_refusal_stands_when_the_connection_is_lost_right_after():
    say = {"MAIL": "451 4.3.0 Later", "RCPT": smtp.DROP}
    with smtp.serving(say=say) as server:
        reply, gate, usable = converse(server)

    assert (reply.code, reply.phase) == (451, Phase.MAIL)
    assert not usable
    assert gate.asked == 0


@pytest.mark.parametrize("answer", ["502 5.5.1 What?", smtp.DROP])
def test_a_connection_that_cannot_be_cleared_is_not_used_again(answer):
    say = {"RCPT": "550 5.1.1 no", "RSET": answer}
    with smtp.serving(say=say, extensions=()) as server:
        reply, _, usable = converse(server)

    assert reply.code == 550
    assert not usable


def commands_of(server, body=BODY, **envelope):
    opened = session.connect(server.relay(), helo="x")
    given = {"sender": "a@example.org", "recipient": "b@example.net", **envelope}
    reply = opened.transact(Envelope(**given), body, Gate())
    opened.quit()
    return reply, [c for c in server.commands if c[:4] in {"MAIL", "RCPT"}]


def test_bounces_are_asked_for_by_name_where_the_server_can():
    with smtp.serving(extensions=("DSN",)) as server:
        _, commands = commands_of(server, id="abc234")

    assert commands == [
        "MAIL FROM:<a@example.org> RET=HDRS ENVID=abc234",
        "RCPT TO:<b@example.net> NOTIFY=FAILURE",
    ]


def test_mail_without_a_return_path_asks_for_no_bounces():
    with smtp.serving(extensions=("DSN",)) as server:
        _, commands = commands_of(server, sender="")

    assert commands == ["MAIL FROM:<>", "RCPT TO:<b@example.net>"]


def test_a_server_without_extensions_is_told_none():
    with smtp.serving(extensions=()) as server:
        reply, commands = commands_of(server, id="abc234")

    assert reply.code == 250
    assert commands == ["MAIL FROM:<a@example.org>", "RCPT TO:<b@example.net>"]


def test_bytes_beyond_ascii_are_announced_or_not_sent():
    body = "Subject: Hi\r\n\r\n’\r\n".encode()
    with smtp.serving(extensions=("8BITMIME",)) as server:
        _, commands = commands_of(server, body)
    assert commands[0].endswith(" BODY=8BITMIME")

    with smtp.serving(extensions=()) as server:
        reply, commands = commands_of(server, body)
    assert (reply.code, reply.enhanced) == (554, "5.6.3")
    assert commands == []
