import socket
import threading

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dispatch.errors import StartError
from dispatch.web.server import Server
from support.asking import Client


def echo(release=None):
    def answer(_request):
        if release:
            release.wait(10)
        return PlainTextResponse("hello")

    return Starlette(routes=[Route("/", answer)])


@pytest.fixture
def server():
    server = Server(echo(), "127.0.0.1:0")
    server.start()
    yield server
    server.stop()


def test_it_answers_as_soon_as_start_returns(server):
    answer = Client(server.url).get("/")

    assert (answer.status, answer.text) == (200, "hello")


def test_it_does_not_say_what_it_is(server):
    assert "server" not in Client(server.url).get("/").headers


def test_it_answers_on_ipv6():
    server = Server(echo(), "[::1]:0")
    try:
        server.start()
    except StartError:
        pytest.skip("no IPv6 here")
    try:
        assert server.url.startswith("http://[::1]:")
        assert Client(server.url).get("/").status == 200
    finally:
        server.stop()


def test_after_stop_nobody_answers(server):
    server.stop()

    with pytest.raises(ConnectionRefusedError):
        Client(server.url).get("/")


def test_a_request_under_way_is_finished_when_it_stops():
    release = threading.Event()
    server = Server(echo(release), "127.0.0.1:0")
    server.start()
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(Client(server.url).get("/").text)
    )
    asking.start()
    while not server._server.server_state.tasks:
        threading.Event().wait(0.01)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    release.set()
    stopping.join(20)
    asking.join(20)

    assert answers == ["hello"]


def test_a_port_that_is_taken_is_named(server):
    address = f"127.0.0.1:{server.port}"

    with pytest.raises(StartError, match=f"{address} is taken by another program"):
        Server(echo(), address).start()


@pytest.mark.parametrize("listen", ["8000", "127.0.0.1", "127.0.0.1:http", "x:99999"])
def test_what_is_no_address_is_named(listen):
    with pytest.raises(StartError, match="is no address to listen on"):
        Server(echo(), listen).start()


def test_an_address_that_is_not_ours_is_named():
    with pytest.raises(StartError, match="cannot be listened on"):
        Server(echo(), "203.0.113.1:0").start()


def test_a_host_that_does_not_exist_is_named():
    with pytest.raises(StartError, match="cannot be listened on"):
        Server(echo(), "no-such-host.invalid:0").start()


def test_stopping_what_never_started_is_harmless():
    Server(echo(), "127.0.0.1:0").stop()


def test_slow_visitors_do_not_keep_it_from_stopping(server):
    with socket.create_connection(("127.0.0.1", server.port)) as idle:
        idle.sendall(b"GET / HT")
        server.stop()
