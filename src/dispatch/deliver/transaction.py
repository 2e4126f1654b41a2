"""One message over an open connection, with a question before the final dot.

MAIL, RCPT and DATA go in one write where the server offers PIPELINING (RFC 2920).
The body goes without its dot; then `before_dot` makes the intent durable; then the
dot. `phase` says how far we came; it is kept here, never inferred from an exception,
because an end of file after the dot and one before it look the same.
"""

import re
from collections.abc import Callable
from typing import Protocol

from dispatch.deliver import reply as replies
from dispatch.deliver.steps import Steps
from dispatch.model import Envelope, Phase, Reply

DOT = b".\r\n"
DOT_TIMEOUT = 600.0  # RFC 5321 4.5.3.2.6; less makes duplicates (RFC 1047)
GO_ON = 354
UNPRINTABLE = re.compile(r"[\x00-\x20\x7f<>]")

BeforeDot = Callable[[], bool]
Gate = Callable[[], Steps[bool]]
Said = tuple[int, bytes]


class Wire(Protocol):
    """A connection after EHLO. Whatever fails raises OSError."""

    def write(self, data: bytes) -> Steps[None]:
        """Send all of `data`."""
        ...

    def write_or_nothing(self, data: bytes) -> Steps[bool]:
        """Send a few bytes; False when provably none of them left this machine.

        Raises OSError when they may have.
        """
        ...

    def reply(self, timeout: float | None = None) -> Steps[Said]:
        """Wait for one whole reply."""
        ...

    def early(self) -> Said | None:
        """Return a reply that has come unasked; raise OSError at the end of file."""
        ...

    def parameter(self, extension: str) -> str | None:
        """Return what EHLO said of an extension; None when it is not offered."""
        ...

    def abort(self) -> None:
        """Cut the connection, from any thread; what was sent without dot is void."""
        ...


def transact(
    wire: Wire, envelope: Envelope, message: bytes, before_dot: Gate
) -> Steps[Reply]:
    """Hand over `message` (dot-stuffed, CRLF) and return the server's last word.

    Code 0 is silence; the phase says where it fell: DOT: the message may have gone
    out; INTENT: the intent is durable but no dot left; earlier: nothing happened.
    When `before_dot` returns False or raises, the connection is cut instead of the
    dot. After any reply but a plain refusal the caller looks at `wire`'s state.
    """
    return (yield from _Transaction(wire, before_dot).run(envelope, message))


class _Transaction:
    def __init__(self, wire: Wire, before_dot: Gate) -> None:
        self._wire = wire
        self._before_dot = before_dot
        self._phase = Phase.MAIL

    def run(self, envelope: Envelope, message: bytes) -> Steps[Reply]:
        if not message.endswith(b"\r\n"):
            raise ValueError("A message ends with CRLF.")
        refusal = _unfit(self._wire, envelope, message)
        if refusal:
            return refusal
        try:
            commands = _commands(self._wire, envelope, message)
            return (yield from self._converse(commands, message))
        except OSError as error:
            self._wire.abort()
            return Reply(0, str(error)[: replies.MOST_TEXT], phase=self._phase)

    def _converse(self, commands: list[bytes], message: bytes) -> Steps[Reply]:
        refusal = yield from (
            self._pipelined(commands)
            if self._wire.parameter("pipelining") is not None
            else self._step_by_step(commands)
        )
        if refusal:
            return (yield from self._after_refusal(refusal))
        self._phase = Phase.BODY
        refusal = yield from self._send_body(message)
        if refusal:
            self._wire.abort()  # in the middle of a body there is no other way out
            return refusal
        return (yield from self._finish())

    def _step_by_step(self, commands: list[bytes]) -> Steps[Reply | None]:
        for phase, command in zip(_PHASES, commands, strict=True):
            self._phase = phase
            yield from self._wire.write(command)
            code, text = yield from self._wire.reply()
            if not _good(phase, code):
                return replies.make(code, text, phase)
        return None

    def _pipelined(self, commands: list[bytes]) -> Steps[Reply | None]:
        """Send all three, read all three; the first refusal is the answer."""
        yield from self._wire.write(b"".join(commands))
        refusal: Reply | None = None
        for phase in _PHASES:
            if refusal is None:
                self._phase = phase
            code, text = yield from self._next(refusal)
            if code == GO_ON and phase is Phase.DATA and refusal:
                yield from self._drop_empty_message()
            elif refusal is None and not _good(phase, code):
                refusal = replies.make(code, text, phase)
                if code == replies.CLOSING:
                    return refusal
        return refusal

    def _next(self, refusal: Reply | None) -> Steps[Said]:
        """Read a reply; once there is a refusal, a lost connection adds nothing."""
        if refusal is None:
            return (yield from self._wire.reply())
        try:
            return (yield from self._wire.reply())
        except OSError:
            self._wire.abort()
            return 0, b""

    def _drop_empty_message(self) -> Steps[None]:
        """RFC 2920 3.1: no valid recipient, but the server wants data: send the dot."""
        try:
            yield from self._wire.write(DOT)
            yield from self._wire.reply()
        except OSError:
            self._wire.abort()

    def _after_refusal(self, refusal: Reply) -> Steps[Reply]:
        """Make the connection fit for the next message, or cut it."""
        if refusal.code == replies.CLOSING:
            self._wire.abort()
            return refusal
        try:
            yield from self._wire.write(b"RSET\r\n")
            code, _ = yield from self._wire.reply()
        except OSError:
            code = 0
        if not replies.positive(code):
            self._wire.abort()
        return refusal

    def _send_body(self, message: bytes) -> Steps[Reply | None]:
        """Send all but the dot. A server that objects halfway may have said why."""
        try:
            yield from self._wire.write(message)
        except OSError:
            said = self._wire.early()
            if said is None:
                raise
            return replies.make(*said, self._phase)
        said = self._wire.early()
        return replies.make(*said, self._phase) if said else None

    def _finish(self) -> Steps[Reply]:
        try:
            go = yield from self._before_dot()
        except BaseException:
            self._wire.abort()
            raise
        if not go:
            self._wire.abort()
            return Reply(0, "withheld", phase=self._phase)
        self._phase = Phase.DOT  # from here on, what raises leaves us not knowing
        if not (yield from self._wire.write_or_nothing(DOT)):
            self._wire.abort()
            return Reply(0, "connection lost", phase=Phase.INTENT)
        code, text = yield from self._wire.reply(DOT_TIMEOUT)
        if code == replies.CLOSING:
            self._wire.abort()
        return replies.make(code, text, Phase.DOT)


_PHASES = (Phase.MAIL, Phase.RCPT, Phase.DATA)


def _good(phase: Phase, code: int) -> bool:
    return code == GO_ON if phase is Phase.DATA else replies.positive(code)


def _commands(wire: Wire, envelope: Envelope, message: bytes) -> list[bytes]:
    mail = f"MAIL FROM:<{envelope.sender}>"
    rcpt = f"RCPT TO:<{envelope.recipient}>"
    if wire.parameter("size") is not None:
        mail += f" SIZE={len(message)}"
    if not (envelope.ascii and message.isascii()):
        mail += " BODY=8BITMIME"
    if not envelope.ascii:
        mail += " SMTPUTF8"
    if wire.parameter("dsn") is not None and envelope.sender:
        # The bounce need not bring the whole issue back, only say whose it was.
        mail += f" RET=HDRS ENVID={envelope.id}" if envelope.id else " RET=HDRS"
        rcpt += " NOTIFY=FAILURE"
    return [f"{line}\r\n".encode() for line in (mail, rcpt, "DATA")]


def _unfit(wire: Wire, envelope: Envelope, message: bytes) -> Reply | None:
    """Refuse ourselves what the server must refuse, before a word is said."""
    if UNPRINTABLE.search(envelope.sender + envelope.recipient):
        return Reply(553, "The address cannot be written.", "5.1.3", Phase.RCPT)
    if not envelope.ascii and wire.parameter("smtputf8") is None:
        return Reply(
            553, "The relay takes no addresses beyond ASCII.", "5.1.3", Phase.RCPT
        )
    if not message.isascii() and wire.parameter("8bitmime") is None:
        said = "The message has bytes beyond ASCII; the relay takes none (8BITMIME)."
        return Reply(554, said, "5.6.3", Phase.MAIL)
    most = wire.parameter("size") or "0"
    if most.isdigit() and 0 < int(most) < len(message):
        said = f"The message has {len(message)} bytes; the relay takes at most {most}."
        return Reply(552, said, "5.3.4", Phase.MAIL)
    return None
