"""How each relay stands, in words: what waits, what it waits for, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.actions.delivery import pacing as limits_of
from dispatch.actions.delivery.pacing import Limits
from dispatch.deliver import eta, pace
from dispatch.deliver.eta import Estimate, Load, Quota
from dispatch.deliver.route import Routes
from dispatch.model import RelaySettings
from dispatch.store import Tx, pacing, relays, tallies, waiting
from dispatch.store.relays import RelayState, Rest
from dispatch.store.waiting import Heap

UNKNOWN = Estimate()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A domain that takes nothing of ours through this relay, and its rest."""

    domain: str
    rest: Rest


@dataclass(frozen=True, slots=True)
class RelayLine:
    """One relay. `accepted` of `planned` count the issues that it is sending."""

    name: str
    where: str
    at: datetime
    zone: str
    waiting: int = 0
    planned: int = 0
    accepted: int = 0
    rest: Rest | None = None
    waits_until: datetime | None = None
    waits_for: str = ""
    estimate: Estimate = UNKNOWN
    gives_up_at: datetime | None = None
    domains: tuple[Refusal, ...] = ()
    issues: tuple[str, ...] = ()
    stand_in: str = ""  # the relay that has its mail, while it is down
    lent: tuple[str, ...] = ()  # the issues whose mail that is

    @property
    def well(self) -> bool:
        """Whether nobody refuses us."""
        troubled = self.rest is not None and (self.waiting or self.stand_in)
        return not troubled and not self.domains

    def sentences(self) -> list[str]:
        """Say what is going on; nothing when nothing waits and all is well."""
        return [*filter(None, [self._own()]), *map(self._of_domain, self.domains)]

    def _own(self) -> str:
        if self.rest is not None and (self.waiting or self.stand_in):
            return self._refusing(self.rest)
        if not self.waiting:
            return ""
        told = f"Relay {self.name}: {self._books()}"
        if self.waits_until:
            return f"{told}; {self.waits_for} until {self._clock(self.waits_until)}."
        if self.estimate.done_at is None:
            return f"{told}; there is no measure yet of how fast it is."
        done = self._clock(self.estimate.done_at)
        return f"{told}; done about {done}, bound by {self.estimate.bottleneck}."

    def _refusing(self, rest: Rest) -> str:
        over = rest.until <= self.at
        next_try = (
            "it is tried again" if over else f"next try {self._clock(rest.until)}"
        )
        told = [f"Relay {self.stand_in} has its mail"] if self.stand_in else []
        told += [self._books()] if self.waiting else []
        told.append(next_try)
        if self.gives_up_at:
            told.append(f"gives up {self._clock(self.gives_up_at)}")
        return (
            f"Relay {self.name} refuses since {self._clock(rest.since)}. {rest.why} "
            f"{'; '.join(told)}."
        )

    def _books(self) -> str:
        if self.planned:
            return (
                f"{self.accepted:,} of {self.planned:,} accepted, {self.waiting:,} wait"
            )
        return f"{self.waiting:,} {'waits' if self.waiting == 1 else 'wait'}"

    def _of_domain(self, one: Refusal) -> str:
        return (
            f"{one.domain} refuses our mail through relay {self.name} since "
            f"{self._clock(one.rest.since)} ({one.rest.why}); it is asked again "
            f"{self._clock(one.rest.until)}. Nobody was removed."
        )

    def _clock(self, moment: datetime) -> str:
        """Return the time in the publication's zone, with the day if it is another."""
        zone = ZoneInfo(self.zone)
        local, today = moment.astimezone(zone), self.at.astimezone(zone)
        same = local.date() == today.date()
        return f"{local:%H:%M}" if same else f"{local:%Y-%m-%d %H:%M}"


def lines(
    tx: Tx, used: Sequence[RelaySettings], routes: Routes, *, zone: str
) -> tuple[RelayLine, ...]:
    """Return how each relay in use stands, from one view of the store."""
    down = relays.down(tx)
    mine: dict[str, list[Heap]] = {relay.name: [] for relay in used}
    lent: dict[str, list[tuple[str, Heap]]] = {}
    for heap in waiting.heaps(tx):
        at_home = routes.relay_of(heap.newsletter, heap.sender)
        name = routes.relay_of(heap.newsletter, heap.sender, down=down)
        mine.setdefault(name, []).append(heap)
        if name != at_home:
            lent.setdefault(at_home, []).append((name, heap))
    return tuple(
        _line(tx, relay, mine[relay.name], lent.get(relay.name, ()), zone=zone)
        for relay in used
    )


def of_issue(
    tx: Tx, used: Sequence[RelaySettings], routes: Routes, issue: str, *, zone: str
) -> tuple[RelayLine, ...]:
    """Return the relays that an issue waits for."""
    return tuple(
        one
        for one in lines(tx, used, routes, zone=zone)
        if issue in one.issues or issue in one.lent
    )


def _line(
    tx: Tx,
    relay: RelaySettings,
    heaps: Sequence[Heap],
    lent: Sequence[tuple[str, Heap]],
    *,
    zone: str,
) -> RelayLine:
    now = tx.now()
    state = relays.state(tx, relay.name)
    limits = limits_of.limits(relay, zone=zone)
    issues = _issues(heaps)
    books = [tallies.of_issue(tx, issue) for issue in issues]
    count = sum(heap.waiting for heap in heaps)
    until, why = _waits(tx, limits, heaps, now)
    return RelayLine(
        name=relay.name,
        where=relay.where,
        at=now,
        zone=zone,
        waiting=count,
        planned=sum(one.planned for one in books),
        accepted=sum(one.accepted for one in books),
        rest=state.rest,
        waits_until=until,
        waits_for=why,
        estimate=eta.estimate(_load(tx, relay, limits, state, heaps), now=now),
        gives_up_at=max((h.expires_at for h in heaps if h.expires_at), default=None),
        domains=tuple(
            Refusal(domain, one.rest)
            for domain, one in sorted(relays.troubled(tx, relay.name).items())
            if one.rest and one.resting(now)
        ),
        issues=issues,
        stand_in=lent[0][0] if lent else "",
        lent=_issues([heap for _, heap in lent]),
    )


def _issues(heaps: Sequence[Heap]) -> tuple[str, ...]:
    return tuple(sorted({heap.issue for heap in heaps if heap.issue}))


def _waits(
    tx: Tx, limits: Limits, heaps: Sequence[Heap], now: datetime
) -> tuple[datetime | None, str]:
    """Return until when nothing may go, and why, if it is longer than a moment."""
    first = min((heap.first_at for heap in heaps), default=now)
    if first > now + timedelta(seconds=pace.BURST):
        return first, "all of it is put off"
    hours = limits.quiet_until(now)
    if hours:
        return hours, "it is quiet"
    grant = limits_of.peek(tx, limits)
    if grant.count or grant.seconds <= pace.BURST:
        return None, ""
    return grant.until, f"it waits for {grant.why}"


def _load(
    tx: Tx,
    relay: RelaySettings,
    limits: Limits,
    state: RelayState,
    heaps: Sequence[Heap],
) -> Load:
    now = tx.now()
    rates = {f"the rate {rate}": rate.per_second for rate in limits.paces}
    ceiling = limits_of.ceiling_of(state, now)
    if ceiling:
        rates[limits_of.throttled(ceiling)] = ceiling.per_second
    quotas = limits.quotas_on(now)
    longest = max((quota.seconds for quota in quotas), default=0)
    used = (
        pacing.used(tx, relay.name, since=pace.minute(now) - longest // pace.MINUTE)
        if quotas
        else {}
    )
    return Load(
        waiting=sum(heap.waiting for heap in heaps),
        connections=relay.connections,
        latency=state.latency,
        paces=tuple(rates.items()),
        quotas=tuple(
            Quota(
                one,
                pace.left(one, used, now=now),
                pace.left_at(one, used, now=now),
            )
            for one in quotas
        ),
        queues=pacing.queues(tx, relay.name),
        starts_at=state.rest.until if state.rest else None,
        last_at=max((heap.last_at for heap in heaps), default=None),
        hours=limits.hours,
        zone=limits.zone,
    )
