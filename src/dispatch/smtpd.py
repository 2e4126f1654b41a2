"""Take mail by SMTP or LMTP, in a thread of its own: the one file with aiosmtpd.

Whoever uses it says what becomes of a message; the answer is given only after that.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from dispatch.errors import StartError

LARGEST = 10_000_000
LAST_PORT = 65535
LATER = "451 4.3.0 Not taken: try again later"

Take = Callable[[str, tuple[str, ...], bytes], str]
"""Sender, recipients and bytes in; a reply such as "250 2.0.0 Taken" out."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and what messages call it."""

    address: str  # HOST:PORT; port 0 picks one
    what: str  # The mail catcher
    setting: str  # sandbox.smtp
    ident: str
    lmtp: bool = False
    longest: int = 1001  # of a line, RFC 5321 4.5.3.1.6; a bounce may well break it


class MailServer:
    """Listens until it is stopped. A `with` block does both."""

    def __init__(self, place: Place, take: Take) -> None:
        self._place = place
        self._take = take
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port if self._server else 0

    def start(self) -> None:
        """Start listening. Raises StartError when the port cannot be had."""
        sock = self._listen()
        server = _Server(_Handler(self._take, lmtp=self._place.lmtp), sock, self._place)
        try:
            server.start()
        except Exception as error:
            sock.close()
            raise StartError(f"{self._place.what} cannot start: {error}.") from error
        self._server = server

    def stop(self) -> None:
        """Stop listening; what was taken is kept."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _listen(self) -> socket.socket:
        host, _, wanted = self._place.address.rpartition(":")
        host = host.strip("[]")
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, port(wanted)), family=family)
        except (OSError, ValueError) as error:
            taken = getattr(error, "errno", None) == errno.EADDRINUSE
            known = getattr(error, "strerror", None) or str(error)
            reason = "it is taken" if taken else known
            raise StartError(
                f"{self._place.what} cannot listen on {host}:{wanted} ({reason}). Stop "
                f"what uses that port, or set another one in {self._place.setting}."
            ) from error


def port(text: str) -> int:
    """Return a port by its number. Raises ValueError."""
    number = int(text)
    if not 0 <= number <= LAST_PORT:
        raise ValueError(f"{number} is no port")
    return number


class _Handler:
    """What aiosmtpd calls for each message."""

    def __init__(self, take: Take, *, lmtp: bool) -> None:
        self._take = take
        self._lmtp = lmtp

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message before saying that we have it."""
        recipients = tuple(map(str, envelope.rcpt_tos))
        reply = await asyncio.to_thread(
            self._answer,
            str(envelope.mail_from or "").removeprefix("<>"),
            recipients,
            bytes(envelope.original_content or b""),
        )
        # LMTP answers for each recipient, RFC 2033 4.2.
        return "\r\n".join([reply] * (len(recipients) if self._lmtp else 1))

    def _answer(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        """Ask; whatever goes wrong, the mail is still its sender's to keep."""
        try:
            return self._take(sender, recipients, raw)
        except Exception:
            log.exception("a mail could not be taken in")
            return LATER


class _Server(Controller):
    """aiosmtpd's controller on a socket that is bound already."""

    def __init__(self, handler: _Handler, sock: socket.socket, place: Place) -> None:
        host, number = sock.getsockname()[:2]
        super().__init__(handler, hostname=host, port=number)
        self._sock = sock
        self._place = place
        self._name = socket.gethostname()  # else it is looked up for each connection

    def factory(self) -> SMTP:
        """Make what speaks to one client."""
        kind = LMTP if self._place.lmtp else SMTP
        own = type(kind.__name__, (kind,), {"line_length_limit": self._place.longest})
        made: SMTP = own(
            self.handler,
            data_size_limit=LARGEST,
            ident=self._place.ident,
            hostname=self._name,
            enable_SMTPUTF8=True,
        )
        return made

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        """Listen, the way the controller asks for it."""
        return self.loop.create_server(self._factory_invoker, sock=self._sock)
