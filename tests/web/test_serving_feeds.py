"""The lines of docs/serving-feeds.md, run by the servers they are written for."""

import gzip
import http.client
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest

from conftest import unavailable
from dispatch.publish import files
from support.ports import free_port

PAGE = Path(__file__).parents[2] / "docs" / "serving-feeds.md"
FEED = b"<rss/>" * 400
FILES = {
    "all.rss": "application/rss+xml",
    "all.atom": "application/atom+xml",
    "all.json": "application/feed+json",
    "index.opml": "text/x-opml",
}
PATIENCE = 120  # seconds; far more than anything here takes


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    codings: dict

    def ask(self, path, method="GET", **headers):
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE
        )
        connection.request(method, path, headers={"Host": "news.example.org", **asked})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return found


@contextmanager
def running(command, port, log):
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(process, port, log):
    """Wait until the server listens; fail with its own words if it ends instead."""
    while process.poll() is None:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(log.read_text())


@contextmanager
def nginx(folder, published):
    port = free_port()
    site = block("nginx").replace("listen 80;", f"listen 127.0.0.1:{port};")
    site = site.replace("/srv/courier", str(published))
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}} http {{ access_log off; {temporary}\n{site} }}\n"
    )
    command = [shutil.which("nginx"), "-c", config, "-p", folder, "-e", "stderr"]
    with running(command, port, folder / "log"):
        yield Server("nginx", port, {"gzip": gzip.decompress})


@contextmanager
def caddy(folder, published):
    port = free_port()
    site = block("caddy").replace("news.example.org {", f":{port} {{")
    site = site.replace("/srv/courier", str(published))
    config = folder / "Caddyfile"
    config.write_text(
        "{\n admin off\n default_bind 127.0.0.1\n"
        f" storage file_system {folder}/storage\n}}\n{site}"
    )
    command = [shutil.which("caddy"), "run", "--config", config]
    with running([*command, "--adapter", "caddyfile"], port, folder / "log"):
        yield Server("caddy", port, {"gzip": gzip.decompress, "br": brotli.decompress})


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def server(request, tmp_path_factory):
    start = request.param
    if shutil.which(start.__name__) is None:
        unavailable(start.__name__, "it is not installed")
    folder = tmp_path_factory.mktemp(start.__name__)
    folder.chmod(0o755)
    with files.hold(folder / "site" / "feeds") as held:
        for name in FILES:
            held.put(name, FEED)
    with start(folder, folder / "site") as answering:
        yield answering


@pytest.mark.parametrize("name", FILES)
def test_a_feed_has_its_type_and_all_that_readers_need(server, name):
    status, headers, body = server.ask(f"/feeds/{name}")

    assert (status, body) == (200, FEED)
    kind, _, charset = headers["Content-Type"].partition("; charset=")
    assert (kind, charset) == (FILES[name], "utf-8")
    assert headers["Cache-Control"] == "public, max-age=900"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Link"] == f'<https://news.example.org/feeds/{name}>; rel="self"'
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Set-Cookie"] is None


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_whoever_has_the_feed_is_told_so(server, coding):
    _, first, _ = server.ask("/feeds/all.rss", Accept_Encoding=coding)

    status, headers, body = server.ask(
        "/feeds/all.rss", Accept_Encoding=coding, If_None_Match=first["ETag"]
    )
    assert (status, body) == (304, b"")
    assert headers["ETag"] == first["ETag"]

    status, _, body = server.ask(
        "/feeds/all.rss", If_Modified_Since=first["Last-Modified"]
    )
    assert (status, body) == (304, b"")


def test_each_packed_form_comes_as_such_under_an_etag_of_its_own(server):
    _, plain, _ = server.ask("/feeds/all.rss")
    etags = {plain["ETag"]}
    for coding, unpack in server.codings.items():
        _, headers, body = server.ask("/feeds/all.rss", Accept_Encoding=coding)

        assert headers["Content-Encoding"] == coding
        assert unpack(body) == FEED
        etags.add(headers["ETag"])
    assert len(etags) == len(server.codings) + 1


def test_head_has_no_body_and_a_query_does_not_matter(server):
    status, headers, body = server.ask("/feeds/all.rss?utm_source=x", "HEAD")

    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(FEED)


@pytest.mark.parametrize(
    "path", ["/feeds/none.rss", "/feeds/.all.rss.part", "/feeds/../nginx.conf"]
)
def test_nothing_else_is_given_out(server, path):
    status, _, _ = server.ask(path)

    assert status in {400, 404, 502}  # 502: Dispatch, which is not running here
