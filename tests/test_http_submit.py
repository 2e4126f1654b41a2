"""A form for a stranger's server: guarded as a GET, redirected only with its body."""

from urllib.parse import parse_qsl

import pytest

from dispatch.errors import SourceError
from dispatch.http import Fetcher
from dispatch.model import FetchSettings
from support.http_server import Reply, Server

FETCH = Fetcher(FetchSettings(allow_private=("127.0.0.1",)))


@pytest.fixture
def server():
    with Server() as running:
        yield running


def test_a_form_arrives_as_it_was_given(server):
    server["/hub"] = Reply(status=202)
    fields = {"hub.mode": "subscribe", "hub.topic": "https://a.example/?q=ä&b"}

    assert FETCH.submit(server.url("/hub"), fields) == 202
    assert dict(parse_qsl(server.asked[0].body.decode())) == fields
    kind = server.asked[0].headers["content-type"]
    assert kind == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_that_keeps_the_form_is_followed(server, status):
    server["/old"] = Reply(status=status, headers={"Location": "/hub"})
    server["/hub"] = Reply(status=202)

    assert FETCH.submit(server.url("/old"), {"a": "b"}) == 202
    assert [(one.method, one.body) for one in server.asked] == [("POST", b"a=b")] * 2


def test_any_other_redirect_is_an_answer(server):
    server["/old"] = Reply(status=302, headers={"Location": "/hub"})

    assert FETCH.submit(server.url("/old"), {"a": "b"}) == 302
    assert len(server.asked) == 1


def test_a_circle_of_redirects_ends(server):
    server["/a"] = Reply(status=307, headers={"Location": "/a"})

    with pytest.raises(SourceError, match="redirects"):
        FETCH.submit(server.url("/a"), {})


def test_a_private_address_is_refused_also_behind_a_redirect(server):
    with pytest.raises(SourceError):
        Fetcher(FetchSettings()).submit(server.url("/hub"), {})
    server["/old"] = Reply(status=307, headers={"Location": "http://10.0.0.1/"})
    assert server.asked == []
    with pytest.raises(SourceError, match=r"10\.0\.0\.1"):
        FETCH.submit(server.url("/old"), {})
