"""Take of a relay's rates before anything is claimed, and sift what was by domain.

What was taken and not used is given back; what a crash takes with it counts as used,
which is the safe side. Every function runs inside the transaction of the claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from dispatch.deliver import pace, quiet, ramp, throttle
from dispatch.deliver.pace import Rate
from dispatch.model import Claim, RelaySettings
from dispatch.store import Tx, deliveries, pacing, relays
from dispatch.store.pacing import Queue
from dispatch.store.relays import RelayState
from dispatch.text import address

CEILING = "ceiling"  # the bucket of a relay that asked us to be slower
ANY = "*"
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Grant:
    """How many messages may be claimed; for none, from when on, and what forbids it."""

    count: int
    until: datetime | None = None
    why: str = ""
    seconds: float = 0.0  # until then, by the store's clock


@dataclass(frozen=True, slots=True)
class Limits:
    """What a relay's settings allow, read once. `zone` is the publication's."""

    relay: str
    paces: tuple[Rate, ...] = ()
    quotas: tuple[Rate, ...] = ()
    domains: Mapping[str, Rate] | None = None
    hours: quiet.Quiet | None = None
    zone: str = "UTC"
    warm_up_days: int = 0
    warm_up_start: date | None = None
    warm_up_first: int = 0

    def quotas_on(self, now: datetime) -> tuple[Rate, ...]:
        """Return the quotas of this day; while it warms up there is a smaller one."""
        if not self.warm_up_days or self.warm_up_start is None:
            return self.quotas
        target = min(q.count for q in self.quotas if q.seconds == pace.SECONDS["d"])
        today = now.astimezone(ZoneInfo(self.zone)).date()
        allowed = ramp.allowance(
            first=self.warm_up_first,
            target=target,
            days=self.warm_up_days,
            day=ramp.day_of(self.warm_up_start, today),
        )
        if allowed is None:
            return self.quotas
        return (*self.quotas, Rate(allowed, pace.SECONDS["d"]))

    def quiet_until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours end, if these are some."""
        return quiet.until(self.hours, self.zone, now=now)

    def of_domain(self, domain: str) -> Rate | None:
        """Return the pace that is set for a domain."""
        domains = self.domains or {}
        return domains.get(domain) or domains.get(ANY)


def limits(relay: RelaySettings, *, zone: str) -> Limits:
    """Read the settings of `relay`."""
    rates = [pace.parse(text) for text in relay.rate]
    split = [text.split() for text in relay.domain_rates]
    start = date.fromisoformat(relay.warm_up_start) if relay.warm_up_start else None
    return Limits(
        relay=relay.name,
        paces=tuple(rate for rate in rates if not rate.quota),
        quotas=tuple(rate for rate in rates if rate.quota),
        domains={domain.lower(): pace.parse(rate) for domain, rate in split},
        hours=quiet.parse(relay.quiet),
        zone=zone,
        warm_up_days=relay.warm_up.days,
        warm_up_start=start,
        warm_up_first=relay.warm_up_first,
    )


def ceiling_of(state: RelayState, now: datetime) -> Rate | None:
    """Return the pace that was imposed when it was too fast, grown since; or None."""
    if not state.ceiling or state.ceiling_at is None:
        return None
    since = now - state.ceiling_at
    grown = throttle.grown(state.ceiling, state.ceiling_was, since)
    return Rate(max(1, round(grown * THOUSAND)), THOUSAND) if grown else None


def take(tx: Tx, limits: Limits, most: int) -> Grant:
    """Take up to `most` messages, two seconds' worth at once, of every rate."""
    now = tx.now()
    state = relays.lock(tx, limits.relay)
    paces = {str(rate): rate for rate in limits.paces}
    ceiling = ceiling_of(state, now)
    if ceiling:
        paces[CEILING] = ceiling
    full = pacing.of_relay(tx, limits.relay) if paces else {}
    grant = _least(
        [
            *_of_paces(paces, full, now=now),
            *_of_quotas(tx, limits, now=now),
        ],
        most,
        now=now,
    )
    _write(tx, limits, paces, full, grant.count, now=now)
    return grant


def peek(tx: Tx, limits: Limits) -> Grant:
    """Return what `take` would give, and take nothing."""
    now = tx.now()
    state = relays.state(tx, limits.relay)
    paces = {str(rate): rate for rate in limits.paces}
    ceiling = ceiling_of(state, now)
    if ceiling:
        paces[CEILING] = ceiling
    full = pacing.of_relay(tx, limits.relay) if paces else {}
    grants = [*_of_paces(paces, full, now=now), *_of_quotas(tx, limits, now=now)]
    return _least(grants, 1, now=now)


def give_back(tx: Tx, limits: Limits, count: int) -> None:
    """Return what was taken and not used."""
    if not count:
        return
    now = tx.now()
    paces = {str(rate): rate for rate in limits.paces}
    ceiling = ceiling_of(relays.lock(tx, limits.relay), now)
    if ceiling:
        paces[CEILING] = ceiling
    full = pacing.of_relay(tx, limits.relay) if paces else {}
    _write(tx, limits, paces, full, -count, now=now)


def sift(
    tx: Tx, limits: Limits, claims: Sequence[Claim]
) -> tuple[tuple[Claim, ...], int]:
    """Put off what its domain does not take yet; return the rest, and how many went.

    Each is given an appointment of its own in the database, at the domain's pace, so
    that it is looked at once more and not again and again.
    """
    troubled = relays.troubled(tx, limits.relay)
    if not troubled and not limits.domains:
        return tuple(claims), 0
    now = tx.now()
    queues = _Queues(tx, limits, troubled, claims, now=now)
    kept = []
    for claim in claims:
        later = queues.appointment(address.domain(claim.recipient))
        if later is None:
            kept.append(claim)
        else:
            deliveries.release(tx, claim, not_before=later)
    queues.write()
    return tuple(kept), len(claims) - len(kept)


class _Queues:
    """The domains of one batch: what may go now, and when the rest may."""

    def __init__(
        self,
        tx: Tx,
        limits: Limits,
        troubled: Mapping[str, RelayState],
        claims: Sequence[Claim],
        *,
        now: datetime,
    ) -> None:
        self._tx = tx
        self._limits = limits
        self._troubled = troubled
        self._now = now
        domains = {address.domain(claim.recipient) for claim in claims}
        self._rates = {d: rate for d in domains if (rate := self._rate(d))}
        known = pacing.of_domains(tx, limits.relay, self._rates) if self._rates else {}
        self._queues = {d: known.get(d, Queue()) for d in self._rates}

    def appointment(self, domain: str) -> datetime | None:
        """Return when a message for `domain` may be tried; None for now."""
        state = self._troubled.get(domain)
        rate = self._rates.get(domain)
        start = self._now
        if state and state.rest and state.resting(self._now):
            start = state.rest.until
            if rate is None:
                return start
        if rate is None:
            return None
        queue = self._queues[domain]
        free = pace.available(rate, queue.full_at, now=self._now)
        if free and start == self._now:
            full_at = pace.taken(rate, queue.full_at, 1, now=self._now)
            self._queues[domain] = Queue(full_at, queue.queued_until)
            return None
        step = timedelta(seconds=1 / rate.per_second)
        at = max(queue.queued_until or start, start) + step
        self._queues[domain] = Queue(queue.full_at or self._now, at)
        return at

    def write(self) -> None:
        """Write the buckets and appointments down."""
        for domain, queue in self._queues.items():
            pacing.fill(
                self._tx,
                self._limits.relay,
                domain=domain,
                full_at=queue.full_at or self._now,
                queued_until=queue.queued_until,
            )

    def _rate(self, domain: str) -> Rate | None:
        """Return the slower of what is set and what was imposed."""
        state = self._troubled.get(domain)
        imposed = ceiling_of(state, self._now) if state else None
        rates = [rate for rate in (self._limits.of_domain(domain), imposed) if rate]
        return min(rates, key=lambda rate: rate.per_second, default=None)


def throttled(ceiling: Rate) -> str:
    """Say what we are bound by after a relay asked us to be slower."""
    return f"{ceiling}, since it said “too fast”"


def _of_paces(
    paces: Mapping[str, Rate], full: Mapping[str, datetime], *, now: datetime
) -> list[Grant]:
    return [
        Grant(
            pace.available(rate, full.get(key), now=now),
            pace.next_at(rate, full.get(key), now=now),
            throttled(rate) if key == CEILING else f"the rate {rate}",
        )
        for key, rate in paces.items()
    ]


def _of_quotas(tx: Tx, limits: Limits, *, now: datetime) -> list[Grant]:
    quotas = limits.quotas_on(now)
    if not quotas:
        return []
    longest = max(quota.seconds for quota in quotas)
    since = pace.minute(now) - longest // pace.MINUTE
    used = pacing.used(tx, limits.relay, since=since)
    return [
        Grant(
            pace.left(quota, used, now=now),
            pace.left_at(quota, used, now=now),
            f"the quota {quota}",
        )
        for quota in quotas
    ]


def _least(grants: Sequence[Grant], most: int, *, now: datetime) -> Grant:
    """Return what all of them allow together."""
    if not grants:
        return Grant(most)
    least = min(grants, key=lambda grant: grant.count)
    if least.count:
        return Grant(min(most, least.count))
    last = max((g for g in grants if not g.count), key=attrgetter("until"))
    seconds = (last.until - now).total_seconds() if last.until else 0.0
    return replace(last, seconds=seconds)


def _write(
    tx: Tx,
    limits: Limits,
    paces: Mapping[str, Rate],
    full: Mapping[str, datetime],
    count: int,
    *,
    now: datetime,
) -> None:
    if not count:
        return
    for key, rate in paces.items():
        at = pace.taken(rate, full.get(key), count, now=now)
        pacing.fill(tx, limits.relay, rate=key, full_at=at)
    pacing.use(tx, limits.relay, pace.minute(now), count)
