"""APScheduler as the alarm clock, not the memory.

Every job does one thing: wake the cycle, which settles all slots since the last
settled one. A lost, late or doubled wake-up therefore changes nothing; a tick
every 30 seconds makes even a suspended machine whole again.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from dispatch.compose import due
from dispatch.model import NewsletterSettings

TICK_SECONDS = 30
AHEAD = timedelta(minutes=5)

Wake = Callable[[], None]


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """Fires at a newsletter's slots, or some time `before` them.

    APScheduler's own CronTrigger skips a daily 00:15 at spring-forward and fires
    twice in autumn; `compose.due` names every local moment exactly once.
    """

    def __init__(
        self, schedule: str, timezone: str, *, before: timedelta = timedelta(0)
    ) -> None:
        self._schedule = schedule
        self._timezone = timezone
        self._before = before

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime:
        """Return when to fire for the first slot after the previous one, or now."""
        last = (previous_fire_time or now) + self._before
        return due.next_slot(self._schedule, self._timezone, last) - self._before


class Scheduler:
    """Calls `slot` at every slot of every newsletter, and `tick` every 30 seconds.

    Calls `slot` five minutes before each slot too: so the sources are asked in good
    time, and servers that have many of them one after the other. So it does before
    editors are shown a proof.
    """

    def __init__(self, *, slot: Wake, tick: Wake) -> None:
        self._slot = slot
        self._tick = tick
        self._jobs = BackgroundScheduler(
            timezone=UTC,
            # Late is better than never, and once is enough: the cycle catches up.
            job_defaults={
                "misfire_grace_time": None,
                "coalesce": True,
                "max_instances": 1,
            },
        )

    def start(self, newsletters: Sequence[NewsletterSettings]) -> None:
        """Start waking."""
        self.plan(newsletters)
        self._jobs.start()

    def plan(self, newsletters: Sequence[NewsletterSettings]) -> None:
        """Replace all jobs by those of `newsletters`."""
        self._jobs.remove_all_jobs()
        every = IntervalTrigger(seconds=TICK_SECONDS, timezone=UTC)
        self._add("tick", every, self._tick)
        for letter in newsletters:
            for name, before in _moments(letter):
                self._add(
                    f"newsletter:{letter.name}{name}",
                    SlotTrigger(letter.schedule, letter.timezone, before=before),
                    self._slot,
                )

    def stop(self) -> None:
        """Stop waking; a wake-up under way is not waited for."""
        self._jobs.shutdown(wait=False)

    def _add(self, name: str, trigger: Any, wake: Wake) -> None:
        self._jobs.add_job(wake, trigger, id=name, replace_existing=True)


def _moments(letter: NewsletterSettings) -> list[tuple[str, timedelta]]:
    """Return how long before a slot we are woken for it, and what each is called."""
    moments = [("", timedelta(0)), (":before", AHEAD)]
    if letter.proof_to:
        asked = letter.proof
        moments += [(":proof", asked), (":before-proof", asked + AHEAD)]
    return moments
