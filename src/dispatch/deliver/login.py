"""Who may be told the password, and how: one mechanism, once, never in clear.

Secrets never reach a log or an error: a refused login is told by the code alone.
"""

import base64
from typing import Protocol

from dispatch.errors import RelayError
from dispatch.model import RelaySettings
from dispatch.text import urls

LOGGED_IN = 235
MORE = 334


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
    if relay.security != "none" or urls.is_loopback(relay.host):
        return
    if not relay.allow_plaintext:
        raise RelayError(
            f"smtp.security is none, and {relay.host} is not this machine: mail would "
            "travel in clear. Set tls or starttls, or smtp.allow_plaintext = true."
        )
    if relay.username:
        raise RelayError(
            f"The password would travel in clear to {relay.host}. Set smtp.security "
            "to tls or starttls, or leave smtp.username empty."
        )


def log_in(client: Client, relay: RelaySettings) -> None:
    """Try one mechanism once: a second try may lock the account. Raises RelayError."""
    if not relay.username:
        return
    offered = (client.parameter("auth") or "").upper().split()
    where = f"The relay {relay.where}"
    if "PLAIN" in offered:
        code = _auth_plain(client, relay)
    elif "LOGIN" in offered:
        code = _auth_login(client, relay)
    else:
        kinds = ", ".join(sorted(set(offered))) or "none"
        raise RelayError(
            f"{where} offers neither AUTH PLAIN nor LOGIN (but {kinds}). "
            "Check smtp.port and smtp.security, or leave smtp.username empty."
        )
    if code != LOGGED_IN:
        raise RelayError(
            f"{where} refused the login of smtp.username (code {code}). "
            "Check the user name and the password."
        )


def _auth_plain(client: Client, relay: RelaySettings) -> int:
    both = f"\0{relay.username}\0{relay.password}"
    return client.docmd("AUTH", f"PLAIN {_base64(both)}")[0]


def _auth_login(client: Client, relay: RelaySettings) -> int:
    code, _ = client.docmd("AUTH", "LOGIN")
    for secret in (relay.username, relay.password):
        if code != MORE:
            return code
        code, _ = client.docmd(_base64(secret))
    return code


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
