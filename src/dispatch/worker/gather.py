"""Visit sources side by side, a bounded time and no host hurried.

A dead or slow source delays nothing: it is named, goes on in a thread of its own, and
is not visited again before that visit is over. Its thread ends with the process: a
share that hangs keeps no daemon from stopping.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch.actions.collection.calls import Call, Outcome
from dispatch.errors import DispatchError

PATIENCE = 60.0  # seconds
VISITORS = 8
GAP = 1.0  # seconds between two visits to one host
GLANCE = 0.5  # seconds between looks at whether we are to stop

log = logging.getLogger(__name__)

Visit = Callable[[Call], Outcome]


@dataclass(slots=True)
class Running:
    """A visit under way, and since when (monotonic seconds)."""

    host: str
    since: float


class Gatherer:
    """Runs `visit` for each call: never twice at once for one source or one host."""

    def __init__(self, patience: float = PATIENCE, gap: float = GAP) -> None:
        self._patience = patience
        self._gap = gap
        self._closed = threading.Event()
        self._ended: queue.SimpleQueue[tuple[str, Outcome | None]] = queue.SimpleQueue()
        self._running: dict[str, Running] = {}
        self._free_at: dict[str, float] = {}  # hosts that were just visited

    def gather(self, calls: Sequence[Call], visit: Visit) -> list[Outcome]:
        """Make every call whose source is not being visited; wait for all of them.

        Returns the outcomes of the visits that ended within the time, of earlier
        rounds too. A late one, and one that broke, is named in the log. Calls that
        did not get their turn are still due in the next round.
        """
        waiting = self._by_host(calls)
        end = time.monotonic() + self._patience
        outcomes: list[Outcome] = []
        while not self._closed.is_set() and time.monotonic() < end:
            self._start(waiting, visit)
            if not self._running and not waiting:
                break
            outcomes += self._wait(min(self._pause(waiting), end - time.monotonic()))
        outcomes += self._wait(0)
        now = time.monotonic()
        self._free_at = {host: at for host, at in self._free_at.items() if at > now}
        for name in self._running:
            log.warning("source is late name=%s seconds=%.0f", name, self._patience)
        left = sum(map(len, waiting.values()))
        if left and not self._closed.is_set():
            log.info("sources wait for the next round count=%d", left)
        return outcomes

    def close(self) -> None:
        """Wait for no visit any more."""
        self._closed.set()

    def _by_host(self, calls: Sequence[Call]) -> dict[str, deque[Call]]:
        """Return the calls of each host in line; a folder is a host of its own."""
        waiting: dict[str, deque[Call]] = {}
        for call in calls:
            if call.source.name not in self._running:
                host = call.host or f"folder:{call.source.name}"
                waiting.setdefault(host, deque()).append(call)
        return waiting

    def _start(self, waiting: dict[str, deque[Call]], visit: Visit) -> None:
        """Begin the calls whose hosts are free, as long as there are visitors."""
        now = time.monotonic()
        busy = {one.host for one in self._running.values()}
        late = now - self._patience
        places = VISITORS - sum(one.since > late for one in self._running.values())
        for host in list(waiting):
            if places <= 0:
                return
            if host in busy or self._free_at.get(host, 0) > now:
                continue
            call = waiting[host].popleft()
            if not waiting[host]:
                del waiting[host]
            self._running[call.source.name] = Running(host, now)
            places -= 1
            threading.Thread(
                target=self._run,
                args=(call, visit),
                name=f"collect {call.source.name}",
                daemon=True,
            ).start()

    def _run(self, call: Call, visit: Visit) -> None:
        """Make one call, in its own thread; whatever happens, say that it ended."""
        name, outcome = call.source.name, None
        try:
            outcome = visit(call)
        except DispatchError as error:
            log.error("source failed name=%s error=%s", name, error)  # noqa: TRY400
        except Exception:
            log.exception("source failed unexpectedly name=%s", name)
        self._ended.put((name, outcome))

    def _pause(self, waiting: dict[str, deque[Call]]) -> float:
        """Return the seconds until a look is worth it, though no visit has ended."""
        now = time.monotonic()
        resting = [self._free_at.get(host, 0) - now for host in waiting]
        return min((rest for rest in resting if 0 < rest < GLANCE), default=GLANCE)

    def _wait(self, seconds: float) -> list[Outcome]:
        """Wait for a visit to end; return the outcomes of all that have."""
        outcomes: list[Outcome] = []
        while True:
            try:
                name, outcome = self._ended.get(
                    block=not outcomes and seconds > 0, timeout=max(seconds, 0)
                )
            except queue.Empty:
                return outcomes
            host = self._running.pop(name).host
            if self._gap:
                self._free_at[host] = time.monotonic() + self._gap
            seconds = 0
            if outcome is not None:
                outcomes.append(outcome)
