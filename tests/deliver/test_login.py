"""Who is told what, against a server that checks it."""

import base64
import hashlib
import hmac
import json

import pytest

from dispatch.deliver import session
from dispatch.errors import RelayError
from support import smtp

SALT, ROUNDS = b"0123456789abcdef", 4096


def connect(server, token=None, **changes):
    relay = server.relay(**{"username": "ada", **changes})
    return session.connect(relay, helo="news.example.org", token=token)


def decoded(text):
    return base64.b64decode(text).decode()


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def mac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def scram_server(password, *, honest=True, brief=False):
    """Play the server of RFC 5802; `honest` knows the password itself."""

    def auth(dialogue, line):
        bare = decoded(line.split()[2]).removeprefix("n,,")
        nonce = bare.partition("r=")[2] + "server"
        challenge = f"r={nonce},s={base64.b64encode(SALT).decode()},i={ROUNDS}"
        dialogue.reply(f"334 {encoded(challenge)}")
        final, _, proof = decoded(dialogue.line()).rpartition(",p=")
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ROUNDS)
        said = f"{bare},{challenge},{final}".encode()
        key = mac(salted, b"Client Key")
        signature = mac(hashlib.sha256(key).digest(), said)
        wanted = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        if base64.b64decode(proof) != wanted:
            return "535 5.7.8 No"
        if brief:
            return "235 2.7.0 Believe me"
        mine = mac(mac(salted, b"Server Key") if honest else b"?" * 32, said)
        dialogue.reply(f"334 {encoded('v=' + base64.b64encode(mine).decode())}")
        return "235 2.7.0 Welcome" if dialogue.line() == b"" else "501 What?"

    return auth


def serving(auth, *offered):
    return smtp.serving(auth=auth, extensions=(f"AUTH {' '.join(offered)}",))


def test_the_password_is_proved_and_not_said_where_the_server_can():
    offered = ("PLAIN", "LOGIN", "SCRAM-SHA-256")
    with serving(scram_server("hunter2"), *offered) as server:
        opened = connect(server, password="hunter2")
        opened.quit()

    assert opened.mechanism == "SCRAM-SHA-256"
    assert "hunter2" not in "".join(map(repr, server.commands))


def test_a_wrong_password_is_refused_by_the_proof_and_not_tried_by_another_way():
    with (
        serving(scram_server("right"), "SCRAM-SHA-256", "PLAIN") as server,
        pytest.raises(RelayError, match="refused the login"),
    ):
        connect(server, password="wrong")

    assert sum(line.startswith("AUTH") for line in server.commands) == 1


@pytest.mark.parametrize("how", [{"honest": False}, {"brief": True}])
def test_a_server_that_does_not_know_the_password_is_an_impostor(how):
    with (
        serving(scram_server("hunter2", **how), "SCRAM-SHA-256") as server,
        pytest.raises(RelayError, match="another server"),
    ):
        connect(server, password="hunter2")


def test_a_server_that_cannot_check_just_now_is_not_called_a_refusal():
    with (
        smtp.serving(
            say={"AUTH": "454 4.7.0 Later"}, extensions=("AUTH PLAIN",)
        ) as server,
        pytest.raises(RelayError, match="could not check the login just now"),
    ):
        connect(server, password="x")


class Tokens:
    """Hands out "old" until a fresh one is asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, fresh):
        self.asked.append(fresh)
        return "new" if fresh else "old"


def token_server(good):
    """Take the token `good`, and refuse any other with a reason in JSON."""

    def auth(dialogue, line):
        if f"Bearer {good}\1\1" in decoded(line.split()[2]):
            return "235 2.7.0 Welcome"
        dialogue.reply(f"334 {encoded(json.dumps({'status': '401'}))}")
        dialogue.line()
        return "535 5.7.8 No"

    return auth


@pytest.mark.parametrize("kind", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_stands_for_the_password(kind):
    tokens = Tokens()
    with serving(token_server("old"), "PLAIN", kind) as server:
        opened = connect(server, tokens)
        opened.quit()

    assert opened.mechanism == kind
    assert tokens.asked == [False]


@pytest.mark.parametrize("kind", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_that_is_refused_is_renewed_once(kind):
    tokens = Tokens()
    with serving(token_server("new"), kind) as server:
        connect(server, tokens).quit()

    assert tokens.asked == [False, True]


def test_a_new_token_that_is_refused_too_is_the_end():
    tokens = Tokens()
    with (
        serving(token_server("neither"), "XOAUTH2") as server,
        pytest.raises(RelayError, match="Check the access token") as caught,
    ):
        connect(server, tokens)

    assert tokens.asked == [False, True]
    assert "new" not in str(caught.value)


def test_a_token_is_never_used_as_a_password():
    with (
        smtp.serving(extensions=("AUTH PLAIN LOGIN",)) as server,
        pytest.raises(RelayError, match="XOAUTH2, OAUTHBEARER"),
    ):
        connect(server, Tokens())

    assert not any(line.startswith("AUTH") for line in server.commands)
