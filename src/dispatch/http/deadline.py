"""A deadline over a whole exchange, not over each read.

A server that sends one byte every few seconds never runs into a socket's timeout.
Only shutting the socket down wakes a thread that waits in `recv`.
"""

import contextlib
import os
import socket
import threading
import time
from typing import Self

from dispatch.errors import SourceError


class Deadline:
    """Cuts the watched sockets after `seconds`. Use it in a `with` block."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def remaining(self) -> float:
        """Return the seconds left; raise SourceError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise SourceError(f"no complete answer within {self._seconds:g} seconds.")
        return left

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection at the end, whatever TLS makes of its socket object."""
        double = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._watched.append(double)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        with self._lock:
            for double in self._watched:
                double.close()
            self._watched.clear()

    def _cut(self) -> None:
        with self._lock:
            for double in self._watched:
                with contextlib.suppress(OSError):
                    double.shutdown(socket.SHUT_RDWR)
