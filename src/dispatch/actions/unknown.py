"""Decide about deliveries in doubt: the dot may have left, no answer was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.errors import UsageError
from dispatch.model import Doubt
from dispatch.store import Store, Tx, issues, mailings, unknown
from dispatch.text import address


@dataclass(frozen=True, slots=True)
class UnknownReport:
    """The deliveries in doubt, and how many of them were decided just now."""

    doubts: tuple[Doubt, ...]
    decided: int = 0
    verb: str = ""
    waiting: int = 0  # of those asked for: their answer may still come

    @property
    def ok(self) -> bool:
        """Whether all that was asked for could be done."""
        return not self.waiting

    def lines(self) -> list[str]:
        """Say it in sentences; addresses are masked."""
        lines = [f"{_deliveries(self.decided)} {self.verb}."] if self.verb else []
        if self.waiting:
            lines.append(
                f"{_deliveries(self.waiting)} may still be answered: try again when "
                "their lease has ended."
            )
        if not self.verb:
            lines += [_line(doubt) for doubt in self.doubts]
            lines = lines or ["Nothing is in doubt."]
        return lines

    def to_json(self) -> dict[str, object]:
        """Say it to a machine; addresses are masked."""
        return {
            "decided": self.decided,
            "waiting": self.waiting,
            "unknown": [_json(doubt) for doubt in self.doubts],
        }


def listed(store: Store, *, issue: str = "") -> UnknownReport:
    """Return what is in doubt, of one issue or of all."""
    return UnknownReport(_doubts(store, issue))


def resend(
    store: Store, *, issue: str = "", deliveries: Sequence[int] = ()
) -> UnknownReport:
    """Send these once more, with the same bytes and Message-ID.

    Their readers may get the message twice. A delivery whose answer may still come
    is left alone.
    """
    chosen = _chosen(store, issue, deliveries)
    decided = store.write(lambda tx: unknown.resend(tx, chosen))
    left = _doubts(store, issue)
    waiting = sum(doubt.delivery in chosen for doubt in left)
    return UnknownReport(left, decided, "queued again", waiting)


def close(
    store: Store, *, issue: str = "", deliveries: Sequence[int] = ()
) -> UnknownReport:
    """Leave these as they are for good; their readers may have got nothing."""
    chosen = _chosen(store, issue, deliveries)

    def unit(tx: Tx) -> int:
        count = unknown.close(tx, chosen)
        mailings.finish(tx)
        return count

    decided = store.write(unit)
    return UnknownReport(_doubts(store, issue), decided, "closed")


def _chosen(store: Store, issue: str, deliveries: Sequence[int]) -> frozenset[int]:
    """Return the deliveries asked for; all in doubt when none are named."""
    there = frozenset(doubt.delivery for doubt in _doubts(store, issue))
    missing = sorted(set(deliveries) - there)
    if missing:
        raise UsageError(f"Delivery {missing[0]} is not in doubt.")
    return frozenset(deliveries) or there


def _doubts(store: Store, issue: str) -> tuple[Doubt, ...]:
    with store.read() as tx:
        if issue and issues.by_id(tx, issue) is None:
            raise UsageError(f"There is no issue {issue!r}.")
        return unknown.listed(tx, issue=issue)


def _line(doubt: Doubt) -> str:
    what = f"issue {doubt.issue}" if doubt.issue else "a single mail"
    return (
        f"Delivery {doubt.delivery} of {what} to {address.mask(doubt.recipient)}, "
        f"since {doubt.dot_at:%Y-%m-%d %H:%M} UTC: {doubt.reason}."
    )


def _json(doubt: Doubt) -> dict[str, object]:
    return {
        "delivery": doubt.delivery,
        "issue": doubt.issue,
        "newsletter": doubt.newsletter,
        "recipient": address.mask(doubt.recipient),
        "reason": doubt.reason,
        "resends": doubt.resends,
        "dot_at": doubt.dot_at.isoformat(),
        "lease_until": doubt.lease_until.isoformat(),
    }


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"
