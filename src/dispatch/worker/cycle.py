"""The newsroom's cycle: collect, publish, settle slots, ask, plan, tell operators.

Runs in one thread whenever it is woken. Every step is safe to repeat, and each
fails alone: a broken feed does not keep an issue from its slot.
"""

import logging
import threading
import time
from collections.abc import Callable

from dispatch.actions.audience import choosing
from dispatch.actions.bounces import bounce_decisions, bounce_reminders
from dispatch.actions.collection import push, pushed, settle_visits, visits
from dispatch.actions.collection.calls import Round
from dispatch.actions.collection.collect import CollectReport, Urgency, due
from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.actions.issues import proofing, slots
from dispatch.actions.issues.compose import tick
from dispatch.actions.issues.plan import plan_ready
from dispatch.actions.operations import alerts, heartbeat
from dispatch.app import App
from dispatch.errors import DispatchError
from dispatch.model import Report
from dispatch.worker.gather import GAP, Gatherer

Step = Callable[[], Report | None]

PUBLISHING = 5.0  # seconds of publishing in one round; the next one goes on with it
OVERDUE = 300.0  # seconds without a finished round before we say that it hangs

log = logging.getLogger(__name__)


class CycleThread:
    """Runs a cycle at each wake-up; wake-ups during a cycle make one more."""

    def __init__(
        self,
        app: App,
        *,
        planned: Callable[[], None],
        published: Callable[[], None] = lambda: None,
        gap: float = GAP,
    ) -> None:
        self._app = app
        self._planned = planned
        self._visible = published
        self._gatherer = Gatherer(gap=gap)
        self._said: dict[str, list[str]] = {}
        self._published = Memory(app.fragments)
        self._quiet = False
        self._woken = threading.Event()
        self._slot = threading.Event()
        self._finished = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cycle", daemon=True)

    def start(self) -> None:
        """Start waiting for wake-ups."""
        self._thread.start()

    def wake(self) -> None:
        """Ask for a cycle."""
        self._woken.set()

    def wake_for_slot(self) -> None:
        """Ask for a cycle that asks every source first, whatever its interval."""
        self._slot.set()
        self._woken.set()

    def hush(self) -> None:
        """Wait for no source any more."""
        self._gatherer.close()

    def stop(self) -> None:
        """Finish the cycle under way, without waiting for its sources, and stop."""
        self._stopping.set()
        self._woken.set()
        self._gatherer.close()
        self._thread.join()

    def replace(self, app: App) -> None:
        """Use `app` from the next cycle on."""
        self._app = app

    def once(self, *, fresh: bool = False, quiet: bool = False) -> None:
        """Run one cycle now; `fresh` asks every source, whatever its interval.

        `quiet` leaves what went well to the report that follows.
        """
        self._quiet = quiet
        app = self._app
        for name, step in (
            ("resume", lambda: _resume(app)),
            ("collect", lambda: self._collect(app, fresh=fresh)),
            ("publish", lambda: self._publish(app)),
            ("compose", lambda: _compose(app)),
            ("proofs", lambda: _ask(app)),
            ("plan", lambda: _plan(app)),
            ("bounces", lambda: bounce_decisions.decide(app.store, clock=app.clock)),
            ("reminders", lambda: _remind(app)),
            ("alerts", lambda: _watch(app)),
            ("heartbeat", lambda: heartbeat.beat(app.store, app.settings, app.post)),
            ("push", lambda: _keep_hubs(app)),
        ):
            self._step(name, step)
        self._finished = time.monotonic()
        self._planned()

    def trouble(self) -> str:
        """Return what is wrong with the cycle, for /readyz, or an empty text."""
        if time.monotonic() - self._finished > OVERDUE:
            return "The newsroom's cycle has finished no round for five minutes."
        return ""

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait()
            self._woken.clear()
            fresh = self._slot.is_set()
            self._slot.clear()
            if not self._stopping.is_set():
                self.once(fresh=fresh)

    def _collect(self, app: App, *, fresh: bool) -> None:
        round_ = Round(
            app.store,
            app.fetch,
            app.settings.site,
            app.authority,
            app.settings.source,
            app.clock,
        )
        # First the newsletters: what is found next is first seen after they began.
        slots.register(app.store, app.settings.newsletter, clock=app.clock)
        for one in pushed.read(round_).sources:
            self._say(f"push {one.name}", CollectReport((one,)))
        plan = due(round_, urgency=Urgency.FRESH if fresh else Urgency.DUE)
        outcomes = self._gatherer.gather(
            plan.calls, lambda call: visits.visit(call, round_)
        )
        report = settle_visits.settle(round_, outcomes)
        polled = [one.name for one in report.sources if one.new]
        for name in push.doubt(app.store, polled, clock=app.clock):
            log.warning("hub missed a story; polled as usual name=%s", name)
        if report.remarks:
            self._say("collect", CollectReport(remarks=report.remarks))
        for one in (*plan.left, *report.sources):
            if one.visited or one.left:
                self._say(f"collect {one.name}", CollectReport((one,)))

    def _publish(self, app: App) -> Report:
        """Publish for a while, no longer than until a slot is due."""
        end = time.monotonic() + PUBLISHING

        def enough() -> bool:
            urgent = self._slot.is_set() or self._stopping.is_set()
            return urgent or time.monotonic() > end

        report = publish(
            app.store,
            app.settings,
            clock=app.clock,
            memory=self._published,
            enough=enough,
        )
        self._visible()
        if report.unfinished:
            self.wake()
        return report

    def _step(self, name: str, step: Step) -> None:
        try:
            report = step()
        except DispatchError as error:
            log.error("%s failed: %s", name, error)  # noqa: TRY400 - no traceback
        except Exception:
            log.exception("%s failed unexpectedly; it will be tried again", name)
        else:
            self._say(name, report)

    def _say(self, name: str, report: Report | None) -> None:
        """Log what a step said, but for what it said the last time too."""
        if report is None:
            return
        well = logging.DEBUG if self._quiet else logging.INFO
        level = well if report.ok else logging.WARNING
        lines = report.lines()
        for line in lines:
            if line not in self._said.get(name, ()):
                log.log(level, "%s", line)
        self._said[name] = lines


def _resume(app: App) -> None:
    """Resume the readers whose pause is over."""
    count = choosing.resume_due(app.store, clock=app.clock)
    if count:
        log.info("readers resumed count=%d", count)


def _compose(app: App) -> Report:
    return tick(app.store, app.press, app.settings.newsletter, clock=app.clock)


def _ask(app: App) -> Report:
    letters = app.settings.newsletter
    return proofing.ask(app.store, app.press, app.tokens, letters, clock=app.clock)


def _plan(app: App) -> Report:
    return plan_ready(app.store, app.press, app.settings.newsletter, clock=app.clock)


def _remind(app: App) -> Report:
    return bounce_reminders.remind(
        app.store, app.press, app.tokens, app.settings.newsletter, clock=app.clock
    )


def _keep_hubs(app: App) -> None:
    push.keep_up(
        app.store,
        app.settings.source,
        app.submit,
        site_url=app.settings.site.url,
        clock=app.clock,
    )


def _watch(app: App) -> Report:
    return alerts.watch(
        app.store,
        app.press,
        app.tokens,
        app.settings,
        app.post,
        relays=app.relays,
        clock=app.clock,
    )
