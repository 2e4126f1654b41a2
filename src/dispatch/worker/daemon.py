"""`dispatch run`: start everything, wait for a signal, stop in the right order.

SIGTERM and SIGINT stop cleanly: first the scheduler, then claims, then the
connections drain, then the web, last the database writer. A second one ends at
once; what was at the dot is then `unknown`, never lost. SIGHUP reloads config.toml
whole, or keeps the old one.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch import app as wiring, config
from dispatch.actions.operations import demo
from dispatch.app import App
from dispatch.errors import DispatchError
from dispatch.model import Settings
from dispatch.worker import announce, signals
from dispatch.worker.cycle import CycleThread
from dispatch.worker.delivering import DeliveryThread
from dispatch.worker.holder import only_one
from dispatch.worker.pages import Pages
from dispatch.worker.pinging import PingThread
from dispatch.worker.returns import Returns
from dispatch.worker.scheduler import Scheduler

Say = Callable[[str], None]

log = logging.getLogger(__name__)


def run(file: Path, *, say: Say, program: str = "dispatch") -> None:
    """Serve the publication of config.toml at `file` until SIGTERM or Ctrl-C.

    `say` gets sentences for the operator; `program` is how they call us. Raises
    ConfigError, StoreError or StartError before anything was started.
    """
    with wiring.open_app(file) as app, only_one(app.store):
        Daemon(app, say, program).serve()


@dataclass(frozen=True, slots=True)
class Switches:
    """What a signal asks of the main thread."""

    stop: threading.Event
    reload: threading.Event
    wake: threading.Event


class Daemon:
    """All the threads of one process, and the order they start and stop in."""

    def __init__(self, app: App, say: Say, program: str) -> None:
        self._app = app
        self._say = say
        self._program = program
        self._switches = Switches(
            threading.Event(), threading.Event(), threading.Event()
        )
        self._delivery = DeliveryThread(app)
        self._ping = PingThread(app)
        self._cycle = CycleThread(
            app, planned=self._delivery.wake, published=self._ping.wake
        )
        self._pages = Pages(
            app,
            ready={"cycle": self._cycle.trouble, "delivery": self._delivery.trouble},
            arrived=self._cycle.wake,
        )
        self._returns = Returns(app)
        self._scheduler = Scheduler(
            slot=self._cycle.wake_for_slot, tick=self._cycle.wake
        )

    def serve(self) -> None:
        """Start, wait, stop."""
        with ExitStack() as undo:
            undo.enter_context(signals.heard(stop=self._end, reload=self._renew))
            undo.callback(self._pages.stop)
            self._pages.start()
            undo.callback(self._returns.stop)
            self._returns.start()
            self._first_round()
            undo.callback(self._ping.stop)
            self._ping.start()
            undo.callback(self._delivery.stop)
            self._delivery.start()
            undo.callback(self._cycle.stop)
            self._cycle.start()
            undo.callback(self._scheduler.stop)
            self._scheduler.start(self._app.settings.newsletter)
            self._wait()
            self._say("Stopping: finishing what is under way.")

    def _first_round(self) -> None:
        """Do the first cycle, and for a demo its first issue, before reporting."""
        self._cycle.once(quiet=True)
        prepared = demo.prepare(
            self._app.store,
            self._app.press,
            self._app.tokens,
            self._app.settings,
            clock=self._app.clock,
        )
        if prepared:
            self._cycle.once(quiet=True)
            self._delivery.once()
        for line in announce.report(self._app, program=self._program):
            self._say(line)

    def _wait(self) -> None:
        """Wait for signals; reload when asked."""
        while True:
            self._switches.wake.wait()
            self._switches.wake.clear()
            if self._switches.stop.is_set():
                return
            if self._switches.reload.is_set():
                self._switches.reload.clear()
                self._reload()

    def _reload(self) -> None:
        """Check the new config whole; apply it, or keep the old and say why."""
        try:
            wanted = config.load(self._app.settings.file)
            app = wiring.rewire(self._app, _bound(self._app.settings, wanted))
            self._pages.replace(app)
        except DispatchError as error:
            self._say(f"The old configuration stays in use. {error}")
            return
        except Exception:  # a reload must never end what serves well
            log.exception("reload failed unexpectedly")
            self._say("The old configuration stays in use; the log says why.")
            return
        self._app = app
        self._ping.replace(app)
        self._delivery.replace(app)
        self._returns.replace(app)
        self._cycle.replace(app)
        self._scheduler.plan(app.settings.newsletter)
        self._cycle.wake()
        self._say("The new configuration is in use.")
        for key in _needing_restart(app.settings, wanted):
            self._say(f"{key} has changed too; that takes a restart.")

    def _end(self) -> None:
        """Begin nothing more, and have `_wait` return."""
        self._switches.stop.set()
        self._delivery.hush()
        self._cycle.hush()
        self._switches.wake.set()

    def _renew(self) -> None:
        """Have `_wait` reload."""
        self._switches.reload.set()
        self._switches.wake.set()


def _bound(old: Settings, new: Settings) -> Settings:
    """Return `new` with what a running daemon is bound to as in `old`."""
    web = replace(new.web, listen=old.web.listen, admin_listen=old.web.admin_listen)
    back = replace(
        new.bounces, listen=old.bounces.listen, protocol=old.bounces.protocol
    )
    return replace(new, store=old.store, web=web, sandbox=old.sandbox, bounces=back)


def _needing_restart(used: Settings, wanted: Settings) -> tuple[str, ...]:
    """Name the changed keys that a running daemon could not take over."""
    pairs = {
        "store.url": (used.store.url, wanted.store.url),
        "web.listen": (used.web.listen, wanted.web.listen),
        "web.admin_listen": (used.web.admin_listen, wanted.web.admin_listen),
        "bounces.listen": (used.bounces.listen, wanted.bounces.listen),
        "bounces.protocol": (used.bounces.protocol, wanted.bounces.protocol),
        "sandbox": (used.sandbox, wanted.sandbox),
    }
    return tuple(key for key, (before, after) in pairs.items() if before != after)
