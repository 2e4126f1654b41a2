"""Keep to a rate: a token bucket for every limit, all of which must agree.

Pure but for the time it is told: monotonic seconds. Each process keeps its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
RATE = re.compile(r"([1-9]\d{0,8})/([smhd])")
BURST = 2.0  # seconds' worth that may go at once


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` messages in `seconds`."""

    count: int
    seconds: int

    @property
    def per_second(self) -> float:
        """The steady flow it allows."""
        return self.count / self.seconds

    @property
    def burst(self) -> float:
        """How much may go at once: two seconds' worth, and at least one message."""
        return max(1.0, self.per_second * BURST)


def parse(text: str) -> Rate:
    """Read "14/s", "600/m", "3000/h" or "50000/d"; ValueError says what it is not."""
    found = RATE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no rate: write for example 14/s or 50000/d.")
    return Rate(int(found[1]), SECONDS[found[2]])


class Pace:
    """Hands out the right to send. Not thread-safe: its owner holds a lock."""

    def __init__(self, rates: Sequence[Rate], *, now: float) -> None:
        self._rates = tuple(rates)
        self._levels = [rate.burst for rate in self._rates]
        self._filled = now

    def take(self, most: int, *, now: float) -> int:
        """Take up to `most` tokens at monotonic second `now`; 0 when none is there."""
        if not self._rates:
            return most
        self._fill(now)
        taken = min(most, int(min(self._levels)))
        self._levels = [level - taken for level in self._levels]
        return taken

    def give_back(self, count: int) -> None:
        """Return tokens that were not used."""
        self._levels = [
            min(rate.burst, level + count)
            for rate, level in zip(self._rates, self._levels, strict=True)
        ]

    def wait(self) -> float:
        """Return the seconds until the next token, as of the last `take`."""
        waits = [
            max(0.0, 1.0 - level) / rate.per_second
            for rate, level in zip(self._rates, self._levels, strict=True)
        ]
        return max(waits, default=0.0)

    def _fill(self, now: float) -> None:
        passed, self._filled = max(0.0, now - self._filled), now
        self._levels = [
            min(rate.burst, level + passed * rate.per_second)
            for rate, level in zip(self._rates, self._levels, strict=True)
        ]
