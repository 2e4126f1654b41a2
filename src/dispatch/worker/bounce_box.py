"""Looks into the mailbox of bounces every few minutes, in a thread of its own."""

import logging
import threading

from dispatch.actions.bounces import bounce_mailbox
from dispatch.app import App
from dispatch.errors import DispatchError

IDLE = 60.0  # seconds between looks at whether there is a mailbox now
GRACE = 5.0  # seconds that a visit is given when we stop; the next one repeats it

log = logging.getLogger(__name__)


class BounceBox:
    """Started and stopped with the daemon; without a mailbox it does nothing."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._said: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bounces", daemon=True)

    def start(self) -> None:
        """Look at once, and then every `bounces.every`."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further visit."""
        self._stopping.set()
        self._thread.join(GRACE)

    def replace(self, app: App) -> None:
        """Use `app` from the next visit on."""
        self._app = app

    def once(self) -> None:
        """Visit the mailbox now; a failure is logged when it is a new one."""
        app = self._app
        try:
            report = bounce_mailbox.empty(
                app.store, app.tokens, app.settings.bounces, clock=app.clock
            )
            lines, level = report.lines(), logging.INFO
            level = level if report.ok else logging.WARNING
        except DispatchError as error:
            lines, level = [str(error)], logging.ERROR
        except Exception:
            log.exception("the mailbox of bounces failed; it will be tried again")
            return
        for line in lines:
            if line not in self._said:
                log.log(level, "%s", line)
        self._said = lines

    def _run(self) -> None:
        while not self._stopping.is_set():
            settings = self._app.settings.bounces
            if settings.host:
                self.once()
            pause = settings.every.total_seconds() if settings.host else IDLE
            self._stopping.wait(pause)
