import json
import stat
import sys
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from dispatch.actions.collection import access_tokens
from dispatch.actions.collection.access_tokens import AccessToken
from dispatch.errors import RelayError
from dispatch.http import Fetcher
from dispatch.model import RelaySettings
from support.http_server import Reply, Server

RELAY = RelaySettings(username="ada", client_id="app", client_secret="s3cret")


@pytest.fixture
def server():
    with Server() as running:
        yield running


def grant(**more):
    told = {"access_token": "t0ken", "expires_in": 3600, **more}
    return Reply(json.dumps(told).encode())


def asking(server, **changes):
    relay = replace(RELAY, token_url=server.url("/token"), **changes)
    return AccessToken(relay, Fetcher().ask)


def forms(server):
    return [parse_qs(one.body.decode()) for one in server.asked]


def test_the_client_itself_is_granted_a_token_which_is_kept(server):
    server["/token"] = grant()
    token = asking(server, scope="https://outlook.office365.com/.default")

    assert [token(), token()] == ["t0ken", "t0ken"]
    (form,) = forms(server)
    assert form == {
        "grant_type": ["client_credentials"],
        "client_id": ["app"],
        "client_secret": ["s3cret"],
        "scope": ["https://outlook.office365.com/.default"],
    }


def test_a_fresh_one_is_asked_for_and_so_is_one_after_its_end(server):
    server["/token"] = grant(expires_in=10)  # shorter than we trust
    token = asking(server)
    token()
    token()
    server["/token"] = grant()
    token()
    token(True)

    assert len(server.asked) == 4


def test_a_refresh_token_that_is_exchanged_replaces_its_file(server, tmp_path):
    file = tmp_path / "refresh"
    file.write_text("first\n")
    server["/token"] = grant(refresh_token="second")
    token = asking(server, refresh_token="first", refresh_token_file=file)
    token()
    token(True)

    assert [form["refresh_token"] for form in forms(server)] == [["first"], ["second"]]
    assert {form["grant_type"][0] for form in forms(server)} == {"refresh_token"}
    assert file.read_text() == "second\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b'{"error": "invalid_grant"}', status=400), "400, invalid_grant"),
        (Reply(b'{"error": "<b>s3cret</b>"}', status=400), "400, no token"),
        (Reply(b"[]"), "no token"),
        (Reply(b"\xff not json"), "no token"),
        (Reply(b'{"access_token": 7}'), "no token"),
        (Reply(b'{"access_token": "two words"}'), "none"),
    ],
)
def test_an_answer_without_a_token_is_told_without_what_is_secret(server, reply, words):
    server["/token"] = reply
    with pytest.raises(RelayError, match=words) as caught:
        asking(server)()

    assert "s3cret" not in str(caught.value)


def test_nobody_at_the_endpoint_is_an_error_of_the_relay(server):
    token = AccessToken(
        replace(RELAY, token_url="http://127.0.0.1:1/token"), Fetcher().ask
    )
    with pytest.raises(RelayError, match=r"smtp\.token_url"):
        token()


def never(_url, _fields):
    raise AssertionError("nobody is to be asked")


def test_a_file_is_read_anew_each_time(tmp_path):
    file = tmp_path / "token"
    token = AccessToken(replace(RELAY, token_file=file), never)
    file.write_text("one\n")
    first = token()
    file.write_text("two\n")

    assert [first, token()] == ["one", "two"]
    file.unlink()
    with pytest.raises(RelayError, match=r"token_file.*cannot be read"):
        token()


def test_a_command_prints_a_token():
    command = (sys.executable, "-c", "print('printed')")

    assert AccessToken(replace(RELAY, token_command=command), never)() == "printed"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/no/such/program",), "cannot be run"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "pass"), "none"),
        ((sys.executable, "-c", "import threading; threading.Event().wait()"), "gave"),
    ],
)
def test_a_command_that_fails_is_named(command, words, monkeypatch):
    monkeypatch.setattr(access_tokens, "LONGEST", 1.0)
    with pytest.raises(RelayError, match=words):
        AccessToken(replace(RELAY, token_command=command), never)()
