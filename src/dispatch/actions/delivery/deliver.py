"""Deliver what is due: over several connections, each message accounted for.

Safe to repeat, to stop and to kill at any moment: what was begun is taken up, and
only what was between the final dot and its answer is unknown.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from dispatch.actions.delivery.crew import Crew
from dispatch.actions.delivery.deliver_report import DeliverReport
from dispatch.actions.delivery.recover import recover, this_host
from dispatch.actions.delivery.rounds import Connect, Crashpoint, Round
from dispatch.actions.delivery.turns import Turns
from dispatch.deliver.dkim import Signer
from dispatch.deliver.route import Routes
from dispatch.errors import RelayError, StoreError
from dispatch.model import Clock, DeliveryState, RelaySettings
from dispatch.store import (
    Store,
    Tx,
    deliveries,
    pacing,
    relays,
    tallies,
    unknown,
    workers,
)
from dispatch.subscribe.tokens import Tokens

GRACE = 25.0  # seconds after a stop for what is past the dot
GLANCE = 0.1
UPKEEP = 10.0  # seconds between looks at leases, heartbeats and finished issues


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
    beside: Collection[str] = (),
    alone: bool = False,
    insist: bool = False,
    grace: float = GRACE,
    signers: Sequence[Signer] = (),
    routes: Routes | None = None,
    zone: str = "UTC",
    crashpoint: Crashpoint = lambda _: None,
) -> DeliverReport:
    """Send what is due through `relay` until nothing is, at most `limit` messages.

    After `stop` is set no message is begun; those past the dot have `grace` seconds
    to be answered. `alone` says that no other process delivers from this store, and
    `beside` which other workers of this process do. `routes` say whose mail is the
    relay's, if there are several; `zone` is the one of its hours. A relay that failed
    is left alone for a while, unless `insist`. `signers` sign what comes from a sender
    of their domain (DKIM). `crashpoint` is told how far
    a message has come; tests die there.
    """
    with store.read() as tx:
        if not deliveries.anything_open(tx):
            return DeliverReport(clock.now())
    me = worker or worker_name()
    turns = Turns(relay, zone=zone, routes=routes)
    shared = Round(
        store,
        tokens,
        relay,
        turns=turns,
        worker=me,
        stop=stop,
        limit=limit,
        signers=signers,
        crashpoint=crashpoint,
    )
    round_ = _Round(shared, me=me, alone=alone, beside=frozenset(beside), grace=grace)
    rest = round_.run(connect, insist=insist, stays=bool(worker))
    return _report(shared, rest, clock.now(), zone=zone)


@dataclass(frozen=True)
class _Round:
    """A round from registering to its end; `me` is the worker's name."""

    shared: Round
    me: str
    alone: bool
    beside: frozenset[str]
    grace: float

    def run(self, connect: Connect, *, insist: bool, stays: bool) -> relays.Rest | None:
        """Return the rest that the relay was given, or has.

        A database that refuses ends the round with a sentence; what it could not be
        told of is claimed still, and its lease tells when it is over.
        """
        rest = None
        try:
            self.register()
            self.shared.crashpoint("registered")
            self.recover(fresh=True)
            self.shared.crashpoint("recovered")
            rest, due = self.look(insist=insist)
            if due:
                self.send(connect, due)
                rest = _note_relay(self.shared)
            _end_what_is_over(self.shared.store)
        except StoreError as error:
            self.shared.fail(str(error))
        finally:
            if not stays:
                self.unregister()
        return rest

    def register(self) -> None:
        """Make this worker known, so that others do not take it for dead."""
        host, pid = this_host(), os.getpid()
        self.shared.store.write(
            lambda tx: workers.register(tx, self.me, host=host, pid=pid)
        )

    def unregister(self) -> None:
        """Say that this worker is gone; where that fails, its silence says so."""
        with suppress(StoreError):
            self.shared.store.write(lambda tx: workers.stop(tx, self.me))

    def recover(self, *, fresh: bool) -> None:
        """Take up what crashed workers left."""
        recover(
            self.shared.store,
            me=self.me,
            alone=self.alone,
            fresh=fresh,
            beside=self.beside,
        )

    def look(self, *, insist: bool) -> tuple[relays.Rest | None, int]:
        """Return the relay's rest, and how much is due; none while it may not go."""
        shared = self.shared
        with shared.store.read() as tx:
            rest = None if insist else relays.resting(tx, shared.relay.name)
            if rest:
                return rest, 0
            due = shared.turns.due(tx, shared.relay.connections)
            shared.stock.wait = shared.turns.waits(tx) if due else None
        return None, 0 if shared.stock.wait else due

    def send(self, connect: Connect, due: int) -> None:
        """Connect, and hand over until nothing is left."""
        try:
            first = connect()  # alone: eight refused logins at once lock an account
        except RelayError as error:
            self.shared.refused = str(error)
            return
        shared = self.shared
        breadth = max(1, min(shared.relay.connections, due))
        crew = Crew(shared, connect, first, breadth)
        stopping: float | None = None
        upkeep = time.monotonic()
        while not crew.join(GLANCE):
            now = time.monotonic()
            if shared.ending and stopping is None:
                stopping = now
            if stopping is not None and now - stopping > self.grace:
                shared.abort(crew)
            if now - upkeep > UPKEEP:
                upkeep = now
                self.keep_up()

    def keep_up(self) -> None:
        """Do what a long round owes. A database that refuses ends it, not us here."""
        try:
            self.shared.store.write(self.tell)
            self.recover(fresh=False)
        except StoreError as error:
            self.shared.fail(str(error))

    def tell(self, tx: Tx) -> None:
        """Show that we live, and how fast the relay is."""
        workers.heartbeat(tx, self.me)
        if self.shared.latency:
            relays.measured(tx, self.shared.relay.name, self.shared.latency)


def _note_relay(shared: Round) -> relays.Rest | None:
    """Remember a failure of the relay, or that it works, and how fast it was."""
    name, error, latency = shared.relay.name, shared.relay_error, shared.latency
    accepted = shared.counts()[DeliveryState.ACCEPTED]

    def unit(tx: Tx) -> relays.Rest | None:
        if latency:
            relays.measured(tx, name, latency)
            pacing.forget_old(tx)
        if error:
            return relays.failed(tx, name, error)
        if accepted:
            relays.works(tx, name)
        return None

    return shared.store.write(unit) if error or latency else None


def _end_what_is_over(store: Store) -> None:
    """Settle what expired, and end issues; write only when there is something."""
    with store.read() as tx:
        over = unknown.anything_expired(tx) or tallies.balanced(tx)
    if over:
        store.write(_end)


def _end(tx: Tx) -> None:
    unknown.expire(tx)
    tallies.finish(tx)


def _report(
    shared: Round, rest: relays.Rest | None, at: datetime, *, zone: str
) -> DeliverReport:
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
        wait=shared.stock.wait,
        failure=shared.failure,
        zone=zone,
    )


def worker_name() -> str:
    """Name this process for its claims: host, process id, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
