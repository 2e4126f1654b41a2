"""Decide about deliveries in doubt: the dot may have left, no answer was recorded."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.errors import UsageError
from dispatch.model import Doubt
from dispatch.store import Store, Tx, issues, tallies, unknown
from dispatch.text import address

PAGE = 1000  # rows of one read, and of one unit
DECIDE = (
    "What waits for you: dispatch unknown resend sends it once more, dispatch unknown "
    "close leaves it; dispatch issue export names the readers."
)


@dataclass(frozen=True, slots=True)
class UnknownReport:
    """The deliveries in doubt, and how many of them were decided just now."""

    doubts: tuple[Doubt, ...]
    decided: int = 0
    verb: str = ""
    waiting: int = 0  # of those asked for: their answer may still come
    superseded: int = 0  # of those asked for: their issue was replaced
    answered_by: datetime | None = None  # until then an answer to those may come
    zone: str = "UTC"  # the publication's, for its operators

    @property
    def ok(self) -> bool:
        """Whether all that was asked for could be done."""
        return not self.waiting and not self.superseded

    def lines(self) -> list[str]:
        """Say it in sentences; addresses are masked."""
        lines = [f"{_deliveries(self.decided)} {self.verb}."] if self.verb else []
        if self.waiting:
            lines.append(
                f"{_deliveries(self.waiting)} may still be answered: try again after "
                f"{self._local(self.answered_by)}."
            )
        if self.superseded:
            lines.append(
                f"{_deliveries(self.superseded)} of a version that was replaced: it is "
                "not sent again. Tell their readers with `dispatch issue correct`, "
                "or close them."
            )
        if not self.verb:
            lines += [self._line(doubt) for doubt in self.doubts]
            lines += [DECIDE] if any(map(_undecided, self.doubts)) else []
            lines = lines or ["Nothing is in doubt."]
        return lines

    def _line(self, doubt: Doubt) -> str:
        what = f"issue {doubt.issue}" if doubt.issue else "a single mail"
        return (
            f"Delivery {doubt.delivery} of {what} to {address.mask(doubt.recipient)}, "
            f"since {self._local(doubt.dot_at)}: {doubt.reason}. {self._next(doubt)}"
        )

    def _next(self, doubt: Doubt) -> str:
        """Say what becomes of it."""
        if doubt.superseded:
            return "Its issue was replaced: it is not sent again."
        if doubt.sent_again:
            return f"It is sent once more after {self._local(doubt.lease_until)}."
        before = "It was sent once more; now it" if doubt.resends else "It"
        return f"{before} waits for you."

    def _local(self, moment: datetime | None) -> str:
        if moment is None:
            return "a while"
        here = moment.astimezone(ZoneInfo(self.zone))
        return f"{here:%Y-%m-%d %H:%M} {self.zone}"

    def to_json(self) -> dict[str, object]:
        """Say it to a machine; addresses are masked."""
        return {
            "decided": self.decided,
            "waiting": self.waiting,
            "superseded": self.superseded,
            "unknown": [_json(doubt) for doubt in self.doubts],
        }


def listed(store: Store, *, issue: str = "", zone: str = "UTC") -> UnknownReport:
    """Return what is in doubt, of one issue or of all."""
    found: list[Doubt] = []
    with store.read() as tx:
        if issue and issues.by_id(tx, issue) is None:
            raise UsageError(f"There is no issue {issue!r}.")
        after = 0
        while page := unknown.listed(tx, issue=issue, after=after, most=PAGE):
            found += page
            after = page[-1].delivery
    return UnknownReport(tuple(found), zone=zone)


def resend(
    store: Store,
    *,
    issue: str = "",
    deliveries: Sequence[int] = (),
    zone: str = "UTC",
) -> UnknownReport:
    """Send these once more, with the same bytes and Message-ID.

    Their readers may get the message twice. A delivery whose answer may still come
    is left alone; so is one whose issue was replaced since.
    """
    decided, chosen = _decide(store, issue, deliveries, unknown.resend)
    left = listed(store, issue=issue).doubts
    still = [doubt for doubt in left if doubt.delivery in chosen]
    waiting = [doubt for doubt in still if not doubt.superseded]
    return UnknownReport(
        left,
        decided,
        "queued again",
        waiting=len(waiting),
        superseded=len(still) - len(waiting),
        answered_by=max((doubt.lease_until for doubt in waiting), default=None),
        zone=zone,
    )


def close(
    store: Store, *, issue: str = "", deliveries: Sequence[int] = ()
) -> UnknownReport:
    """Leave these as they are for good; their readers may have got nothing."""

    def unit(tx: Tx, chosen: Collection[int]) -> int:
        count = unknown.close(tx, chosen)
        tallies.finish(tx)  # it may have been the last that was open
        return count

    decided, _ = _decide(store, issue, deliveries, unit)
    return UnknownReport(listed(store, issue=issue).doubts, decided, "closed")


def _decide(
    store: Store,
    issue: str,
    deliveries: Sequence[int],
    decide: Callable[[Tx, Collection[int]], int],
) -> tuple[int, frozenset[int]]:
    """Decide about those asked for, or all in doubt; return how many, and which."""
    there = frozenset(doubt.delivery for doubt in listed(store, issue=issue).doubts)
    missing = sorted(set(deliveries) - there)
    if missing:
        raise UsageError(f"Delivery {missing[0]} is not in doubt.")
    chosen = sorted(frozenset(deliveries) or there)
    decided = 0
    for start in range(0, len(chosen), PAGE):
        page = chosen[start : start + PAGE]
        decided += store.write(lambda tx, page=page: decide(tx, page))  # type: ignore[misc]
    return decided, frozenset(chosen)


def _undecided(doubt: Doubt) -> bool:
    return not doubt.superseded and not doubt.sent_again


def _json(doubt: Doubt) -> dict[str, object]:
    return {
        "delivery": doubt.delivery,
        "issue": doubt.issue,
        "newsletter": doubt.newsletter,
        "recipient": address.mask(doubt.recipient),
        "reason": doubt.reason,
        "resends": doubt.resends,
        "superseded": doubt.superseded,
        "sent_again": doubt.sent_again,
        "dot_at": doubt.dot_at.isoformat(),
        "lease_until": doubt.lease_until.isoformat(),
    }


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count} deliveries"
