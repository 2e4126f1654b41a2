"""Collect all sources side by side, waiting a bounded time for them.

A dead or slow source delays nothing: it is named, goes on in its own thread, and
is not asked again before that visit is over.
"""

import concurrent.futures
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from dispatch.actions.collect import CollectReport
from dispatch.errors import DispatchError
from dispatch.model import SourceSettings

PATIENCE = 60.0  # seconds
VISITORS = 8
GLANCE = 0.5  # seconds between looks at whether we are to stop

log = logging.getLogger(__name__)

Visit = Callable[[SourceSettings], CollectReport]


class Gatherer:
    """Runs `visit` for each source, never twice at once for the same one."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._pool = ThreadPoolExecutor(VISITORS, thread_name_prefix="collect")
        self._closed = threading.Event()
        self._visits: dict[str, Future[CollectReport]] = {}

    def gather(
        self, sources: Sequence[SourceSettings], visit: Visit
    ) -> dict[str, CollectReport]:
        """Visit every source that is not being visited; wait for all of them.

        Returns the reports, by source, of the visits that ended within the time. A
        late one, and one that broke, is named in the log.
        """
        for source in sources:
            if source.name not in self._visits and not self._closed.is_set():
                self._visits[source.name] = self._pool.submit(visit, source)
        self._wait()
        ended = [
            name
            for name, future in self._visits.items()
            if future.done() and not future.cancelled()
        ]
        visits = {name: self._visits.pop(name) for name in ended}
        for name in self._visits:
            log.warning("source is late name=%s seconds=%.0f", name, self._patience)
        return {
            name: report
            for name, future in visits.items()
            if (report := _report(name, future)) is not None
        }

    def close(self) -> None:
        """Wait for no visit any more; those under way end with their own deadlines."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wait(self) -> None:
        """Wait for the visits, as long as there is patience and no end in sight."""
        deadline = time.monotonic() + self._patience
        visits = set(self._visits.values())
        while visits and not self._closed.is_set() and time.monotonic() < deadline:
            left = min(GLANCE, deadline - time.monotonic())
            visits = concurrent.futures.wait(visits, timeout=max(left, 0)).not_done


def _report(name: str, future: Future[CollectReport]) -> CollectReport | None:
    """Return what a visit reported; one that broke is logged and tried again."""
    try:
        return future.result()
    except DispatchError as error:
        log.error("source failed name=%s error=%s", name, error)  # noqa: TRY400
    except Exception:
        log.exception("source failed unexpectedly name=%s", name)
    return None
