"""Conversations as steps: whoever runs one decides how to wait for the next.

A conversation is a generator that yields what it waits for: a socket, a future, or a
moment. `drive` runs a single one and blocks; `SideBySide` runs all the connections of a
round in one thread. With a thread for each, the interpreter's lock changed hands for
every call to a socket or the database: that cost more than all the work between.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent import futures
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

READABLE = select.POLLIN
WRITABLE = select.POLLOUT
LONGEST = 60.0  # seconds in one call to the system
OFTEN = 0.5  # seconds between looks at deadlines while there is always something ready


@dataclass(slots=True)
class Until:
    """A socket is ready for `events`, or `deadline` (monotonic) has come.

    A conversation that waited for a socket in vain is thrown TimeoutError.
    """

    socket: int | None  # its descriptor; None for a mere pause
    events: int
    deadline: float


Wait = Until | Future[Any]
Steps = Generator[Wait, None, T]
"""Yields what it waits for and returns a T. For a future's result: `result`."""


def pause(seconds: float) -> Until:
    """Return the wait for some seconds to pass."""
    return Until(None, 0, time.monotonic() + seconds)


def result(future: "Future[T]") -> Steps[T]:
    """Wait for a future; return its result, or raise what it raises."""
    if not future.done():
        yield future
    return future.result()


def at_once(ask: Callable[[], T]) -> Steps[T]:
    """Return what a function says, as steps without a wait."""
    yield from ()
    return ask()


def drive(steps: Steps[T]) -> T:
    """Run one conversation to its end, blocking wherever it waits."""
    vain = False
    while True:
        try:
            wait = steps.throw(late()) if vain else next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
        vain = False
        if isinstance(wait, Future):
            futures.wait((wait,))
        else:
            vain = _block(wait)


def _block(wait: Until) -> bool:
    """Wait; return whether it was in vain."""
    poll = select.poll()
    if wait.socket is not None:
        poll.register(wait.socket, wait.events)
    while (left := wait.deadline - time.monotonic()) > 0:
        if poll.poll(min(left, LONGEST) * 1000):
            return False
    return wait.socket is not None


def late() -> TimeoutError:
    """Return what a server that does not answer is told by."""
    return TimeoutError("did not answer in time.")


class SideBySide:
    """Runs conversations in the thread that calls `run`, each as it becomes ready.

    `idle` is called when none is, before the thread sleeps, and at the end.
    """

    def __init__(self, idle: Callable[[], None] = lambda: None) -> None:
        self._idle = idle
        self._ready: deque[Steps[None]] = deque()
        self._waiting: dict[int, tuple[Steps[None], Until]] = {}  # by descriptor
        self._pausing: list[tuple[Steps[None], Until]] = []
        self._open = 0
        self._asleep = False
        self._poll = select.poll()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._poll.register(self._bell.fileno(), READABLE)
        self._next_look = 0.0  # for deadlines, however much is ready
        self._failure: BaseException | None = None

    def run(self, conversations: Iterable[Steps[None]]) -> None:
        """Run all to their ends; then raise what the first that failed raised."""
        self._ready.extend(conversations)
        self._open = len(self._ready)
        try:
            while self._open:
                for _ in range(len(self._ready)):
                    self._step(self._ready.popleft())
                if self._open:
                    self._listen()
        finally:
            self._idle()
            self._bell.close()
            self._rope.close()
        if self._failure:
            raise self._failure

    def _step(self, steps: Steps[None], *, vain: bool = False) -> None:
        """Let one conversation go on to its next wait."""
        try:
            wait = steps.throw(late()) if vain else next(steps)
        except StopIteration:
            self._open -= 1
        except Exception as error:  # noqa: BLE001 - raised when the others have ended
            self._open -= 1
            self._failure = self._failure or error
        else:
            if isinstance(wait, Future):
                wait.add_done_callback(partial(self._wake, steps))
            elif wait.socket is None:
                self._pausing.append((steps, wait))
            else:
                self._poll.register(wait.socket, wait.events)
                self._waiting[wait.socket] = steps, wait

    def _wake(self, steps: Steps[None], _: "Future[Any]") -> None:
        """Have a conversation go on; called by whichever thread ends a future."""
        self._ready.append(steps)
        if self._asleep:
            self._asleep = False
            with suppress(OSError):  # full is as good as rung; closed is over
                self._rope.send(b"!")

    def _listen(self) -> None:
        """See which sockets are ready; when nothing is at all, sleep until then."""
        found = self._poll.poll(0)
        if not found and not self._ready:
            self._idle()
            found = self._sleep()
        for descriptor, _ in found:
            if descriptor == self._bell.fileno():
                self._bell.recv(4096)
            else:
                self._poll.unregister(descriptor)
                self._ready.append(self._waiting.pop(descriptor)[0])
        now = time.monotonic()
        if not found or now >= self._next_look:
            self._next_look = now + OFTEN
            self._expire(now)

    def _sleep(self) -> list[tuple[int, int]]:
        self._asleep = True  # before the look: who comes after it rings the bell
        seconds = 0.0 if self._ready else self._patience()
        found = self._poll.poll(seconds * 1000)
        self._asleep = False
        return found

    def _patience(self) -> float:
        """Return the seconds until the first deadline."""
        deadlines = [wait.deadline for _, wait in self._waiting.values()]
        deadlines += [wait.deadline for _, wait in self._pausing]
        first = min(deadlines, default=time.monotonic() + LONGEST)
        return min(max(first - time.monotonic(), 0.0) + 0.001, LONGEST)

    def _expire(self, now: float) -> None:
        """Go on with those whose deadline has come."""
        over = [one for one in self._pausing if one[1].deadline <= now]
        self._pausing = [one for one in self._pausing if one[1].deadline > now]
        self._ready.extend(steps for steps, _ in over)
        late = [fd for fd, (_, wait) in self._waiting.items() if wait.deadline <= now]
        for descriptor in late:
            self._poll.unregister(descriptor)
            self._step(self._waiting.pop(descriptor)[0], vain=True)
