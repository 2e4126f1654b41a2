"""Write every delivery of an issue to a CSV file: the proof, for whoever asks."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from dispatch.actions.audience import exporting
from dispatch.actions.audience.exporting import ExportReport
from dispatch.deliver import queue_id
from dispatch.model import Issue
from dispatch.store import Store, fates
from dispatch.store.fates import Fate

HEADER = (
    "Delivery",
    "Recipient",
    "Mail",
    "State",
    "Reason",
    "Tries",
    "Resends",
    "Code",
    "Enhanced code",
    "Reply",
    "Queue id",
    "Planned at",
    "Dot at",
    "Settled at",
)


def export(store: Store, issue: Issue, path: Path) -> ExportReport:
    """Write an issue's deliveries, and those of its corrections, as of one moment.

    Raises UsageError if the file cannot be written; what was there is then intact.
    """

    def fill(file: TextIO) -> int:
        with store.read() as tx:
            return exporting.write_rows(
                file, HEADER, _rows(fates.of_issue(tx, issue.id))
            )

    return ExportReport({str(path): exporting.write_whole(path, fill)})


def _rows(found: Iterator[Fate]) -> Iterator[tuple[str, ...]]:
    for one in found:
        yield (
            str(one.delivery),
            one.recipient,
            one.kind,
            one.state,
            one.reason,
            str(one.tries),
            str(one.resends),
            str(one.code or ""),
            one.enhanced,
            " ".join(one.reply.split()),
            queue_id.find(one.reply) if one.state == "accepted" else "",
            _moment(one.created_at),
            _moment(one.dot_at),
            _moment(one.settled_at),
        )


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment else ""
