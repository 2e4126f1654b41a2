"""Show on a terminal how far a long round over the sources has come."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from dispatch.actions.collection.collect import Starting
from dispatch.cli import output

LONG = 1.0  # seconds; a source that takes longer is worth a line of its own


@contextmanager
def visits(*, quiet: bool) -> Iterator[Starting]:
    """Show a bar on standard error while a terminal is watching.

    What is yielded is told of each visit as it starts. A source that took more than
    a second gets a line that stays.
    """
    console = output.console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        told = _Told(bar)
        yield told.starting
        told.ended()


class _Told:
    """Turns "this one starts" into "that one took so long"."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("Collecting", total=None)
        self._name = ""
        self._since = bar.get_time()

    def starting(self, name: str, number: int, total: int) -> None:
        """Note that visit `number` of `total` starts."""
        self.ended()
        self._name = name
        self._bar.update(
            self._task, description=f"Reading {name}", completed=number - 1, total=total
        )

    def ended(self) -> None:
        """Note that the visit that was going on is over."""
        now = self._bar.get_time()
        took, self._since = now - self._since, now
        if self._name and took > LONG and not self._bar.disable:
            self._bar.console.print(f"Source {self._name} took {took:.1f} s.")
        self._name = ""
