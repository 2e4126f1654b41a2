"""The thread that delivers: asks for what is due, again and again."""

import logging
import os
import secrets
import socket
import threading

from dispatch.actions.deliver import DeliverReport, deliver
from dispatch.app import App
from dispatch.errors import DispatchError

IDLE = 2.0  # seconds between looks at an empty queue
DRAIN = 30.0  # seconds that connections past the dot may take to finish

log = logging.getLogger(__name__)


def worker_name() -> str:
    """Name this process for its claims: host, process id, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class DeliveryThread:
    """Delivers what is due until told to stop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._worker = worker_name()
        self._stop = threading.Event()
        self._due = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deliver", daemon=True)
        self._said: list[str] = []

    def start(self) -> None:
        """Start delivering."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._due.set()

    def hush(self) -> None:
        """Claim nothing more; safe to call from a signal handler."""
        self._stop.set()
        self._due.set()

    def stop(self) -> None:
        """Claim nothing more and wait for what is past the dot."""
        self.hush()
        self._thread.join(DRAIN)

    def trouble(self) -> str:
        """Return what is wrong with the thread, for /readyz, or an empty text."""
        if self._stop.is_set():
            return "Delivery is stopping."
        started = self._thread.ident is not None
        return "Delivery has died." if started and not self._thread.is_alive() else ""

    def replace(self, app: App) -> None:
        """Use `app` from the next round on."""
        self._app = app

    def once(self) -> DeliverReport:
        """Deliver everything that is due now."""
        app = self._app
        return deliver(
            app.store,
            app.connect,
            app.tokens,
            app.relay,
            clock=app.clock,
            stop=self._stop,
            signers=app.signers,
            worker=self._worker,
            alone=app.store.file is not None,  # see worker.holder
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._tell(self.once())
            except DispatchError as error:
                log.error("delivery failed error=%s", error)  # noqa: TRY400
            except Exception:
                log.exception("delivery failed unexpectedly; it will be tried again")
            self._due.wait(IDLE)
            self._due.clear()

    def _tell(self, report: DeliverReport) -> None:
        """Log what a round did, but for what the one before said too."""
        lines = report.lines()
        for line in lines:
            if line not in self._said:
                log.info("%s", line)
        self._said = lines
