import hashlib

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given, strategies as st

from dispatch.compose import mime
from dispatch.compose.splice import splice
from dispatch.deliver import relaxed
from dispatch.model import Frozen, Span

HEAD = b"From: a@b.example\r\nTo: {to}\r\n\r\n"
WORDS = [
    b"word",
    b" ",
    b"\t",
    b"  ",
    b"\r\n",
    b".",
    b"..",
    b"\r\n.",
    b"=20",
    b"{token}",
]

pieces = st.lists(st.sampled_from(WORDS), max_size=40)
tokens = st.from_regex(rb"[a-z2-7]{1,40}", fullmatch=True)


def frozen(body):
    """Freeze a body, {token} a span each time, as DATA carries it."""
    data = mime.stuff(HEAD + body + b"\r\n")
    spans, at = [], 0
    for name in (b"to", *[b"token"] * body.count(b"{token}")):
        start = data.index(b"{" + name + b"}", at)
        at = start + len(name) + 2
        spans.append(Span(start, at, name.decode()))
    return Frozen(data, tuple(spans))


def judged(message):
    """The hash as dkimpy reckons it, of the message as its receiver has it."""
    body = mime.unstuff(message).partition(b"\r\n\r\n")[2]
    return hashlib.sha256(Relaxed.canonicalize_body(body)).digest()


@given(pieces, tokens)
def test_the_hash_put_together_is_the_hash_of_the_whole(words, token):
    made = frozen(b"".join(words))
    values = {"to": b"reader@example.net", "token": token}
    message = splice(made, values)

    assert relaxed.whole(message) == judged(message)
    prepared = relaxed.prepare(made)
    if prepared is not None:
        assert prepared.digest(values) == judged(message)


def test_a_body_that_is_the_same_for_all_is_hashed_once():
    prepared = relaxed.prepare(frozen(b"Hello  there \r\n..dots\r\n\r\n"))

    assert prepared.pieces == ()
    assert prepared.digest({}) == judged(frozen(b"Hello  there \r\n..dots").data)


@pytest.mark.parametrize("value", [b"", b".dot", b"two words", b" x", b"x\ty"])
def test_a_value_that_could_touch_what_is_beside_it_is_hashed_with_the_whole(value):
    prepared = relaxed.prepare(frozen(b"/{token} x"))

    assert prepared.digest({"token": value}) is None


def test_a_value_at_the_start_of_a_line_is_left_to_the_whole():
    assert relaxed.prepare(frozen(b"x\r\n{token}")) is None
    assert relaxed.prepare(Frozen(b"no body at all", ())) is None
