"""The thread that tells hubs of changed feeds: a slow hub holds up nothing else."""

import logging
import threading

from dispatch.actions.feeds import pings
from dispatch.app import App
from dispatch.errors import DispatchError

AGAIN = 60.0  # seconds between looks at hubs that were silent

log = logging.getLogger(__name__)


class PingThread:
    """Tells the hubs at each wake-up, and those that were silent now and then."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._said: list[str] = []
        self._thread = threading.Thread(target=self._run, name="ping", daemon=True)

    def start(self) -> None:
        """Start waiting for wake-ups."""
        self._thread.start()

    def wake(self) -> None:
        """Feeds may have changed: look."""
        self._woken.set()

    def replace(self, app: App) -> None:
        """Use `app` from the next round on."""
        self._app = app
        self._woken.set()

    def stop(self) -> None:
        """Tell nobody any more. A request under way ends with the process."""
        self._stopping.set()
        self._woken.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(AGAIN if self._app.settings.feeds.hubs else None)
            self._woken.clear()
            self._once()

    def _once(self) -> None:
        app = self._app
        try:
            report = pings.tell(
                app.store,
                app.settings.feeds.hubs,
                app.submit,
                app.links,
                clock=app.clock,
                stopping=self._stopping.is_set,
            )
        except DispatchError as error:
            if not self._stopping.is_set():
                log.error("telling hubs failed: %s", error)  # noqa: TRY400
        except Exception:
            if not self._stopping.is_set():
                log.exception("telling hubs failed unexpectedly; it is tried again")
        else:
            for line in report.lines():
                if line not in self._said:
                    log.log(logging.INFO if report.ok else logging.WARNING, "%s", line)
            self._said = report.lines()
