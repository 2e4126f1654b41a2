import contextlib
import errno
import gzip
import os
import socket
import ssl
import zlib

import brotli
import pytest
from hypothesis import given, strategies as st

from dispatch.errors import SourceError, UnreachableError
from dispatch.http import Fetcher, addresses, inflate
from dispatch.http.addresses import Guard
from dispatch.http.fetcher import Limits
from dispatch.model import FetchSettings, Hop
from support import certificates
from support.http_server import Reply, Server
from support.ports import free_port

LOOPBACK = FetchSettings(allow_private=("127.0.0.0/8",))


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def fetch():
    return Fetcher(LOOPBACK, site_url="https://news.example.org")


def impatient(**limits):
    return Fetcher(LOOPBACK, limits=Limits(**{"seconds": 0.4, **limits}))


def test_an_answer_comes_whole_with_its_headers_in_lower_case(server, fetch):
    server["/feed"] = Reply(b"<rss/>", headers={"ETag": '"a"', "X-Y": "z"})

    answer = fetch(server.url("/feed?b=ä"), headers={"If-None-Match": '"old"'})

    assert answer.status == 404  # the query is part of what is asked
    answer = fetch(server.url("/feed"), headers={"If-None-Match": '"old"'})
    assert (answer.status, answer.body) == (200, b"<rss/>")
    assert (answer.headers["etag"], answer.headers["x-y"]) == ('"a"', "z")
    assert answer.url == server.url("/feed")
    asked = server.asked[-1].headers
    assert asked["if-none-match"] == '"old"'
    assert asked["user-agent"].startswith("Dispatch/")
    assert "(+https://news.example.org)" in asked["user-agent"]
    assert asked["host"] == f"127.0.0.1:{server.port}"


def test_every_status_is_an_answer(server, fetch):
    server["/"] = Reply(b"broken", 500)

    assert fetch(server.url()).status == 500


def test_a_304_has_no_body(server, fetch):
    server["/"] = Reply(status=304, headers={"ETag": '"b"'})

    answer = fetch(server.url())

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == '"b"'


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", brotli.compress),
        ("BR ", brotli.compress),
        ("identity", bytes),
    ],
)
def test_compressed_answers_are_decoded(server, fetch, encoding, encode):
    text = b"<rss>" + b"word " * 50_000
    server["/"] = Reply(encode(text), headers={"Content-Encoding": encoding})

    assert fetch(server.url()).body == text


def test_an_unknown_compression_is_named(server, fetch):
    server["/"] = Reply(b"x", headers={"Content-Encoding": "zstd"})

    with pytest.raises(SourceError, match="compressed with 'zstd'"):
        fetch(server.url())


@pytest.mark.parametrize(
    ("encoding", "encode"), [("gzip", gzip.compress), ("br", brotli.compress)]
)
def test_a_bomb_is_refused_long_before_it_has_unfolded(server, fetch, encoding, encode):
    bomb = encode(b"\0" * 50_000_000)
    server["/"] = Reply(bomb, headers={"Content-Encoding": encoding})

    with pytest.raises(SourceError, match="grew more than 200 times"):
        fetch(server.url())


@pytest.mark.parametrize("cut", [5, 100, 2000])
@pytest.mark.parametrize(
    ("encoding", "encode"), [("gzip", gzip.compress), ("br", brotli.compress)]
)
def test_a_compressed_answer_that_ends_early_is_an_error_not_a_short_answer(
    encoding, encode, cut
):
    whole = encode(b"".join(b"%d," % n for n in range(9000)))

    with pytest.raises(SourceError, match="ends in the middle"):
        b"".join(inflate.decoded([whole[:cut]], encoding))


def test_damaged_compression_is_an_error():
    damaged = bytearray(gzip.compress(b"hello" * 100))
    damaged[-6] ^= 0xFF  # the checksum

    with pytest.raises(SourceError, match="damaged"):
        b"".join(inflate.decoded([bytes(damaged)], "gzip"))


@given(st.lists(st.binary(max_size=40), max_size=4), st.sampled_from(["br", "gzip"]))
def test_any_bytes_are_an_answer_or_one_error(chunks, encoding):
    with contextlib.suppress(SourceError):
        b"".join(inflate.decoded(chunks, encoding))


def test_what_grows_honestly_comes_in_small_steps():
    text = os.urandom(700_000)
    packed = brotli.compress(text, quality=1)

    pieces = list(inflate.decoded([packed], "br"))

    assert b"".join(pieces) == text
    assert max(map(len, pieces)) < 200_000


def test_pieces_of_any_size_make_the_same_text():
    text = b"".join(b"%d," % n for n in range(9000))
    for encoding, whole in (
        ("deflate", zlib.compress(text)),
        ("br", brotli.compress(text)),
    ):
        pieces = [whole[at : at + 1] for at in range(len(whole))]

        assert b"".join(inflate.decoded(pieces, encoding)) == text


def test_an_endless_answer_is_cut_at_the_size_limit(server):
    def endless(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stopping.is_set():
            handler.wfile.write(b"<item/>" * 10_000)

    server["/"] = Reply(send=endless)

    with pytest.raises(SourceError, match="larger than 1,000,000 bytes"):
        impatient(seconds=20, most_bytes=1_000_000)(server.url())


def test_a_server_that_drips_is_cut_at_the_deadline(server):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not server.stopping.wait(0.05):
            handler.wfile.write(b"x")

    server["/"] = Reply(send=drip)

    with pytest.raises(SourceError, match=r"no complete answer within 0\.4 seconds"):
        impatient()(server.url())


def test_a_server_that_drips_its_headers_is_cut_too(server):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not server.stopping.wait(0.05):
            handler.wfile.write(b"X-A: b\r\n")

    server["/"] = Reply(send=drip)

    with pytest.raises(SourceError, match=r"within 0.4 seconds|broke off"):
        impatient()(server.url())


def test_a_silent_server_is_cut_at_the_deadline_even_without_a_length(server):
    def silent(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
        server.stopping.wait(10)

    server["/"] = Reply(send=silent)

    with pytest.raises(SourceError, match=r"within 0\.4 seconds"):
        impatient()(server.url())


def test_an_answer_that_breaks_off_is_an_error(server, fetch):
    def broken(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")

    server["/"] = Reply(send=broken)

    with pytest.raises(SourceError, match="broke off"):
        fetch(server.url())


@pytest.mark.parametrize("answer", [b"", b"hello\r\n\r\n", b"\0\xff" * 99])
def test_what_is_no_http_is_an_error_of_one_sentence(server, fetch, answer):
    server["/"] = Reply(send=lambda handler: handler.wfile.write(answer))

    with pytest.raises(SourceError) as caught:
        fetch(server.url())

    assert str(caught.value).startswith(f"{server.url()}: ")
    assert "\n" not in str(caught.value)


def test_a_closed_port_is_named(fetch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(SourceError, match="connection refused"):
        fetch(f"http://127.0.0.1:{port}/")


def test_redirects_are_followed_to_the_final_address(server, fetch):
    server["/a"] = Reply(status=301, headers={"Location": "/b"})
    server["/b"] = Reply(status=302, headers={"Location": server.url("/c")})
    server["/c"] = Reply(b"here")

    answer = fetch(server.url("/a"), headers={"If-None-Match": '"x"'})

    assert (answer.body, answer.url) == (b"here", server.url("/c"))
    assert server.asked[-1].headers["if-none-match"] == '"x"'


def test_every_redirect_is_told_with_its_status_and_target(server, fetch):
    server["/a"] = Reply(status=301, headers={"Location": "/b"})
    server["/b"] = Reply(status=302, headers={"Location": "/c"})
    server["/c"] = Reply(b"here")

    login = server.url("/a").replace("//", "//ada:secret@")
    assert fetch(login).hops == (
        Hop(301, server.url("/b")),
        Hop(302, server.url("/c")),
    )
    assert fetch(server.url("/c")).hops == ()


def test_redirects_in_a_circle_end(server, fetch):
    server["/a"] = Reply(status=301, headers={"Location": "/b"})
    server["/b"] = Reply(status=301, headers={"Location": "/a"})

    with pytest.raises(SourceError, match="more than 5 redirects"):
        fetch(server.url("/a"))
    assert len(server.asked) == 6


def test_five_redirects_are_enough(server, fetch):
    server["/"] = Reply(status=302, headers={"Location": "/"})

    with pytest.raises(SourceError, match="more than 5 redirects"):
        fetch(server.url())
    assert len(server.asked) == 6


def test_a_redirect_into_the_private_network_is_refused(server):
    server["/"] = Reply(status=302, headers={"Location": "http://10.0.0.1/admin"})
    fetch = Fetcher(FetchSettings(allow_private=("127.0.0.1",)))

    with pytest.raises(SourceError, match=r"10\.0\.0\.1 is a private address"):
        fetch(server.url())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://x/"])
def test_a_redirect_leads_to_the_web_or_nowhere(server, fetch, target):
    server["/"] = Reply(status=302, headers={"Location": target})

    with pytest.raises(SourceError, match="redirects to what is no web address"):
        fetch(server.url())


def test_a_redirect_without_a_target_is_the_answer(server, fetch):
    server["/"] = Reply(status=302)

    assert fetch(server.url()).status == 302


def test_loopback_is_refused_unless_it_is_allowed(server):
    with pytest.raises(
        SourceError, match=r'add "127\.0\.0\.1" to fetch\.allow_private'
    ):
        Fetcher()(server.url())
    assert server.asked == []


def test_a_name_may_be_allowed_as_a_name(server):
    server["/"] = Reply(b"ok")
    settings = FetchSettings(allow_private=("Intranet.Example",))
    fetch = Fetcher(settings, resolve=lambda *_: ["127.0.0.1"])

    assert fetch(server.url(host="intranet.example")).body == b"ok"
    assert server.asked[-1].headers["host"] == f"intranet.example:{server.port}"
    with pytest.raises(SourceError, match="private"):
        fetch(server.url(host="other.example"))


def test_the_address_that_was_checked_is_the_one_that_is_dialled(server):
    server["/"] = Reply(b"ok")
    answers = iter([["127.0.0.1"], ["10.9.9.9"]])
    fetch = Fetcher(LOOPBACK, resolve=lambda *_: next(answers))

    assert fetch(server.url(host="rebinding.example")).body == b"ok"


def test_a_dead_address_of_a_host_is_passed_over(server):
    server["/"] = Reply(b"ok")
    fetch = Fetcher(LOOPBACK, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])

    assert fetch(server.url(host="two.example")).body == b"ok"


PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_in_any_dress_may_be_dialled(address):
    with pytest.raises(SourceError, match="private"):
        Guard.of(()).allowed("host.example", [address])


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_may(address):
    assert Guard.of(()).allowed("host.example", [address]) == [address]


def test_of_several_addresses_only_the_public_ones_are_used():
    assert Guard.of(()).allowed("h.example", ["10.0.0.1", "8.8.8.8"]) == ["8.8.8.8"]


def test_a_network_may_be_allowed_in_any_dress():
    guard = Guard.of(("10.0.0.0/8", "fd00::/8"))

    assert guard.allowed("h", ["::ffff:10.0.0.1"])
    assert guard.allowed("h", ["fd12::1"])
    with pytest.raises(SourceError):
        guard.allowed("h", ["192.168.0.1"])


def test_an_unknown_host_is_an_error_of_one_sentence():
    with pytest.raises(SourceError, match="not known to the name service"):
        addresses.resolve("no-such-host.invalid", 80)


@pytest.mark.parametrize(
    ("number", "nearby"),
    [(socket.EAI_AGAIN, True), (socket.EAI_FAIL, True), (socket.EAI_NONAME, False)],
)
def test_a_dead_name_service_is_told_from_an_unknown_name(monkeypatch, number, nearby):
    def fail(*_, **__):
        raise socket.gaierror(number, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(UnreachableError) as caught:
        Fetcher()("http://anybody.example/")

    assert caught.value.nearby is nearby


def test_who_refuses_was_reached_and_who_is_silent_was_not(server, fetch):
    server["/"] = Reply(b"x", headers={"Content-Encoding": "zstd"})
    with pytest.raises(SourceError) as refused:
        fetch(server.url())
    with pytest.raises(UnreachableError) as closed:
        fetch(f"http://127.0.0.1:{free_port()}/")

    assert not isinstance(refused.value, UnreachableError)
    assert not closed.value.nearby


def test_a_network_without_a_route_is_our_own(monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", fail)
    with pytest.raises(UnreachableError, match="Network is unreachable") as caught:
        Fetcher(resolve=lambda *_: ["93.184.215.14"])("http://anybody.example/")

    assert caught.value.nearby


def test_a_name_service_that_does_not_answer_ends_with_the_deadline(server):
    def never(host, port):
        server.stopping.wait(5)
        return []

    with pytest.raises(SourceError, match=r"within 0\.1 seconds|gave no answer"):
        Fetcher(LOOPBACK, resolve=never, limits=Limits(seconds=0.1))(
            "http://a.example/"
        )


@pytest.mark.parametrize("url", ["", "ftp://x/", "http://", "http://a b/", "//x", "x"])
def test_what_is_no_web_address_is_not_asked_for(fetch, url):
    with pytest.raises(SourceError, match="no web address"):
        fetch(url)


def test_passwords_go_to_their_own_server_and_into_no_message(server, fetch):
    server["/feed"] = Reply(status=302, headers={"Location": "/other?key=secret"})
    with Server() as foreign:
        foreign["/"] = Reply(b"ok")
        server["/other?key=secret"] = Reply(
            status=302, headers={"Location": foreign.url()}
        )
        private = f"http://ann:s%20cret@127.0.0.1:{server.port}/feed?key=secret"
        server["/feed?key=secret"] = server.replies["/feed"]

        answer = fetch(private)

        assert answer.body == b"ok"
        authorized = ["authorization" in one.headers for one in server.asked]
        assert authorized == [True, True]
        assert "authorization" not in foreign.asked[0].headers

    server["/other?key=secret"] = Reply(send=lambda _: None)
    with pytest.raises(SourceError) as caught:
        fetch(private)
    assert "cret" not in str(caught.value)
    assert "ann" not in str(caught.value)


def test_a_body_is_posted_and_the_status_comes_back(server):
    server["/hook"] = Reply(status=204)

    assert Fetcher().post(server.url("/hook"), b'{"a": 1}') == 204
    asked = server.asked[-1]
    assert (asked.method, asked.body) == ("POST", b'{"a": 1}')
    assert asked.headers["content-type"] == "application/json"


def test_a_hook_that_fails_keeps_its_secret_path(server):
    server["/T0KEN"] = Reply(send=lambda _: None)

    with pytest.raises(SourceError, match=r"^127\.0\.0\.1: the connection") as caught:
        Fetcher().post(server.url("/T0KEN"), b"{}")
    assert "T0KEN" not in str(caught.value)


def test_a_proxy_is_asked_with_the_whole_address():
    with Server() as proxy:
        proxy["http://feeds.example/a?b=c"] = Reply(b"through")
        settings = FetchSettings(proxy=f"http://me:pw@127.0.0.1:{proxy.port}")

        answer = Fetcher(settings)("http://feeds.example/a?b=c")

        assert answer.body == b"through"
        asked = proxy.asked[-1].headers
        assert asked["host"] == "feeds.example"
        assert asked["proxy-authorization"].startswith("Basic ")


def test_a_proxy_is_asked_for_a_tunnel_to_an_https_server():
    with Server() as proxy:
        settings = FetchSettings(proxy=f"http://127.0.0.1:{proxy.port}")

        with pytest.raises(SourceError, match=r"feeds\.example/a: "):
            Fetcher(settings)("https://feeds.example/a")

        assert proxy.asked[-1].method == "CONNECT"
        assert proxy.asked[-1].path == "feeds.example:443"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for news.example, trusted by nobody."""
    return certificates.make(tmp_path_factory.mktemp("tls"), "news.example")


@pytest.fixture
def secure_server(certificate):
    with Server(certificates.serving(certificate)) as running:
        yield running


def at_loopback(**more):
    return Fetcher(LOOPBACK, resolve=lambda *_: ["127.0.0.1"], **more)


def test_tls_is_checked_for_the_host_that_was_asked(secure_server, certificate):
    secure_server["/"] = Reply(b"safe")
    trusting = ssl.create_default_context(cafile=certificate[0])
    fetch = at_loopback(tls=trusting)

    assert fetch(secure_server.url(host="news.example")).body == b"safe"
    with pytest.raises(SourceError, match="certificate is not trusted"):
        fetch(secure_server.url(host="other.example"))


def test_a_certificate_that_nobody_vouches_for_is_refused(secure_server):
    with pytest.raises(SourceError, match="certificate is not trusted"):
        at_loopback()(secure_server.url(host="news.example"))


def test_tls_that_hangs_in_the_handshake_is_cut_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"

        with pytest.raises(SourceError, match=r"within 0\.4 seconds"):
            impatient()(url)
