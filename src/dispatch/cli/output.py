"""How results look: sentences and tables for people, one JSON object for machines."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # the nouns take longer to import than the help to print
    from dispatch.model import Report

WIDE = 160  # columns where nobody looks: a file, a pipe

Show = Callable[[Console], None]


@dataclass(frozen=True, slots=True)
class Said:
    """The report of a command that has none of its own."""

    sentences: Sequence[str]
    data: Mapping[str, object] = field(default_factory=dict)
    ok: bool = True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return list(self.sentences)

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {**self.data, "messages": list(self.sentences)}


def finish(
    report: "Report", *, as_json: bool, show: Show | None = None, code: int = 1
) -> None:
    """Print what came of a command, and leave with `code` if something failed."""
    if as_json:
        write_json({"ok": report.ok, **report.to_json()})
    elif show is not None:
        show(console())
    else:
        say(*report.lines())
    if not report.ok:
        raise typer.Exit(code)


def write_json(value: Mapping[str, object]) -> None:
    """Print the one JSON object; ASCII, so that every terminal and pipe takes it."""
    print(json.dumps(value, indent=2))


def say(*lines: str) -> None:
    """Print sentences on standard output."""
    for line in lines:
        print(line, flush=True)


def warn(*lines: str) -> None:
    """Print sentences on standard error."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def local(moment: datetime | None, zone: str) -> str:
    """Return a moment as people of a zone say it."""
    if moment is None:
        return "never"
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} {zone}"


def console(*, stderr: bool = False) -> Console:
    """Return a console that shows texts as they are; NO_COLOR is honoured."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = WIDE
    return made


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> Table:
    """Return a plain table; a column whose heading ends in # is aligned right."""
    made = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for name in columns:
        right = name.endswith("#")
        made.add_column(
            Text(name.removesuffix("#")),
            justify="right" if right else "left",
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))
    return made
