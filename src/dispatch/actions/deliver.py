"""Deliver what is due: over several connections, each message accounted for.

Safe to repeat, to stop and to kill at any moment: what was begun is taken up, and
only what was between the final dot and its answer is unknown.
"""

import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.actions.postman import Postman
from dispatch.actions.recover import recover, this_host
from dispatch.actions.rounds import Connect, Crashpoint, Round, Session
from dispatch.deliver.dkim import Signer
from dispatch.errors import RelayError
from dispatch.model import Clock, DeliveryState, RelaySettings
from dispatch.store import Store, Tx, deliveries, mailings, relays, unknown, workers
from dispatch.subscribe.tokens import Tokens

GRACE = 25.0  # seconds after a stop for what is past the dot
GLANCE = 0.1
UPKEEP = 10.0  # seconds between looks at leases, heartbeats and finished issues

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
    failure: str = ""

    @property
    def ok(self) -> bool:
        """Whether the relay and the database did their part."""
        return not self.relay_error and not self.failure

    @property
    def accepted(self) -> int:
        """How many messages the relay took responsibility for."""
        return self.counts[DeliveryState.ACCEPTED]

    def lines(self) -> list[str]:
        """Say it in sentences; nothing at all when there was nothing to do."""
        lines = [
            f"{_messages(self.counts[state])} {words}."
            for state, words in STATES
            if self.counts[state]
        ]
        lines += [line for line in (self.relay_error, self.failure) if line]
        if self.resting_until and self.waiting:
            until = self.resting_until.strftime("%H:%M:%S")
            lines.append(f"The relay is left alone until {until} UTC.")
        if lines and self.waiting:
            lines.append(f"{_messages(self.waiting)} waiting.")
        return lines

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
            "failure": self.failure,
        }


def deliver(
    store: Store,
    connect: Connect,
    tokens: Tokens,
    relay: RelaySettings,
    *,
    clock: Clock,
    stop: threading.Event,
    limit: int | None = None,
    worker: str = "",
    alone: bool = False,
    insist: bool = False,
    grace: float = GRACE,
    signers: Sequence[Signer] = (),
    crashpoint: Crashpoint = lambda _: None,
) -> DeliverReport:
    """Send what is due until nothing is, at most `limit` messages.

    After `stop` is set no message is begun; those past the dot have `grace` seconds
    to be answered. `alone` says that no other process delivers from this store.
    A relay that failed is left alone for a while, unless `insist`. `signers` sign
    what comes from a sender of their domain (DKIM). `crashpoint` is told how far
    a message has come; tests die there.
    """
    with store.read() as tx:
        if not deliveries.anything_open(tx):
            return DeliverReport(clock.now())
    me = worker or _name()
    store.write(lambda tx: workers.register(tx, me, host=this_host(), pid=os.getpid()))
    shared = Round(
        store,
        tokens,
        relay,
        worker=me,
        stop=stop,
        limit=limit,
        signers=signers,
        crashpoint=crashpoint,
    )
    try:
        recover(store, me=me, alone=alone, fresh=True)
        rest = _send(shared, connect, alone=alone, insist=insist, grace=grace)
    finally:
        if not worker:
            store.write(lambda tx: workers.stop(tx, me))
    return _report(shared, rest, clock.now())


def _send(
    shared: Round, connect: Connect, *, alone: bool, insist: bool, grace: float
) -> relays.Rest | None:
    """Run the round; return the rest that the relay was given, or has."""
    store = shared.store
    with store.read() as tx:
        rest = None if insist else relays.resting(tx, shared.where)
        due = deliveries.due(tx, most=shared.relay.connections)
    if rest is not None or not due:
        _end_what_is_over(store)
        return rest
    try:
        first = connect()  # alone: eight refused logins at once lock an account
    except RelayError as error:
        shared.refused = str(error)
    else:
        _work(shared, connect, first, due, alone=alone, grace=grace)
    _end_what_is_over(store)
    return _note_relay(shared)


def _work(
    shared: Round,
    connect: Connect,
    first: Session,
    due: int,
    *,
    alone: bool,
    grace: float,
) -> None:
    postmen = [Postman(shared, connect, first)]
    breadth = max(1, min(shared.relay.connections, due))
    postmen += [Postman(shared, connect) for _ in range(breadth - 1)]
    stopping: float | None = None
    upkeep = time.monotonic()
    while not _all_done(postmen):
        now = time.monotonic()
        if shared.ending and stopping is None:
            stopping = now
        if stopping is not None and now - stopping > grace and not shared.aborted:
            shared.aborted = True
            for postman in postmen:
                postman.abort()
        if now - upkeep > UPKEEP:
            upkeep = now
            shared.store.write(lambda tx: workers.heartbeat(tx, shared.worker))
            recover(shared.store, me=shared.worker, alone=alone, fresh=False)


def _all_done(postmen: Sequence[Postman]) -> bool:
    return all(postman.join(GLANCE) for postman in postmen)


def _note_relay(shared: Round) -> relays.Rest | None:
    """Remember a failure of the relay, or that it works."""
    error = shared.relay_error
    if error:
        return shared.store.write(lambda tx: relays.failed(tx, shared.where, error))
    if shared.counts()[DeliveryState.ACCEPTED]:
        shared.store.write(lambda tx: relays.works(tx, shared.where))
    return None


def _end_what_is_over(store: Store) -> None:
    """Settle what expired, and end issues; write only when there is something."""
    with store.read() as tx:
        over = unknown.anything_expired(tx) or mailings.balanced(tx)
    if over:
        store.write(_end)


def _end(tx: Tx) -> None:
    unknown.expire(tx)
    mailings.finish(tx)


def _report(shared: Round, rest: relays.Rest | None, at: datetime) -> DeliverReport:
    with shared.store.read() as tx:
        waiting, next_at = deliveries.waiting(tx)
        in_doubt = unknown.count(tx)
    return DeliverReport(
        at=at,
        counts=shared.counts(),
        waiting=waiting,
        next_at=next_at,
        unknown=in_doubt,
        relay_error=shared.relay_error,
        resting_until=rest.until if rest else None,
        failure=shared.failure,
    )


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
