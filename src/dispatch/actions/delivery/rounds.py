"""What the connections of one delivery round share: claims, pace, counts, an end.

A round ends when nothing is due, at its limit, when told to stop, or when the relay
or the database fails. Every method may be called from any of its threads.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from dispatch.actions.delivery.consequences import Consequences
from dispatch.actions.delivery.originals import Originals
from dispatch.actions.delivery.stock import Stock
from dispatch.actions.delivery.turns import Turns
from dispatch.deliver.dkim import Signer
from dispatch.deliver.steps import Steps
from dispatch.deliver.transaction import BeforeDot, Gate
from dispatch.model import (
    Claim,
    Envelope,
    Outcome,
    RelaySettings,
    Reply,
)
from dispatch.store import Store
from dispatch.subscribe.tokens import Tokens


class Session(Protocol):
    """A connection to the relay, ready for messages."""

    opened: float  # monotonic seconds
    messages: int

    @property
    def mechanism(self) -> str:
        """How it was logged in; "" without a login."""
        ...

    @property
    def encryption(self) -> str:
        """The protocol of an encrypted connection; "" in clear."""
        ...

    @property
    def extensions(self) -> tuple[str, ...]:
        """What the server offers."""
        ...

    @property
    def usable(self) -> bool:
        """Whether another message may be tried on it."""
        ...

    def transact(
        self, envelope: Envelope, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Hand over one message, and block."""
        ...

    def hand_over(
        self, envelope: Envelope, message: bytes, before_dot: Gate
    ) -> Steps[Reply]:
        """Hand over one message, among others."""
        ...

    def abort(self) -> None:
        """Cut it, from any thread."""
        ...

    def quit(self) -> None:
        """Say goodbye and close it."""
        ...


class Aborts(Protocol):
    """Whatever holds connections."""

    def abort(self) -> None:
        """Cut them, from any thread."""
        ...


Connect = Callable[[], Session]
Crashpoint = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Channel:
    """A relay, and how to connect to it."""

    relay: RelaySettings
    connect: Connect


class Round:
    """One delivery round. `stop` ends it after the messages under way."""

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        relay: RelaySettings,
        *,
        turns: Turns,
        worker: str,
        stop: threading.Event,
        limit: int | None,
        signers: Sequence[Signer],
        crashpoint: Crashpoint,
    ) -> None:
        self.store = store
        self.outbox = store.outbox()  # of the thread that runs the connections
        self.tokens = tokens
        self.relay = relay
        self.where = relay.where
        self.worker = worker
        self.signers = signers
        self.crashpoint = crashpoint
        self.aborted = False
        self.refused = ""  # by the relay, which ended the round
        self.broken = ""  # a connection; others may have gone on to the end
        self.failure = ""
        self._stop = stop
        self._halt = threading.Event()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._busy = 0.0  # seconds that connections spent on messages
        self._handled = 0
        self.turns = turns
        self.stock = Stock(
            store,
            self.outbox,
            turns,
            worker=worker,
            limit=limit,
            ending=lambda: self.ending,
            count=self.count,
        )
        self._consequences = Consequences(store, relay, self.halt)
        self.originals = Originals(store)

    @property
    def ending(self) -> bool:
        """Whether no further message may be begun."""
        return self._stop.is_set() or self._halt.is_set()

    def counts(self) -> Counter[str]:
        """Return how many deliveries came to what."""
        with self._lock:
            return Counter(self._counts)

    def count(self, what: str, number: int = 1) -> None:
        """Count deliveries."""
        with self._lock:
            self._counts[what] += number

    @property
    def relay_error(self) -> str:
        """Why the relay kept us from reaching the end; empty when we reached it."""
        return self.refused or ("" if self.stock.drained else self.broken)

    def halt(self, why: str) -> None:
        """End the round: the relay itself refuses us."""
        self.refused = self.refused or why
        self._halt.set()

    def abort(self, crew: Aborts) -> None:
        """Cut every connection, once: nobody waits any longer."""
        if not self.aborted:
            self.aborted = True
            crew.abort()

    def fail(self, sentence: str) -> None:
        """End the round: something of our own is broken."""
        self.failure = self.failure or sentence
        self._halt.set()

    def took(self, seconds: float) -> None:
        """Note how long a message kept a connection."""
        with self._lock:
            self._busy += seconds
            self._handled += 1

    @property
    def latency(self) -> float:
        """The seconds that a message keeps a connection; 0 when none was handled."""
        with self._lock:
            return self._busy / self._handled if self._handled else 0.0

    def settled(
        self, claim: Claim, reply: Reply, future: "Future[Outcome | None]"
    ) -> None:
        """Count a settled try; called once it is durable, or could not be."""
        error = future.exception()
        if error is not None:
            self.fail(str(error))
            return
        outcome = future.result()
        if outcome is None:
            return  # no longer ours; whoever has it counts it
        self.count(outcome.state)
        self._consequences.heed(claim, reply, outcome)
