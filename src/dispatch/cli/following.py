"""Show on a terminal how far issues have come, while they are being sent."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from zoneinfo import ZoneInfo

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as Bars,
    TaskID,
    TextColumn,
)

from dispatch.actions.operations import progress
from dispatch.actions.operations.progress import Progress
from dispatch.cli import output
from dispatch.errors import StoreError
from dispatch.store import Store

EVERY = 0.5  # seconds
SHARE = 10  # a look at a million rows takes its time: wait so many times as long
QUIET = ("accepted", "pending", "claimed", "dot", "planned")


def sentence(seen: Progress, zone: str) -> str:
    """Say in a line how an issue fares beyond the bar."""
    tally = seen.tally
    parts = [f"{tally.accepted:,} accepted"]
    for name in ("deferred", "rejected", "skipped", "expired", "unknown"):
        number = getattr(tally, name)
        parts += [f"{number:,} {name}"] if number else []
    if seen.moving and seen.speed.per_second:
        parts.append(f"{seen.speed.per_second:,.0f}/s")
    if seen.done_at:
        parts.append(f"done {seen.done_at.astimezone(ZoneInfo(zone)):%H:%M:%S}")
    if seen.issue.canary:
        parts.append("the rest waits for the canary")
    elif not seen.moving:
        parts.append(seen.issue.state.value)
    return " · ".join(parts)


def follow(store: Store, issue: str, zone: str) -> Progress:
    """Show one issue until nothing more happens by itself; return how it stands.

    Ctrl-C ends the looking, not the sending.
    """
    wait = threading.Event()
    with _bars(hidden=False) as bars:
        shown = _Shown(bars, store, zone)
        while (seen := shown.look(issue)).moving:
            wait.wait(shown.pause)
    return seen


@contextmanager
def while_delivering(store: Store, zone: str, *, quiet: bool) -> Iterator[None]:
    """Show every issue that is sent during the block, if a terminal is watching."""
    with _bars(hidden=quiet) as bars:
        if bars.disable:
            yield
            return
        ended = threading.Event()
        shown = _Shown(bars, store, zone)
        shown.look_at_all()
        thread = threading.Thread(target=shown.run, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _bars(*, hidden: bool) -> Bars:
    console = output.console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
    )
    return Bars(
        *columns,
        console=console,
        transient=True,
        disable=hidden or not console.is_terminal,
    )


class _Shown:
    """The bars of the issues that were seen under way."""

    def __init__(self, bars: Bars, store: Store, zone: str) -> None:
        self._bars = bars
        self._store = store
        self._zone = zone
        self._tasks: dict[str, TaskID] = {}
        self.pause = EVERY  # before the next look: counting must not slow the sending

    def run(self, ended: threading.Event) -> None:
        """Look again and again until told to end; a last look comes after."""
        while not ended.wait(self.pause):
            self.look_at_all()
        self.look_at_all()

    def look_at_all(self) -> None:
        """Bring the bars of all issues up to date that were seen under way."""
        began = time.monotonic()
        with suppress(StoreError):  # whoever delivers says so
            for issue in {*self._tasks, *progress.under_way(self._store)}:
                self.look(issue)
        self.pause = max(EVERY, SHARE * (time.monotonic() - began))

    def look(self, issue: str) -> Progress:
        """Bring one issue's bar up to date."""
        began = time.monotonic()
        seen = progress.look(self._store, issue)
        self.pause = max(EVERY, SHARE * (time.monotonic() - began))
        if issue not in self._tasks:
            self._tasks[issue] = self._bars.add_task(issue, total=None, said="")
        self._bars.update(
            self._tasks[issue],
            total=seen.tally.planned,
            completed=seen.tally.settled + seen.tally.unknown,
            said=sentence(seen, self._zone),
        )
        return seen
