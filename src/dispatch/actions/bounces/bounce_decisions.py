"""Decide about what came back, once it is known whether it is one of many.

When more than a twentieth of a domain bounces in one issue, that is no matter of its
readers: all of it is held, and an operator decides. Everything else is decided an
hour after it came, by the reader's record. Safe to repeat and to stop.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.actions.audience import transition
from dispatch.deliver import standing
from dispatch.deliver.standing import Decision
from dispatch.model import Bounce, BounceFate, Clock, SubscriptionState
from dispatch.store import Store, Tx, bounce_records, bounces, subscribers
from dispatch.subscribe.lifecycle import Event

PATIENCE = timedelta(hours=1)
LOOK_BACK = timedelta(days=14)  # for crowds
CHUNK = 200
ON = {SubscriptionState.ACTIVE, SubscriptionState.PAUSED}


@dataclass(frozen=True, slots=True)
class DecisionReport:
    """How many readers were suspended, and how many bounces an operator must see."""

    decided: int = 0
    suspended: int = 0
    held: int = 0

    @property
    def ok(self) -> bool:
        """Whether nobody needs to look."""
        return not self.held

    def lines(self) -> list[str]:
        """Say it in sentences; nothing when nothing happened."""
        lines = []
        if self.suspended:
            readers = (
                "1 reader was" if self.suspended == 1 else f"{self.suspended} were"
            )
            lines.append(f"{readers} suspended: mail to them comes back.")
        if self.held:
            lines.append(f"{self.held} bounces are held: see `dispatch bounce list`.")
        return lines

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "decided": self.decided,
            "suspended": self.suspended,
            "held": self.held,
        }


def decide(store: Store, *, clock: Clock) -> DecisionReport:
    """Hold what is one of many, decide the rest that is an hour old."""
    now = clock.now()
    with store.read() as tx:
        crowds = [
            one
            for one in bounce_records.crowds(
                tx,
                BounceFate.OPEN,
                since=now - LOOK_BACK,
                least=standing.CROWD_LEAST,
            )
            if standing.is_crowd(one)
        ]
        waiting = bounces.open_before(tx, now - PATIENCE, limit=1)
    if not crowds and not waiting:
        return DecisionReport()

    def hold(tx: Tx) -> int:
        return sum(
            bounces.set_fate(
                tx,
                BounceFate.HELD,
                now=now,
                frm=[BounceFate.OPEN],
                issue=crowd.issue,
                domain=crowd.domain,
            )
            for crowd in crowds
        )

    held = store.write(hold) if crowds else 0
    decided, suspended = _decide_open(store, before=now - PATIENCE, now=now)
    return DecisionReport(decided, suspended, held)


def decide_held(store: Store, *, now: datetime, domain: str = "") -> tuple[int, int]:
    """Decide what is held after all; return how many, and suspensions.

    Nobody can hold it again in between: it is let go and decided in one transaction.
    """

    def unit(tx: Tx) -> tuple[int, int]:
        found = bounces.listing(tx, domain=domain, fates=[BounceFate.HELD], limit=CHUNK)
        numbers = [one.id for one in found]
        bounces.set_fate(tx, BounceFate.OPEN, now=now, numbers=numbers)
        return len(found), _decide(tx, found, now)

    return _all(store, unit)


def _decide_open(store: Store, *, before: datetime, now: datetime) -> tuple[int, int]:
    """Decide every open bounce up to a moment; return how many, and suspensions."""

    def unit(tx: Tx) -> tuple[int, int]:
        found = bounces.open_before(tx, before, limit=CHUNK)
        return len(found), _decide(tx, found, now)

    return _all(store, unit)


def _all(store: Store, unit: Callable[[Tx], tuple[int, int]]) -> tuple[int, int]:
    """Run a unit until it finds nothing more to decide; return its sums."""
    decided = suspended = 0
    while (one := store.write(unit))[0]:
        decided, suspended = decided + one[0], suspended + one[1]
    return decided, suspended


def _decide(tx: Tx, found: Collection[Bounce], now: datetime) -> int:
    suspended = 0
    numbers: dict[int | None, list[int]] = {}
    for one in found:
        numbers.setdefault(one.subscriber, []).append(one.id)
    for subscriber, mine in numbers.items():
        decision = _about(tx, subscriber, now)
        fate = BounceFate.COUNTED
        if decision.suspend and subscriber is not None:
            fate = BounceFate.SUSPENDED
            suspended += _suspend(tx, subscriber, decision.why, now)
        bounces.set_fate(tx, fate, now=now, numbers=mine)
    return suspended


def _about(tx: Tx, subscriber: int | None, now: datetime) -> Decision:
    if subscriber is None:
        return Decision(False)
    return standing.decide(bounce_records.record(tx, subscriber), now=now)


def _suspend(tx: Tx, subscriber: int, why: str, now: datetime) -> int:
    """Suspend all of somebody's subscriptions: it is the address that does not work."""
    ties = [
        one for one in subscribers.subscriptions_of(tx, subscriber) if one.state in ON
    ]
    changed = [
        transition.apply(tx, tie, Event.SUSPEND, now=now, detail=why) for tie in ties
    ]
    return int(any(changed))
