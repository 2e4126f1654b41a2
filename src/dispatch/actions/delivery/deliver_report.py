"""What a delivery round came to, in sentences for people and numbers for machines."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.actions.delivery.turns import Wait
from dispatch.model import DeliveryState

STATES = (
    (DeliveryState.ACCEPTED, "accepted"),
    (DeliveryState.DEFERRED, "to be tried again later"),
    (DeliveryState.PENDING, "put back"),
    (DeliveryState.REJECTED, "refused for good"),
    (DeliveryState.SKIPPED, "not sent because the reader left or was suppressed"),
    (DeliveryState.EXPIRED, "expired"),
    (DeliveryState.UNKNOWN, "unknown: no answer came after the final dot"),
)


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """What a delivery round came to. `counts` is by delivery state."""

    at: datetime
    counts: Counter[str] = field(default_factory=Counter)
    waiting: int = 0  # deliveries still to be tried
    next_at: datetime | None = None  # when the first of them may be
    unknown: int = 0  # in doubt since earlier, or now
    relay_error: str = ""
    resting_until: datetime | None = None  # the relay is left alone until then
    wait: Wait | None = None  # for a rate
    failure: str = ""
    zone: str = "UTC"  # the publication's, for its operators

    @property
    def ok(self) -> bool:
        """Whether the relay and the database did their part."""
        return not self.relay_error and not self.failure

    @property
    def accepted(self) -> int:
        """How many messages the relay took responsibility for."""
        return self.counts[DeliveryState.ACCEPTED]

    @property
    def tried(self) -> int:
        """How many messages a limit counts."""
        return sum(self.counts.values()) - self.counts[DeliveryState.SKIPPED]

    def lines(self) -> list[str]:
        """Say it in sentences; nothing at all when there was nothing to do."""
        lines = [
            f"{_messages(self.counts[state])} {words}."
            for state, words in STATES
            if self.counts[state]
        ]
        lines += [line for line in (self.relay_error, self.failure) if line]
        if self.resting_until and self.waiting:
            until = self._local(self.resting_until)
            lines.append(f"The relay is left alone until {until}.")
        if self.wait and self.waiting:
            until = self._local(self.wait.until)
            lines.append(f"Nothing goes before {until}: {self.wait.why}.")
        if lines and self.waiting:
            lines.append(f"{_messages(self.waiting)} waiting{self._first()}.")
        return lines

    def _first(self) -> str:
        """Say from when on, unless something above holds all of it up."""
        later = self.next_at is not None and self.next_at > self.at
        if self.next_at is None or not later or self.resting_until or self.wait:
            return ""
        return f"; the first of them goes from {self._local(self.next_at)} on"

    def _local(self, moment: datetime) -> str:
        here = moment.astimezone(ZoneInfo(self.zone))
        return f"{here:%Y-%m-%d %H:%M:%S} {self.zone}"

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        counted = {state.value: self.counts[state] for state, _ in STATES}
        return {
            "at": self.at.isoformat(),
            **counted,
            "waiting": self.waiting,
            "next_at": self.next_at.isoformat() if self.next_at else None,
            "in_doubt": self.unknown,
            "relay_error": self.relay_error,
            "resting_until": (
                self.resting_until.isoformat() if self.resting_until else None
            ),
            "waits_until": self.wait.until.isoformat() if self.wait else None,
            "waits_for": self.wait.why if self.wait else "",
            "failure": self.failure,
        }


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
