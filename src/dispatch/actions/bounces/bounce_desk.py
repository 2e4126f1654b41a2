"""What an operator does about bounces: see them, forgive them, let held ones count.

The sentences name readers: they are for the operator who asked, not for a log.
"""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from dispatch.actions.audience import transition
from dispatch.actions.audience.subscriber_report import Said
from dispatch.actions.bounces import bounce_alerts, bounce_decisions, came_back
from dispatch.deliver import standing
from dispatch.errors import UsageError
from dispatch.model import Bounce, BounceFate, Clock
from dispatch.store import Store, Tx, bounce_records, bounces, subscribers
from dispatch.subscribe.lifecycle import Event
from dispatch.text import address as addresses, plain

BY = "forgiven by an operator"
CROWDS = timedelta(days=60)
CHUNK = 200
AGAINST = (
    BounceFate.OPEN,
    BounceFate.HELD,
    BounceFate.COUNTED,
    BounceFate.SUSPENDED,
)


def listing(
    store: Store,
    *,
    clock: Clock,
    domain: str = "",
    after: int = 0,
    limit: int = 100,
    zone: str = "UTC",
) -> Said:
    """List what came back, newest first, after the crowds that somebody must decide.

    Before all of it stands who refuses our mail as such.
    """
    with store.read() as tx:
        since = clock.now() - CROWDS
        refusing = [
            one
            for one in bounce_alerts.refusing(tx, now=clock.now())
            if domain.lower() in {"", one.domain}
        ]
        crowds = [
            one
            for one in bounce_records.crowds(
                tx, BounceFate.HELD, since=since, least=standing.CROWD_LEAST
            )
            if domain.lower() in {"", one.domain}
        ]
        found = bounces.listing(tx, domain=domain, after=after, limit=limit)
    lines = [
        *(f"Held: {bounce_alerts.held(one)}" for one in crowds),
        *map(bounce_alerts.refused, refusing),
        *(_line(one, zone) for one in found),
    ] or ["Nothing came back."]
    return Said(
        tuple(lines),
        {
            "held": [
                {
                    "issue": one.issue,
                    "domain": one.domain,
                    "bounced": one.bounced,
                    "of": one.of,
                }
                for one in crowds
            ],
            "refusing": [bounce_alerts.refused(one) for one in refusing],
            "bounces": [came_back.as_json(one) for one in found],
            "next": found[-1].id if len(found) == limit else None,
        },
    )


def forgive(store: Store, *, clock: Clock, domain: str = "", address: str = "") -> Said:
    """Hold nothing against them that came back; who was suspended for it is active.

    A domain, an address, or everything that is held. Raises UsageError for an address
    that nobody has.
    """
    people = _subscriptions(store, address) if address else None
    frm = AGAINST if domain or address else (BounceFate.HELD,)
    now = clock.now()

    def unit(tx: Tx) -> tuple[int, int]:
        found = bounces.listing(
            tx, domain=domain, fates=frm, subscriptions=people, limit=CHUNK
        )
        numbers = [one.id for one in found]
        bounces.set_fate(tx, BounceFate.FORGIVEN, now=now, frm=frm, numbers=numbers)
        back = {one.subscriber for one in found if one.fate is BounceFate.SUSPENDED} - {
            None
        }
        return len(found), sum(_reactivate(tx, one, clock) for one in back)

    forgiven = active = 0
    while (one := store.write(unit))[0]:
        forgiven, active = forgiven + one[0], active + one[1]
    return Said(
        (f"{_bounces(forgiven)} forgiven; {_readers(active)} active again.",),
        {"forgiven": forgiven, "reactivated": active},
    )


def apply(store: Store, *, clock: Clock, domain: str = "") -> Said:
    """Let what is held count like every other bounce: their readers' own doing."""
    decided, suspended = bounce_decisions.decide_held(
        store, now=clock.now(), domain=domain
    )
    return Said(
        (f"{_bounces(decided)} counted; {_readers(suspended)} suspended.",),
        {"counted": decided, "suspended": suspended},
    )


def _reactivate(tx: Tx, subscriber: int | None, clock: Clock) -> int:
    if subscriber is None:
        return 0
    back = [
        transition.apply(
            tx,
            tie,
            Event.REACTIVATE,
            now=clock.now(),
            detail=BY,
            **transition.caught_up(tx, tie),
        )
        for tie in subscribers.subscriptions_of(tx, subscriber)
    ]
    return int(any(back))


def _subscriptions(store: Store, text: str) -> Sequence[int]:
    try:
        mailbox = addresses.parse(text).mailbox
    except ValueError as error:
        raise UsageError(f"{text[:80]!r}: {error}") from error
    with store.read() as tx:
        person = subscribers.by_mailbox(tx, mailbox)
        if person is None:
            raise UsageError(f"{mailbox} is not known.")
        return [tie.id for tie in subscribers.subscriptions_of(tx, person.id)]


def _line(one: Bounce, zone: str) -> str:
    at = one.at.astimezone(ZoneInfo(zone))
    return f"{at:%Y-%m-%d %H:%M}  {one.recipient}  {came_back.told(one)}"


def _bounces(count: int) -> str:
    return plain.count(count, "bounce")


def _readers(count: int) -> str:
    return plain.count(count, "reader is", "readers are")
