"""A real SMTP server that delivers to nobody but a `Mailbox`."""

import asyncio
import errno
import socket
from collections.abc import Coroutine
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from dispatch.errors import StartError
from dispatch.sandbox.mailbox import Mailbox

LARGEST = 10_000_000
IDENT = "Dispatch mail catcher"
PATIENCE = 3.0  # seconds for a greeting
LAST_PORT = 65535


class Catcher:
    """Listens on `address` ("127.0.0.1:1025"; port 0 picks one) and keeps all mail."""

    def __init__(self, address: str, mailbox: Mailbox) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._wanted = host.strip("[]"), port
        self._mailbox = mailbox
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port if self._server else 0

    def start(self) -> None:
        """Start listening. Raises StartError when the port cannot be had."""
        sock = self._listen()
        server = _Server(_Handler(self._mailbox), sock)
        try:
            server.start()
        except Exception as error:
            sock.close()
            raise StartError(f"The mail catcher cannot start: {error}.") from error
        self._server = server

    def stop(self) -> None:
        """Stop listening; what was accepted is kept."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _listen(self) -> socket.socket:
        where = f"{self._host}:{self._wanted}"
        try:
            family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
            return socket.create_server(
                (self._host, _port(self._wanted)), family=family
            )
        except (OSError, ValueError) as error:
            taken = getattr(error, "errno", None) == errno.EADDRINUSE
            known = getattr(error, "strerror", None) or str(error)
            reason = "it is taken" if taken else known
            raise StartError(
                f"The mail catcher cannot listen on {where} ({reason}). Stop what "
                "uses that port, or set another one in sandbox.smtp."
            ) from error


def runs_at(address: str) -> bool:
    """Whether a catcher of ours, and no other program, listens on `address`."""
    host, _, port = address.rpartition(":")
    place = host.strip("[]"), _port(port)
    try:
        with socket.create_connection(place, PATIENCE) as sock:
            return IDENT.encode() in sock.recv(512)
    except OSError:
        return False


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LAST_PORT:
        raise ValueError(f"{port} is no port")
    return port


class _Handler:
    """What aiosmtpd calls for each message."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message before saying that we have it."""
        raw = envelope.original_content or b""
        caught = self._mailbox.keep(
            str(envelope.mail_from or ""),
            tuple(map(str, envelope.rcpt_tos)),
            bytes(raw),
        )
        return f"250 2.0.0 Caught as {caught.id}"


class _Server(Controller):
    """aiosmtpd's controller on a socket that is bound already."""

    def __init__(self, handler: _Handler, sock: socket.socket) -> None:
        host, port = sock.getsockname()[:2]
        super().__init__(
            handler, hostname=host, port=port, data_size_limit=LARGEST, ident=IDENT
        )
        self._sock = sock

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        """Listen, the way the controller asks for it."""
        return self.loop.create_server(self._factory_invoker, sock=self._sock)
