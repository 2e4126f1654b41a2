"""Keep to a rate: a pace ("14/s", "600/m") or a quota ("3000/h", "50000/d").

A pace is a token bucket whose whole state is one moment: when it will be full again.
A quota may be used up at once; what was used is counted by the minute, and a window of
an hour or a day slides over it. Pure: state and `now` in, state out. The state lives in
the store, so that a restart forgets nothing and several workers share it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
RATE = re.compile(r"([1-9]\d{0,8})/([smhd])")
BURST = 2.0  # seconds' worth that may go at once
MINUTE = 60
NEARLY = 1e-6  # of a message: what rounding may cost


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

    @property
    def quota(self) -> bool:
        """Whether it counts over a window instead of keeping a pace."""
        return self.seconds > MINUTE

    def __str__(self) -> str:
        unit = next((u for u, s in SECONDS.items() if s == self.seconds), "")
        if unit:
            return f"{self.count}/{unit}"
        return f"{self.per_second:.3g}/s"


def parse(text: str) -> Rate:
    """Read "14/s", "600/m", "3000/h" or "50000/d"; ValueError says what it is not."""
    found = RATE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no rate: write for example 14/s or 50000/d.")
    return Rate(int(found[1]), SECONDS[found[2]])


def available(rate: Rate, full_at: datetime | None, *, now: datetime) -> int:
    """Return how many messages may go now, of a bucket that is full at `full_at`."""
    return max(0, int(rate.burst - _missing(rate, full_at, now) + NEARLY))


def taken(
    rate: Rate, full_at: datetime | None, count: int, *, now: datetime
) -> datetime:
    """Return when the bucket is full again after `count` were taken, or given back."""
    missing = _missing(rate, full_at, now) + count
    return now + timedelta(seconds=missing / rate.per_second)


def next_at(rate: Rate, full_at: datetime | None, *, now: datetime) -> datetime:
    """Return when the next message may go: `now`, or later."""
    lacking = _missing(rate, full_at, now) - (rate.burst - 1)
    return now + timedelta(seconds=max(0.0, lacking / rate.per_second))


def _missing(rate: Rate, full_at: datetime | None, now: datetime) -> float:
    """Return what the bucket lacks; at most what it holds, should a clock go back."""
    if full_at is None:
        return 0.0
    lacking = (full_at - now).total_seconds() * rate.per_second
    return min(max(0.0, lacking), rate.burst)


def minute(moment: datetime) -> int:
    """Return the minute since 1970 that use is counted by."""
    return int(moment.timestamp()) // MINUTE


def left(quota: Rate, used: Mapping[int, int], *, now: datetime) -> int:
    """Return how many messages of a quota are left, by what was used in each minute."""
    return max(0, quota.count - sum(_within(quota, used, minute(now))))


def left_at(quota: Rate, used: Mapping[int, int], *, now: datetime) -> datetime:
    """Return when a message of the quota is free: `now`, or when use is old enough."""
    this = minute(now)
    over = sum(_within(quota, used, this)) - quota.count
    if over < 0:
        return now
    for counted in sorted(used):
        if this - counted > quota.seconds // MINUTE:
            continue
        over -= used[counted]
        if over < 0:
            at = (counted + quota.seconds // MINUTE + 1) * MINUTE
            return max(now, datetime.fromtimestamp(at, now.tzinfo))
    return now + timedelta(seconds=MINUTE)


def _within(quota: Rate, used: Mapping[int, int], this: int) -> Iterable[int]:
    """Yield the counts inside the window; its oldest minute counts whole."""
    oldest = this - quota.seconds // MINUTE
    return (count for at, count in used.items() if oldest <= at <= this)
