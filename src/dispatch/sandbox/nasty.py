"""A mail server that behaves as badly as real ones, and remembers what it took.

It takes turns over a list of manners, one for each message. What it truly accepted,
whatever it said or left unsaid, is what the books are held against.
"""

import contextlib
import itertools
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Self

GOING_ON = b"354 go on\r\n"
TAKEN = b"250 2.0.0 Ok: queued as %d\r\n"
LONGEST_LINE = 100_000
PATIENCE = 60.0  # seconds that a silent client is borne


class Manner(StrEnum):
    """What happens to one message."""

    PLAIN = "takes it and says so"
    DRIBBLE = "takes it and says so byte by byte"
    MUTE = "takes it and hangs up without a word"
    DEAF = "hangs up before the dot"
    BUSY = "puts it off after the dot (451)"
    CLOSING = "closes the session instead of taking it (421)"
    BABBLE = "takes it and answers with garbage"


MANNERS = tuple(Manner)


class NastyServer:
    """Listens on a port of this machine. `taken` counts by recipient."""

    def __init__(self, manners: Sequence[Manner] = (Manner.PLAIN,)) -> None:
        self.taken: Counter[str] = Counter()
        self._manners = itertools.cycle(manners)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def take(self, recipient: str) -> int:
        """Remember a message as accepted; return its number."""
        with self._lock:
            self.taken[recipient] += 1
            return self.taken.total()

    def next_manner(self) -> Manner:
        """Return how the next message is treated."""
        with self._lock:
            return next(self._manners)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        self._open.add(sock)
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, _OverError), sock:
            _Dialogue(self, sock).run()
        self._open.discard(sock)


class _OverError(Exception):
    """This connection has ended."""


class _Dialogue:
    def __init__(self, server: NastyServer, sock: socket.socket) -> None:
        self._server = server
        self._sock = sock
        self._lines = sock.makefile("rb")
        self._recipient = ""

    def run(self) -> None:
        self._sock.sendall(b"220 nasty.invalid ESMTP\r\n")
        while line := self._lines.readline(LONGEST_LINE):
            match line[:4].upper():
                case b"EHLO":
                    self._sock.sendall(b"250-nasty.invalid\r\n250 PIPELINING\r\n")
                case b"RCPT":
                    address = line.partition(b"<")[2].partition(b">")[0]
                    self._recipient = address.decode("utf-8", "replace")
                    self._sock.sendall(b"250 2.1.5 Ok\r\n")
                case b"DATA":
                    self._message()
                case b"QUIT":
                    self._sock.sendall(b"221 2.0.0 Bye\r\n")
                    return
                case _:
                    self._sock.sendall(b"250 2.0.0 Ok\r\n")

    def _message(self) -> None:
        manner = self._server.next_manner()
        self._sock.sendall(GOING_ON)
        if manner is Manner.DEAF:
            self._lines.readline(LONGEST_LINE)
            raise _OverError
        while (line := self._lines.readline(LONGEST_LINE)) != b".\r\n":
            if not line:
                raise _OverError
        self._answer(manner)

    def _answer(self, manner: Manner) -> None:
        match manner:
            case Manner.BUSY:
                self._sock.sendall(b"451 4.3.2 Busy, try again\r\n")
            case Manner.CLOSING:
                self._sock.sendall(b"421 4.3.2 Closing\r\n")
                raise _OverError
            case Manner.MUTE:
                self._server.take(self._recipient)
                raise _OverError
            case Manner.BABBLE:
                self._server.take(self._recipient)
                self._sock.sendall(b"\x00\xff what is this?\r\n")
                raise _OverError
            case Manner.DRIBBLE:
                for byte in TAKEN % self._server.take(self._recipient):
                    self._sock.sendall(bytes([byte]))
            case Manner.PLAIN | Manner.DEAF:
                self._sock.sendall(TAKEN % self._server.take(self._recipient))
