"""When the mail that waits will be out, and what keeps it from being sooner.

Pure: what a relay may do and what waits in, a moment and a reason out. Honest:
without a measure or a rate there is no estimate.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.deliver import quiet
from dispatch.deliver.pace import Rate
from dispatch.deliver.quiet import Quiet

NIGHTS = 1000  # quiet stretches looked at; beyond that nobody needs the day


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a quota, and when the first of what was used comes back."""

    rate: Rate
    left: int
    free_at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """What waits for a relay and what it may do. `latency` 0 is not measured."""

    waiting: int
    connections: int = 1
    latency: float = 0.0  # seconds that a message takes one connection
    paces: Sequence[tuple[str, float]] = ()  # in words, and messages a second
    quotas: Sequence[Quota] = ()
    queues: Sequence[tuple[str, datetime]] = ()  # domains, and their last appointment
    starts_at: datetime | None = None  # the relay rests until then
    last_at: datetime | None = None  # the last of what was put off is tried then
    hours: Quiet | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Estimate:
    """When all is out; None when nobody can say. `bottleneck` is what to change."""

    done_at: datetime | None = None
    bottleneck: str = ""
    per_second: float = 0.0


def estimate(load: Load, *, now: datetime) -> Estimate:
    """Say when what waits will be out, and name what it waits for most."""
    if not load.waiting:
        return Estimate(now)
    speeds = list(load.paces)
    if load.latency:
        ways = f"{load.connections} connection{'s' if load.connections > 1 else ''}"
        words = f"{ways} × {load.latency * 1000:.0f} ms"
        speeds.append((words, load.connections / load.latency))
    if not speeds:
        return _of_queues(Estimate(), load.queues)
    words, per_second = min(speeds, key=lambda speed: speed[1])
    start = max(now, load.starts_at or now)
    done_at = _after(start, load.waiting / per_second, load)
    found = Estimate(done_at, words, per_second)
    for quota in load.quotas:
        found = _of_quota(found, quota, load, start)
    return _of_queues(_of_put_off(found, load), load.queues)


def _of_quota(found: Estimate, quota: Quota, load: Load, start: datetime) -> Estimate:
    """Wait for as many windows as what is over needs."""
    over = load.waiting - quota.left
    if over <= 0 or found.done_at is None:
        return found
    windows = math.ceil(over / quota.rate.count) - 1
    span = timedelta(seconds=quota.rate.seconds)
    at = max(quota.free_at, start) + windows * span
    if at <= found.done_at:
        return found
    return Estimate(at, f"the quota {quota.rate}", found.per_second)


def _of_put_off(found: Estimate, load: Load) -> Estimate:
    """What a server put off is tried again at its time, however fast the rest goes."""
    late = load.last_at and found.done_at and load.last_at > found.done_at
    if not late:
        return found
    return Estimate(load.last_at, "what was put off", found.per_second)


def _of_queues(found: Estimate, queues: Sequence[tuple[str, datetime]]) -> Estimate:
    """A domain's last appointment may be later than all the rest."""
    for domain, until in queues:
        if found.done_at is None or until >= found.done_at:
            found = Estimate(until, f"the pace of {domain}", found.per_second)
    return found


def _after(start: datetime, seconds: float, load: Load) -> datetime:
    """Return the moment after so many seconds that are not quiet."""
    if load.hours is None:
        return start + timedelta(seconds=seconds)
    at = start
    for _ in range(NIGHTS):
        at = quiet.until(load.hours, load.zone, now=at) or at
        begins = quiet.next_begin(load.hours, load.zone, now=at)
        free = (begins - at).total_seconds()
        if seconds <= free:
            return at + timedelta(seconds=seconds)
        seconds -= free
        at = begins
    return at
