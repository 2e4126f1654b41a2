"""The plainest polls are answered without the site, and as the site would."""

import os
import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import h11
import pytest
from hypothesis import given, strategies as st

from dispatch.web.polls import Polls
from dispatch.web.server import Server
from dispatch.web.shelf import Shelf
from dispatch.web.site import create_site

RSS = b"<rss version='2.0'>" + b"<!-- a long story -->" * 100 + b"</rss>"
CHANGED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
USUAL = (
    b"Host: news.example.org",
    b"User-Agent: Reader/2.0 (+https://reader.example; 12 subscribers)",
    b"Accept: */*",
    b"Accept-Encoding: gzip, deflate",
    b"If-Modified-Since: Sun, 01 Mar 2026 09:30:00 GMT",
)


def publish(folder, data=RSS, at=CHANGED):
    folder.mkdir(exist_ok=True)
    (folder / ".new").write_bytes(data)
    os.utime(folder / ".new", (at.timestamp(), at.timestamp()))
    (folder / ".new").replace(folder / "all.rss")


def poll(tag, *more, usual=USUAL, line=b"GET /feeds/all.rss HTTP/1.1"):
    lines = (line, *usual, b"If-None-Match: " + tag.encode(), *more)
    return b"\r\n".join((*lines, b"", b""))


class Wire:
    """One connection, on which whole answers are read one by one."""

    def __init__(self, server):
        self.sock = socket.create_connection((server.host, server.port), timeout=20)
        self.rest = b""

    def send(self, *requests):
        self.sock.sendall(b"".join(requests))

    def read(self):
        """Return status, header lines, and the body, of a known length."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines)
        length = int(fields.get(b"content-length", 0))
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(first.split()[1]), sorted(lines), body

    def _more(self):
        got = self.sock.recv(65536)
        assert got, f"closed after {self.rest!r}"
        self.rest += got


@pytest.fixture
def site(app):
    publish(app.settings.feeds.directory)
    return create_site(app)


async def broken(scope, receive, send):
    raise AssertionError(f"the site was asked for {scope['path']}")


@pytest.fixture
def serving():
    """Start servers that stop when the test ends."""
    with ExitStack() as started:

        def start(app, polls):
            server = Server(app, "127.0.0.1:0", polls)
            server.start()
            started.callback(server.stop)
            wire = Wire(server)
            started.callback(wire.sock.close)
            return wire

        yield start


def tag_of(wire, coding="gzip"):
    wire.send(
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: a\r\nAccept-Encoding: %s\r\n\r\n"
        % coding.encode()
    )
    status, lines, _ = wire.read()
    assert status == 200
    [tag] = [one[6:].decode() for one in lines if one.lower().startswith(b"etag: ")]
    return tag


def undated(lines):
    return [one.lower() for one in lines if not one.lower().startswith(b"date: ")]


def test_the_answer_is_the_one_that_the_site_gives(site, serving):
    slow = serving(site, lambda _request: None)
    tag = tag_of(slow)
    quick = serving(broken, site.polls.answer)
    for more in ((), (b"X-Forwarded-For: 192.0.2.7", b"Connection: Keep-Alive")):
        slow.send(poll(tag, *more))
        quick.send(poll(tag, *more))

        theirs, ours = slow.read(), quick.read()

        assert theirs[0] == ours[0] == 304
        assert undated(theirs[1]) == undated(ours[1])
        assert [one for one in ours[1] if one.startswith(b"date: ")]


def test_polls_and_other_requests_share_a_connection_in_their_order(site, serving):
    wire = serving(site, site.polls.answer)
    tag = tag_of(wire)
    full = b"GET /feeds/all.rss HTTP/1.1\r\nHost: a\r\n\r\n"

    wire.send(poll(tag))
    assert wire.read()[0] == 304
    wire.send(full)
    assert wire.read()[::2] == (200, RSS)
    wire.send(poll(tag), full, poll(tag), poll('"old"'))  # all at once
    assert [wire.read()[0] for _ in range(4)] == [304, 200, 304, 200]
    wire.send(poll(tag)[:30])
    wire.send(poll(tag)[30:])
    assert wire.read()[0] == 304


def test_a_poll_after_the_feed_has_changed_is_given_the_feed(app, site, serving):
    wire = serving(site, site.polls.answer)
    tag = tag_of(wire)
    publish(app.settings.feeds.directory, RSS + b"<!-- new -->")

    wire.send(poll(tag))

    status, _, _ = wire.read()
    assert status == 200
    wire.send(poll(tag_of(wire)))
    assert wire.read()[0] == 304


class Now:
    moment = CHANGED + timedelta(days=1)

    def now(self):
        return self.moment


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("polls")
    publish(folder)
    shelf = Shelf(folder)
    shelf.take("all.rss")
    return shelf


@pytest.fixture(scope="module")
def polls(shelf):
    return Polls(shelf, lambda _name, tag, _at: {"ETag": tag}, Now().now)


@pytest.fixture(scope="module")
def tag(shelf):
    return shelf.glance("all.rss").etag("gzip")


def test_a_plain_poll_is_known(polls, tag):
    assert polls.answer(poll(tag)) == f"etag: {tag}\r\n".encode()
    assert polls.answer(poll(f'"old", W/{tag}')) is not None
    assert polls.answer(poll("*")) is not None


@pytest.mark.parametrize(
    "more",
    [
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding : chunked",
        b"X-Filler: a\n\tTransfer-Encoding: chunked",
        b" folded: on",
        b"Expect: 100-continue",
        b"Upgrade: h2c",
        b"Connection: close",
        b"Connection: keep-alive, Upgrade",
        b"Range: bytes=0-9",
        b"Host: other.example",
        b'If-None-Match: "x"',
        b"Cookie: a=b",
        b"X-Unknown: 1",
        b"Accept: \xc3\xa9",
        b"Accept:*/*",
        b"Referer: " + b"x" * 5000,
    ],
)
def test_a_poll_that_says_anything_else_is_left_to_the_site(polls, tag, more):
    assert polls.answer(poll(tag, more)) is None


@pytest.mark.parametrize(
    "line",
    [
        b"HEAD /feeds/all.rss HTTP/1.1",
        b"POST /feeds/all.rss HTTP/1.1",
        b"GET /feeds/all.rss HTTP/1.0",
        b"GET /feeds/all.rss?utm=x HTTP/1.1",
        b"GET /feeds/%61ll.rss HTTP/1.1",
        b"GET /feeds/../all.rss HTTP/1.1",
        b"GET http://a/feeds/all.rss HTTP/1.1",
        b"GET  /feeds/all.rss HTTP/1.1",
        b"GET /feeds/none.rss HTTP/1.1",
    ],
)
def test_what_is_no_plain_poll_of_a_feed_is_left_to_the_site(polls, tag, line):
    assert polls.answer(poll(tag, line=line)) is None


def test_a_request_that_is_not_whole_or_not_alone_is_left_to_the_site(polls, tag):
    whole = poll(tag)

    for other in (
        *(whole[:end] for end in range(len(whole))),
        whole + whole,
        whole + b"x",
        b"\r\n" + whole,
        whole.replace(b"\r\n", b"\n"),
        poll(tag, usual=USUAL[1:]),
        poll('"old"'),
    ):
        assert polls.answer(other) is None


def test_a_file_from_the_future_is_dated_by_the_site(shelf, tag):
    early = Polls(shelf, lambda *_told: {}, lambda: CHANGED - timedelta(seconds=1))

    assert early.answer(poll(tag)) is None


PIECES = st.sampled_from(
    [
        *USUAL,
        b"Content-Length: 0",
        b"Content-Length: 3",
        b"content-LENGTH: 3",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding:\tchunked",
        b"Connection: close",
        b"Connection: keep-alive",
        b"Accept: a\rTransfer-Encoding: chunked",
        b"Accept: a\nContent-Length: 3",
        b"Accept:",
        b"",
        b"abc",
        b"Expect: 100-continue",
    ]
)


@given(
    lines=st.lists(PIECES, max_size=6),
    cut=st.integers(0, 400),
    junk=st.binary(max_size=3),
)
def test_h11_finds_one_whole_request_without_a_body_in_whatever_is_answered(
    polls, tag, lines, cut, junk
):
    request = poll(tag, *lines, usual=USUAL[:2])
    request = request[:cut] + junk + request[cut:]

    if polls.answer(request) is None:
        return
    judge = h11.Connection(h11.SERVER)
    judge.receive_data(request)
    asked = judge.next_event()
    assert isinstance(asked, h11.Request)
    assert (asked.method, asked.target) == (b"GET", b"/feeds/all.rss")
    assert isinstance(judge.next_event(), h11.EndOfMessage)
    assert judge.trailing_data == (b"", False)
    assert judge.their_state is h11.DONE  # and not MUST_CLOSE
