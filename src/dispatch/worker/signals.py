"""Signals of the operating system, told to a thread of their own.

Python runs a handler in the main thread, between two of its instructions, which is
wrong in two ways. While that thread holds the lock inside an Event, a handler that
sets the Event waits for ever. And a signal that comes just before the thread falls
asleep is noticed when it wakes, which may be never. So the handler here does nothing:
the interpreter writes each number into a socket (`signal.set_wakeup_fd`) the moment
it comes, and the thread that reads it acts, and may take any lock.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

Act = Callable[[], None]

STOPS = (signal.SIGTERM, signal.SIGINT)
CLOSED = 0  # no signal has this number


@contextmanager
def heard(*, stop: Act, reload: Act | None = None) -> Iterator[None]:
    """Act on signals as long as the context lasts; for the main thread only.

    `stop` is called at the first SIGTERM or SIGINT; a second one ends the process
    at once. `reload` is called at each SIGHUP, which is left as it is without it.
    """
    acts: dict[int, Act] = dict.fromkeys(STOPS, stop)
    if reload:
        acts[signal.SIGHUP] = reload
    reading, writing = socket.socketpair()
    writing.setblocking(False)  # set_wakeup_fd insists
    fd = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, _nothing) for number in acts}
    thread = threading.Thread(
        target=_listen, args=(reading, acts), name="signals", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(fd)
        with reading, writing:
            writing.send(bytes([CLOSED]))
            thread.join()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Be there, so that the interpreter takes the signal."""


def _listen(reading: socket.socket, acts: Mapping[int, Act]) -> None:
    stopping = False
    while True:
        for number in reading.recv(4096):
            if number == CLOSED:
                return
            if number not in acts:
                continue  # whoever set a handler for it hears of it there
            if number in STOPS and stopping:
                os._exit(1)
            stopping = stopping or number in STOPS
            acts[number]()
