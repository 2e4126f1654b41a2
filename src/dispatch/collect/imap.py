"""One conversation with an IMAP server, bounded in size and time.

The library speaks the protocol. How long to wait, how much to read, and when a
password may be sent is decided here. Nothing that a server says reaches an error
message, and no password does.

Touches the network.
"""

import contextlib
import errno
import imaplib
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dispatch.errors import SourceError, UnreachableError
from dispatch.model import SourceSettings

Context = ssl.SSLContext

NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
STEP = 65_536
LONGEST_LINE = 1_000_000
DIGITS = 10  # of a number of 32 bits
CHATTER = 4_000_000  # bytes of one answer besides the message that was asked for


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. Tests make them small."""

    seconds: float = 180.0  # a whole visit
    reply: float = 30.0  # any one answer
    most_bytes: int = 25_000_000  # of one message


DEFAULT_LIMITS = Limits()


def connect(
    source: SourceSettings, context: Context | None, limits: Limits
) -> "Client":
    """Connect as `source.security` says and log in.

    Raises SourceError; then nothing stays open.
    """
    where = f"{source.host}:{source.port}"
    if context is None and source.security != "none":
        context = ssl.create_default_context()
    with in_words(where):
        first = context if source.security == "tls" else None
        client = Client(source.host, source.port, tls=first, limits=limits)
    try:
        with in_words(where):
            if context is not None and source.security == "starttls":
                client.secure(context, where)
            client.log_in(source.username, source.password, where)
    except SourceError:
        client.shutdown()
        raise
    return client


class Client(imaplib.IMAP4):
    """The library's client, every read of it bounded in size and time."""

    def __init__(
        self, host: str, port: int, *, tls: ssl.SSLContext | None, limits: Limits
    ) -> None:
        self._tls = tls
        self._end = time.monotonic() + limits.seconds
        self._patience = limits.reply
        self._buffer = bytearray()
        self._room = CHATTER
        self._reply_by = self._end
        self.allow(CHATTER)
        super().__init__(host, port)

    def allow(self, size: int) -> None:
        """Let the next answer be this large, and give it its time."""
        self._room = size
        self._reply_by = min(self._end, time.monotonic() + self._patience)

    def open(
        self,
        host: str = "",
        port: int = 143,
        timeout: float | None = None,  # noqa: ARG002 - as the library calls it
    ) -> None:
        """Connect; with TLS from the first byte, if that is what was asked."""
        self.host, self.port = host, port
        self.sock = socket.create_connection((host, port), self._left())
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=host)

    def secure(self, context: ssl.SSLContext, where: str) -> None:
        """Start TLS; without it nothing more is said."""
        self.allow(CHATTER)
        if "STARTTLS" not in self.capabilities:
            raise SourceError(
                f"{where} does not offer STARTTLS, and without it no password is "
                'sent. Check `port`, or set security = "tls".'
            )
        answer, _ = self._simple_command("STARTTLS")
        # Whatever was said in clear behind the answer is somebody else's.
        if answer != "OK" or self._buffer:
            raise self.abort("STARTTLS")
        self.untagged_responses.clear()
        self.sock.settimeout(self._left())
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self.capabilities = tuple(str(self.capability()[1][0], "ascii").upper().split())

    def log_in(self, username: str, password: str, where: str) -> None:
        """Log in, once: a second try with another mechanism would count as a guess."""
        self.allow(CHATTER)
        try:
            if "AUTH=PLAIN" in self.capabilities:
                pair = f"\0{username}\0{password}".encode()
                self.authenticate("PLAIN", lambda _: pair)
            else:
                self.login(self._quote(username), password)
        except self.abort:
            raise
        except self.error:
            raise SourceError(
                f"{where} refuses the login. Check `username` and `password_file`; "
                "some services want a password made for programs."
            ) from None

    def ask(
        self, refusal: str, command: str, *arguments: str, room: int = 0
    ) -> list[bytes | tuple[bytes, bytes]]:
        """Ask about mails by their lasting numbers; return the parts of the answer.

        It may be larger by `room` than chatter. Raises SourceError(`refusal`) when the
        server says no.
        """
        self.allow(CHATTER + room)
        answer, parts = self.uid(command, *arguments)
        if answer != "OK":
            raise SourceError(refusal)
        return list(parts)

    def leave(self) -> None:
        """Say goodbye, if the server still listens, and close."""
        self._end = min(self._end, time.monotonic() + 2)
        self.allow(CHATTER)
        with contextlib.suppress(Exception):
            self.logout()
        self.shutdown()

    def read(self, size: int) -> bytes:
        """Read exactly `size` bytes."""
        if size > self._room + len(self._buffer):
            raise self.abort("too much")
        while len(self._buffer) < size:
            self._receive()
        return self._taken(size)

    def readline(self) -> bytes:
        """Read one line with its end."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > LONGEST_LINE:
                raise self.abort("too long")
            self._receive()
        return self._taken(end + 1)

    def send(self, data: object) -> None:
        """Send all of `data`."""
        self.sock.settimeout(self._left())
        self.sock.sendall(data)  # type: ignore[arg-type]

    def shutdown(self) -> None:
        """Close the connection, whatever state it is in."""
        self.sock.close()

    def _taken(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def _receive(self) -> None:
        self.sock.settimeout(self._left())
        data = self.sock.recv(STEP)
        if not data:
            raise self.abort("closed")
        self._room -= len(data)
        if self._room < 0:
            raise self.abort("too much")
        self._buffer += data

    def _left(self) -> float:
        left = self._reply_by - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def numbers(parts: Iterable[bytes | tuple[bytes, bytes]]) -> set[int]:
    """Return the numbers of mails in an answer to SEARCH, of at most 32 bits."""
    words = b" ".join(one for one in parts if isinstance(one, bytes)).split()
    return {int(word) for word in words if word.isdigit() and len(word) <= DIGITS}


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Turn whatever a server or the network does into a SourceError of one sentence."""
    try:
        yield
    except SourceError:
        raise
    except OSError as error:
        told = f"{where}{_broken(error)}"
        if isinstance(error, ssl.SSLError):
            raise SourceError(told) from error
        nearby = isinstance(error, socket.gaierror) or error.errno in NO_ROUTE
        raise UnreachableError(told, nearby=nearby) from error
    except Exception as error:  # the library trips over garbage in many ways
        raise SourceError(
            f"{where} broke off, or said what is no IMAP. Check `host` and `port`."
        ) from error


def _broken(error: OSError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f": its certificate is not trusted ({error.verify_message})."
        case ssl.SSLError():
            return " does not speak TLS as it should. Check `port` and `security`."
        case ConnectionRefusedError():
            return ": nobody answers there. Check `host` and `port`."
        case socket.gaierror():
            return " is not known to the name service. Check `host`."
        case TimeoutError():
            return " gave no complete answer in time."
        case _:
            return f": the connection failed ({error.strerror or 'it broke off'})."
