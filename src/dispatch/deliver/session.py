"""A logged-in connection to a relay: the library's SMTP, with its habits overridden.

`smtplib` connects and does EHLO and STARTTLS. It would wait for ever, per `recv` and
not per reply, read replies without end, leave Nagle's algorithm on (23 messages/s),
check no certificate unless told to, try several AUTH mechanisms in a row (lock-outs),
and look its own name up. Nothing of that is wanted. Secrets never reach a log or an
error: a failed login is told by the server's code alone.
"""

import contextlib
import smtplib
import socket
import ssl
import time
from datetime import timedelta
from functools import partial

from dispatch.deliver import login, reply as replies, sendmail, steps, trouble
from dispatch.deliver.steps import READABLE, WRITABLE, Steps, Until
from dispatch.deliver.transaction import BeforeDot, Gate, Said, transact
from dispatch.errors import RelayError
from dispatch.model import Envelope, RelaySettings, Reply

CONNECT_TIMEOUT = 30.0
QUIT_TIMEOUT = 5.0
PIECE = 16384
# LMTP (RFC 2033) answers the dot once per recipient; we have one at a time.
HELLO = {"smtp": "ehlo", "lmtp": "lhlo", "sendmail": "ehlo"}


def connect(
    relay: RelaySettings,
    *,
    helo: str,
    token: login.Token | None = None,
    timeout: timedelta | None = None,
) -> "Session":
    """Connect, greet, start TLS and log in, as `relay` says; `helo` is our name.

    `token` gets an access token, where one stands for the password. `timeout` is for
    each reply before the dot; None means the relay's own. Raises RelayError with a
    sentence: nothing was handed over.
    """
    login.check_plaintext(relay)
    seconds = (timeout or relay.timeout).total_seconds()
    context = _context(relay) if relay.security != "none" else None
    where = relay.where
    client: _Client | None = None
    try:
        client = _Client(relay, context, helo=helo, timeout=seconds)
        _greet(client, relay, context)
        mechanism = login.log_in(client, relay, token)
        client.set_out()
    except (OSError, ValueError) as error:
        if client:
            client.close()
        raise RelayError(f"The relay {where} {_reason(error, relay)}") from error
    except RelayError:
        if client:
            client.close()
        raise
    return Session(client, relay, mechanism)


class Session:
    """A connection that is ready for messages; used by one thread, cut by any."""

    def __init__(self, client: "_Client", relay: RelaySettings, mechanism: str) -> None:
        self._client = client
        self.where = relay.where
        self.mechanism = mechanism  # of the login; "" without one
        self.opened = time.monotonic()
        self.messages = 0

    @property
    def usable(self) -> bool:
        """Whether another message may be tried on it."""
        return not self._client.cut

    @property
    def encryption(self) -> str:
        """Name the protocol of an encrypted connection: TLSv1.3; "" in clear."""
        return self._client.encryption

    @property
    def extensions(self) -> tuple[str, ...]:
        """What EHLO offered, in capitals."""
        return tuple(sorted(name.upper() for name in self._client.esmtp_features))

    def transact(
        self, envelope: Envelope, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Hand over one message, blocking; see `transaction.transact`."""
        gate = partial(steps.at_once, before_dot)
        return steps.drive(self.hand_over(envelope, message, gate))

    def hand_over(
        self, envelope: Envelope, message: bytes, before_dot: Gate
    ) -> Steps[Reply]:
        """Hand over one message, step by step; see `transaction.transact`."""
        self.messages += 1
        return transact(self._client, envelope, message, before_dot)

    def abort(self) -> None:
        """Cut the connection at once, from any thread: a blocked reader wakes."""
        self._client.abort()

    def quit(self) -> None:
        """Say goodbye if the connection still stands, and close it."""
        if self.usable:
            with contextlib.suppress(OSError):
                steps.drive(self._client.write(b"QUIT\r\n"))
                steps.drive(self._client.reply(QUIT_TIMEOUT))
        self._client.close()


class _Client(smtplib.SMTP):
    """smtplib's SMTP with a bounded reader and a deadline per reply."""

    def __init__(
        self,
        relay: RelaySettings,
        context: ssl.SSLContext | None,
        *,
        helo: str,
        timeout: float,
    ) -> None:
        self.cut = False
        self.ehlo_msg = HELLO[relay.protocol]
        self._buffer = bytearray()
        self._first_context = context if relay.security == "tls" else None
        self._patience = timeout
        self._relay = relay
        self._program: sendmail.Program | None = None
        super().__init__(
            relay.host,
            relay.port,
            local_hostname=helo or "localhost",
            timeout=min(timeout, CONNECT_TIMEOUT),
        )

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Open the socket the way the library asks for it."""
        if self._relay.protocol == "sendmail":
            self._program = sendmail.Program(
                self._relay.command, table=self._relay.table
            )
            self._program.socket.settimeout(timeout)
            return self._program.socket
        if host.startswith("/"):
            return _local_socket(host, timeout)
        sock = socket.create_connection((host, port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._first_context:
            return self._first_context.wrap_socket(sock, server_hostname=host)
        return sock

    def getreply(self) -> Said:
        """Read one reply, as the library's own commands need it."""
        deadline = time.monotonic() + self._patience
        try:
            while (said := self._take()) is None:
                left = deadline - time.monotonic()
                if left < 0:
                    raise steps.late()
                self._socket().settimeout(left)
                self._receive()
        except OSError:
            self.close()
            raise
        return said

    def set_out(self) -> None:
        """The login is done: from here on no call blocks, every wait is a step."""
        self._socket().settimeout(0.0)

    def reply(self, timeout: float | None = None) -> Steps[Said]:
        """Wait for one whole reply, `timeout` seconds in all."""
        deadline = time.monotonic() + (timeout or self._patience)
        while (said := self._take()) is None:
            try:
                self._receive()
            except (BlockingIOError, ssl.SSLWantReadError):
                yield self._until(READABLE, deadline)
            except ssl.SSLWantWriteError:
                yield self._until(WRITABLE, deadline)
        return said

    def early(self) -> Said | None:
        """Return a reply that has come unasked, without waiting for one."""
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            while (said := self._take()) is None:
                self._receive()
            return said
        return None

    def write(self, data: bytes) -> Steps[None]:
        """Send all of `data`."""
        deadline = time.monotonic() + self._patience
        sent = yield from self._send(data, deadline)
        while sent < len(data):
            sent += yield from self._send(memoryview(data)[sent:], deadline)

    def write_or_nothing(self, data: bytes) -> Steps[bool]:
        """Send a few bytes; False when provably none of them left.

        A plain `send` that raises has queued nothing; of TLS nobody can say that.
        """
        if isinstance(self._socket(), ssl.SSLSocket):
            yield from self.write(data)
            return True
        try:
            sent = yield from self._send(data, time.monotonic() + self._patience)
        except OSError:
            return False
        yield from self.write(data[sent:])
        return True

    def _send(self, data: bytes | memoryview, deadline: float) -> Steps[int]:
        """Send some of `data`; return how much."""
        while True:
            sock = self._socket()
            try:
                return sock.send(data)
            except (BlockingIOError, ssl.SSLWantWriteError):
                yield self._until(WRITABLE, deadline)
            except ssl.SSLWantReadError:
                yield self._until(READABLE, deadline)

    def _until(self, events: int, deadline: float) -> Until:
        """Return a wait; a server that drips bytes gets no longer than any other."""
        if time.monotonic() >= deadline:
            raise steps.late()
        return Until(self._socket().fileno(), events, deadline)

    def parameter(self, extension: str) -> str | None:
        """Return what EHLO said of an extension; None when it is not offered."""
        return self.esmtp_features.get(extension)

    @property
    def encryption(self) -> str:
        """Name the protocol of an encrypted connection; "" in clear."""
        return self.sock.version() or "" if isinstance(self.sock, ssl.SSLSocket) else ""

    def abort(self) -> None:
        """Cut the connection: only a shutdown wakes a thread blocked in it."""
        self.cut = True
        sock = self.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own: that would forget the TLS state under a reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; also called by the library when something fails."""
        self.cut = True
        super().close()
        program, self._program = self._program, None
        if program is not None:
            program.end()

    def forget_buffer(self) -> None:
        """Refuse what was sent in clear behind the answer to STARTTLS."""
        if self._buffer:
            raise smtplib.SMTPServerDisconnected("spoke out of turn before TLS began.")

    def _socket(self) -> socket.socket:
        if self.sock is None or self.cut:
            raise smtplib.SMTPServerDisconnected("closed the connection.")
        return self.sock

    def _take(self) -> Said | None:
        try:
            return replies.take(self._buffer)
        except replies.BadReplyError as error:
            self.abort()
            raise smtplib.SMTPServerDisconnected(str(error)) from error

    def _receive(self) -> None:
        data = self._socket().recv(PIECE)
        if not data:
            self.abort()
            raise smtplib.SMTPServerDisconnected("closed the connection.")
        self._buffer += data


def _local_socket(path: str, timeout: float) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(path)
    except OSError:
        sock.close()
        raise
    return sock


def _greet(
    client: _Client, relay: RelaySettings, context: ssl.SSLContext | None
) -> None:
    client.ehlo_or_helo_if_needed()
    if relay.security != "starttls":
        return
    if not client.has_extn("starttls"):
        raise RelayError(
            f"The relay {relay.where} does not offer STARTTLS, and without it nothing "
            f"is sent. Check {relay.table}.port, or set {relay.table}.security."
        )
    client.starttls(context=context)
    client.forget_buffer()
    client.ehlo_or_helo_if_needed()


def _context(relay: RelaySettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=str(relay.ca_file) if relay.ca_file else None
        )
    except OSError as error:
        raise RelayError(
            f"{relay.table}.ca_file: {relay.ca_file} cannot be used ({error})."
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reason(error: Exception, relay: RelaySettings) -> str:
    """Return the rest of the sentence that starts with the relay's name."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"turned us away: {error.smtp_code} {_said(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"broke off: {error}"
    return trouble.reason(error, at=relay.table)


def _said(text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(words.split())[:300]
