"""A deadline over a whole exchange, not over each read.

A server that sends one byte every few seconds never runs into a socket's timeout.
Only shutting the socket down wakes a thread that waits in `recv`. One watchman, in
a thread of its own, does so for every exchange of the process.
"""

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time
from typing import Self

from dispatch.errors import UnreachableError


class Deadline:
    """Cuts the watched sockets after `seconds`. Use it in a `with` block."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()
        self.end = time.monotonic() + seconds
        self.over = False

    def remaining(self) -> float:
        """Return the seconds left; raise UnreachableError when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            told = f"no complete answer within {self._seconds:g} seconds."
            raise UnreachableError(told)
        return left

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection at the end, whatever TLS makes of its socket object."""
        double = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._watched.append(double)

    def cut(self) -> None:
        """Shut down what is watched: its reader wakes and finds the time gone."""
        with self._lock:
            for double in self._watched:
                with contextlib.suppress(OSError):
                    double.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        WATCHMAN.set(self)
        return self

    def __exit__(self, *exc: object) -> None:
        self.over = True
        with self._lock:
            for double in self._watched:
                double.close()
            self._watched.clear()


class Watchman:
    """Waits for the next deadline that is not over yet, and cuts it."""

    def __init__(self) -> None:
        self._order = itertools.count()
        self._next: list[tuple[float, int, Deadline]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def set(self, deadline: Deadline) -> None:
        """Watch over one more deadline."""
        with self._changed:
            heapq.heappush(self._next, (deadline.end, next(self._order), deadline))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="deadlines", daemon=True
                )
                self._thread.start()
            elif self._next[0][2] is deadline:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            self._wait().cut()

    def _wait(self) -> Deadline:
        """Return the next deadline whose time has come."""
        with self._changed:
            while True:
                while self._next and self._next[0][2].over:
                    heapq.heappop(self._next)
                if not self._next:
                    self._changed.wait()
                    continue
                left = self._next[0][0] - time.monotonic()
                if left <= 0:
                    return heapq.heappop(self._next)[2]
                self._changed.wait(left)


WATCHMAN = Watchman()
