"""The threads that deliver, one for each relay: each looks for what is due, for ever.

A relay that is slow, quiet or down keeps no other from its mail.
"""

import logging
import threading
from collections.abc import Callable, Collection

from dispatch.actions.delivery.deliver import deliver, worker_name
from dispatch.actions.delivery.deliver_all import together
from dispatch.actions.delivery.deliver_report import DeliverReport
from dispatch.actions.delivery.rounds import Channel
from dispatch.app import App
from dispatch.errors import DispatchError

IDLE = 2.0  # seconds between looks at an empty queue
DRAIN = 30.0  # seconds that connections past the dot may take to finish

Workers = Callable[[], Collection[str]]

log = logging.getLogger(__name__)


class DeliveryThread:
    """Delivers what is due until told to stop: one lane for each relay in use."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._worker = worker_name()
        self._stop = threading.Event()
        self._started = False
        self._lanes: dict[str, Lane] = {}
        self._old: list[Lane] = []  # of relays that are no longer in use
        self._open(app)

    def start(self) -> None:
        """Start delivering."""
        self._started = True
        for lane in self._lanes.values():
            lane.start()

    def wake(self) -> None:
        """Look at the queue now."""
        for lane in self._lanes.values():
            lane.wake()

    def hush(self) -> None:
        """Claim nothing more."""
        self._stop.set()
        for lane in [*self._lanes.values(), *self._old]:
            lane.hush()

    def stop(self) -> None:
        """Claim nothing more and wait for what is past the dot."""
        self.hush()
        for lane in [*self._lanes.values(), *self._old]:
            lane.join(DRAIN)

    def trouble(self) -> str:
        """Return what is wrong with the threads, for /readyz, or an empty text."""
        if self._stop.is_set():
            return "Delivery is stopping."
        dead = any(lane.died for lane in self._lanes.values())
        return "Delivery has died." if dead else ""

    def replace(self, app: App) -> None:
        """Use `app` from the next round on; relays may have come or gone."""
        self._app = app
        for name in self._lanes.keys() - set(app.relays):
            gone = self._lanes.pop(name)
            gone.hush()
            self._old.append(gone)
        self._old = [lane for lane in self._old if lane.alive]
        self._open(app)

    def once(self) -> DeliverReport:
        """Deliver everything that is due now."""
        return together([lane.once() for lane in self._lanes.values()])

    def _open(self, app: App) -> None:
        """Have a lane for each relay; those that are there go on with `app`."""
        for name in app.relays:
            if name in self._lanes:
                self._lanes[name].replace(app)
                continue
            lane = Lane(app, name, f"{self._worker}:{name}", self._workers)
            self._lanes[name] = lane
            if self._started:
                lane.start()

    def _workers(self) -> Collection[str]:
        """Return the names that this process's claims bear."""
        return [lane.worker for lane in [*self._lanes.values(), *self._old]]


class Lane:
    """Delivers what goes through one relay. `beside` names all of this process."""

    def __init__(self, app: App, relay: str, worker: str, beside: Workers) -> None:
        self._app = app
        self._relay = relay
        self.worker = worker
        self._beside = beside
        self._stop = threading.Event()
        self._round = threading.Event()  # ends the round under way
        self._due = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"deliver-{relay}", daemon=True
        )
        self._said: list[str] = []

    @property
    def alive(self) -> bool:
        """Whether it still has something to finish."""
        return self._thread.is_alive()

    @property
    def died(self) -> bool:
        """Whether it ended without being told to."""
        started = self._thread.ident is not None
        return started and not self._thread.is_alive()

    def start(self) -> None:
        """Start delivering."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._due.set()

    def hush(self) -> None:
        """Claim nothing more."""
        self._stop.set()
        self._round.set()
        self._due.set()

    def join(self, seconds: float) -> None:
        """Wait for what is past the dot."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def replace(self, app: App) -> None:
        """Use `app` from now on: a round of hours ends early for other settings."""
        changed = self._channel(app).relay != self._channel(self._app).relay
        rerouted = app.routes != self._app.routes
        self._app = app
        if changed or rerouted:
            self._round.set()
            self._due.set()

    def _channel(self, app: App) -> Channel:
        return next(one for one in app.channels if one.relay.name == self._relay)

    def once(self) -> DeliverReport:
        """Deliver everything that is due now."""
        self._round = threading.Event()
        if self._stop.is_set():
            self._round.set()
        app = self._app
        channel = self._channel(app)
        return deliver(
            app.store,
            channel.connect,
            app.tokens,
            channel.relay,
            clock=app.clock,
            stop=self._round,
            signers=app.signers,
            routes=app.routes,
            zone=app.settings.site.timezone,
            worker=self.worker,
            beside=self._beside(),
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
