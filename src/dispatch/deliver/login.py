"""Who may be told the password, and how: one mechanism, once, never in clear.

Secrets never reach a log or an error: a refused login is told by the code alone.
"""

import base64
import secrets
from collections.abc import Callable
from typing import Protocol

from dispatch.deliver import reply as replies, scram
from dispatch.errors import RelayError
from dispatch.model import RelaySettings
from dispatch.text import urls

LOGGED_IN = 235
MORE = 334
MISTRUSTED = 0  # no reply, but what we make of a server that is not who it should be

Token = Callable[[bool], str]
"""Returns an access token (OAuth 2.0); True asks for a new one. Raises RelayError."""


class Client(Protocol):
    """A connection after its last EHLO."""

    def docmd(self, cmd: str, args: str = ...) -> tuple[int, bytes]:
        """Send a command and return the reply."""
        ...

    def parameter(self, extension: str) -> str | None:
        """Return what EHLO said of an extension; None when it is not offered."""
        ...


def check_plaintext(relay: RelaySettings) -> None:
    """Refuse to send mail, or a password, in clear to another machine."""
    if relay.local or relay.security != "none" or urls.is_loopback(relay.host):
        return
    at = relay.table
    if not relay.allow_plaintext:
        raise RelayError(
            f"{at}.security is none, and {relay.host} is not this machine: mail would "
            f"travel in clear. Set tls or starttls, or {at}.allow_plaintext = true."
        )
    if relay.username:
        raise RelayError(
            f"The password would travel in clear to {relay.host}. Set {at}.security "
            f"to tls or starttls, or leave {at}.username empty."
        )


def log_in(client: Client, relay: RelaySettings, token: Token | None = None) -> str:
    """Log in if there is a user name; return the mechanism that was used.

    One mechanism is tried once, because a second try may lock the account; only a
    token that was refused is renewed, once. Raises RelayError.
    """
    if not relay.username:
        return ""
    kinds = TOKEN_KINDS if token else PASSWORD_KINDS
    offered = (client.parameter("auth") or "").upper().split()
    chosen = next((kind for kind in kinds if kind in offered), "")
    if not chosen:
        raise RelayError(_not_offered(relay, offered, tuple(kinds)))
    if token:
        code = _with_token(client, relay, chosen, token)
    else:
        code = PASSWORD_KINDS[chosen](client, relay)
    if code != LOGGED_IN:
        raise RelayError(_refused(relay, code, token=token is not None))
    return chosen


def _not_offered(
    relay: RelaySettings, offered: list[str], wanted: tuple[str, ...]
) -> str:
    kinds = ", ".join(sorted(set(offered))) or "none"
    at = relay.table
    return (
        f"The relay {relay.where} offers none of AUTH {', '.join(wanted)} (but "
        f"{kinds}). Check {at}.port and {at}.security, or leave {at}.username empty."
    )


def _refused(relay: RelaySettings, code: int, *, token: bool) -> str:
    where, at = f"The relay {relay.where}", relay.table
    if code == MISTRUSTED:
        return (
            f"{where} could not prove that it knows the password of {at}.username: it "
            f"may be another server. Check {at}.host and the password."
        )
    if replies.temporary(code):
        return f"{where} could not check the login just now (code {code})."
    what = "the access token" if token else "the user name and the password"
    return f"{where} refused the login of {at}.username (code {code}). Check {what}."


def _with_token(client: Client, relay: RelaySettings, kind: str, token: Token) -> int:
    """Present a token; where it is refused, a new one, once."""
    code = _present(client, relay, kind, token(False))
    if code == LOGGED_IN or replies.temporary(code):
        return code
    return _present(client, relay, kind, token(True))


def _present(client: Client, relay: RelaySettings, kind: str, token: str) -> int:
    said, dismissal = TOKEN_KINDS[kind](relay, token)
    code, _ = client.docmd("AUTH", f"{kind} {_base64(said)}")
    if code == MORE:  # the reason, in JSON; it wants to be acknowledged
        code, _ = client.docmd(dismissal)
    return code


def _xoauth2(relay: RelaySettings, token: str) -> tuple[str, str]:
    return f"user={relay.username}\1auth=Bearer {token}\1\1", ""


def _oauthbearer(relay: RelaySettings, token: str) -> tuple[str, str]:
    name = relay.username.replace("=", "=3D").replace(",", "=2C")
    place = f"host={relay.host}\1port={relay.port}"
    return f"n,a={name},\1{place}\1auth=Bearer {token}\1\1", _base64("\1")


def _plain(client: Client, relay: RelaySettings) -> int:
    both = f"\0{relay.username}\0{relay.password}"
    return client.docmd("AUTH", f"PLAIN {_base64(both)}")[0]


def _login(client: Client, relay: RelaySettings) -> int:
    code, _ = client.docmd("AUTH", "LOGIN")
    for secret in (relay.username, relay.password):
        if code != MORE:
            return code
        code, _ = client.docmd(_base64(secret))
    return code


def _scram(client: Client, relay: RelaySettings) -> int:
    """Prove the password without saying it, and believe only who knows it, too."""
    login = scram.Client(relay.username, relay.password, secrets.token_urlsafe(24))
    code, said = client.docmd("AUTH", f"SCRAM-SHA-256 {_base64(login.first())}")
    if code != MORE:
        return code
    try:
        proof, expected = login.final(_unbase64(said))
        code, said = client.docmd(_base64(proof))
        if code != MORE:
            # A yes without the server's own proof is worth nothing.
            return MISTRUSTED if code == LOGGED_IN else code
        if not scram.same(expected, _unbase64(said)):
            return MISTRUSTED
    except scram.ScramError:
        return MISTRUSTED
    return client.docmd("")[0]


PASSWORD_KINDS = {"SCRAM-SHA-256": _scram, "PLAIN": _plain, "LOGIN": _login}
TOKEN_KINDS = {"XOAUTH2": _xoauth2, "OAUTHBEARER": _oauthbearer}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _unbase64(data: bytes) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError as error:
        raise scram.ScramError("The server's challenge cannot be read.") from error
