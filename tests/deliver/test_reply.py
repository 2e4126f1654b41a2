import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import reply as replies
from dispatch.deliver.reply import BadReplyError, Fault
from dispatch.model import Phase, Reply


def test_a_reply_of_one_line_is_its_code_and_text():
    buffer = bytearray(b"250 2.1.0 Ok\r\n")

    assert replies.take(buffer) == (250, b"2.1.0 Ok")
    assert not buffer


def test_lines_of_one_reply_are_joined_and_the_next_reply_stays():
    buffer = bytearray(b"250-one\r\n250-two\r\n250 three\r\n354 next\r\n")

    assert replies.take(buffer) == (250, b"one\ntwo\nthree")
    assert replies.take(buffer) == (354, b"next")


def test_a_code_alone_is_a_reply():
    assert replies.take(bytearray(b"250\r\n")) == (250, b"")


def test_half_a_reply_is_not_taken_and_not_lost():
    buffer = bytearray(b"250-one\r\n250 tw")

    assert replies.take(buffer) is None
    assert bytes(buffer) == b"250-one\r\n250 tw"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"250-one\r\n550 two\r\n",
        b"199 too low\r\n",
        b"2500 x\r\n",
        b"\r\n",
        b"250-x\r\n" * 65,
        b"250-" + b"x" * 9000,
        b"250 " + b"x" * 9000 + b"\r\n",
    ],
)
def test_nonsense_and_endless_replies_are_refused(nonsense):
    with pytest.raises(BadReplyError):
        replies.take(bytearray(nonsense))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_none_or_refused(data):
    buffer = bytearray(data)
    try:
        taken = replies.take(buffer)
    except BadReplyError:
        return
    if taken:
        assert 200 <= taken[0] < 600


@given(
    st.integers(200, 599),
    st.lists(st.text("abc 0123-", max_size=20), min_size=1, max_size=5),
)
def test_a_reply_is_the_same_byte_by_byte(code, texts):
    lines = [f"{code}-{text}\r\n" for text in texts[:-1]] + [f"{code} {texts[-1]}\r\n"]
    data = "".join(lines).encode()
    whole = replies.take(bytearray(data))

    buffer, dribbled = bytearray(), None
    for byte in data:
        assert dribbled is None
        buffer.append(byte)
        dribbled = replies.take(buffer)
    assert dribbled == whole == (code, "\n".join(t.strip() for t in texts).encode())


def test_control_characters_and_length_are_tamed():
    reply = replies.make(550, b"5.1.1 \x1b[31mred\x00" + b"x" * 5000, Phase.RCPT)

    assert reply.enhanced == "5.1.1"
    assert "\x1b" not in reply.text
    assert "\x00" not in reply.text
    assert len(reply.text) <= 2048


@pytest.mark.parametrize(
    ("code", "text", "phase", "fault"),
    [
        (450, "4.2.0 Greylisted", Phase.RCPT, Fault.TEMPORARY),
        (452, "Too many recipients", Phase.RCPT, Fault.TEMPORARY),
        (550, "4.7.1 try later", Phase.RCPT, Fault.TEMPORARY),
        (550, "5.1.1 No such user", Phase.RCPT, Fault.RECIPIENT),
        (550, "No such user", Phase.RCPT, Fault.RECIPIENT),
        (552, "Too many recipients", Phase.RCPT, Fault.FULL),
        (552, "5.2.2 Mailbox full", Phase.RCPT, Fault.FULL),
        (552, "5.3.4 Too big", Phase.MAIL, Fault.MESSAGE),
        (552, "Too big", Phase.MAIL, Fault.MESSAGE),
        (554, "5.6.0 Bad content", Phase.DOT, Fault.MESSAGE),
        (554, "Message refused", Phase.DOT, Fault.MESSAGE),
        (550, "5.1.1 gone", Phase.DOT, Fault.RECIPIENT),
        (550, "5.7.26 Unauthenticated sender", Phase.DOT, Fault.SENDER),
        (554, "5.7.1 <x>: Relay access denied", Phase.RCPT, Fault.SENDER),
        (554, "Relaying denied", Phase.RCPT, Fault.SENDER),
        (550, "blocked using zen.spamhaus.org", Phase.RCPT, Fault.SENDER),
        (530, "Authentication required", Phase.MAIL, Fault.SENDER),
        (553, "sender address rejected", Phase.MAIL, Fault.SENDER),
    ],
)
def test_a_refusal_blames_the_right_one(code, text, phase, fault):
    reply = replies.make(code, text.encode(), phase)

    assert replies.fault(reply) is fault


@given(
    st.integers(400, 599),
    st.text(max_size=80),
    st.sampled_from(list(Phase)),
)
def test_every_refusal_has_a_fault(code, text, phase):
    assert replies.fault(replies.make(code, text.encode("utf-8", "replace"), phase))


def test_enhanced_codes_are_taken_from_the_front_only():
    reply = Reply(550, "the host 5.1.1 said no")

    assert replies.make(550, reply.text.encode(), Phase.RCPT).enhanced == ""
