"""Take everything out again: a CSV of subscriptions, or a folder with all there is.

Files can be read by their owner alone, and appear whole or not at all.
"""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from dispatch.errors import UsageError
from dispatch.model import Standing
from dispatch.store import Store, Tx, dump, subscribers
from dispatch.text import plain

HEADER = (
    "Email Address",
    "Name",
    "Newsletter",
    "Status",
    "Suppressed",
    "Topics",
    "Format",
    "Cadence",
    "Languages",
    "Paused until",
    "Subscribed at",
    "Confirmed at",
    "Confirmed IP",
    "Consent",
    "Consent text",
)
# Spreadsheets run what starts with one of these. An apostrophe in front stops them,
# and `dispatch import` takes it off again.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
PAGE = 500


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Which files were written, and how many rows each has."""

    rows: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Always: what cannot be written raises UsageError."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return [
            f"{name}: {plain.count(count, 'row')}." for name, count in self.rows.items()
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"files": dict(self.rows)}


def export_csv(store: Store, path: Path, *, newsletter: str = "") -> ExportReport:
    """Write the subscriptions of a newsletter, or of all, to a CSV file.

    Raises UsageError if it cannot be written; what was there before is then intact.
    """
    with store.read() as tx:
        count = write_whole(path, lambda file: _csv(file, tx, newsletter))
    return ExportReport({str(path): count})


def export_all(store: Store, folder: Path) -> ExportReport:
    """Write everything worth keeping to a folder, all as of one moment.

    `subscribers.csv` is for people and other programs; the .jsonl files have every
    column, one JSON object a line. Suppressions are hashes under the secret key.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}.") from error
    written: dict[str, int] = {}
    with store.read() as tx:
        path = folder / "subscribers.csv"
        written[str(path)] = write_whole(path, lambda file: _csv(file, tx, ""))
        for name in dump.TABLES:
            path = folder / f"{name}.jsonl"
            written[str(path)] = write_whole(path, partial(_json, tx=tx, name=name))
    return ExportReport(written)


def _csv(file: TextIO, tx: Tx, newsletter: str) -> int:
    return write_rows(file, HEADER, map(_cells, _standings(tx, newsletter)))


def write_rows(
    file: TextIO, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    """Write rows one by one, none of which a spreadsheet will run; return how many."""
    writer = csv.writer(file)
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([_guarded(cell) for cell in row])
        count += 1
    return count


def _json(file: TextIO, *, tx: Tx, name: str) -> int:
    count = 0
    for count, line in enumerate(dump.lines(tx, name), start=1):  # noqa: B007 - the last one is the result
        file.write(line + "\n")
    return count


def _standings(tx: Tx, newsletter: str) -> Iterator[Standing]:
    """Yield everybody who has not been erased."""
    after = 0
    while page := subscribers.listing(tx, newsletter, after=after, limit=PAGE):
        yield from (one for one in page if one.subscriber.address)
        after = page[-1].subscription.id


def _cells(standing: Standing) -> tuple[str, ...]:
    tie, person = standing.subscription, standing.subscriber
    return (
        person.address,
        person.name,
        tie.newsletter,
        tie.state,
        standing.suppression or "",
        ", ".join(tie.topics),
        tie.format,
        tie.cadence,
        ", ".join(tie.languages),
        _moment(tie.paused_until),
        _moment(tie.created_at),
        _moment(tie.confirmed_at),
        tie.consent.ip,
        tie.consent.source,
        tie.consent.text,
    )


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def write_whole(path: Path, fill: Callable[[TextIO], int]) -> int:
    """Write a file beside its place and move it there; return what `fill` returned."""
    part = ""
    try:
        # mkstemp's files are for their owner alone.
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            count = fill(file)
        Path(part).replace(path)
    except OSError as error:
        if part:
            Path(part).unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written: {error.strerror}.") from error
    return count
