"""What the connections of one delivery round share: claims, pace, counts, an end.

A round ends when nothing is due, at its limit, when told to stop, or when the relay
or the database fails. Every method may be called from any of its threads.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Protocol

from dispatch.deliver import pace, relaxed
from dispatch.deliver.dkim import Signer
from dispatch.deliver.reply import Fault
from dispatch.deliver.transaction import BeforeDot
from dispatch.errors import StoreError
from dispatch.model import (
    Claim,
    DeliveryState,
    Envelope,
    Frozen,
    Outcome,
    RelaySettings,
    Reply,
)
from dispatch.store import Store, bodies, deliveries
from dispatch.subscribe.tokens import Tokens

BATCH = 20
KEPT_BODIES = 64
PATIENCE = 10  # refusals in a row that blame us, before the relay is left alone


class Session(Protocol):
    """A connection to the relay, ready for messages."""

    opened: float  # monotonic seconds
    messages: int

    @property
    def usable(self) -> bool:
        """Whether another message may be tried on it."""
        ...

    def transact(
        self, envelope: Envelope, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Hand over one message."""
        ...

    def abort(self) -> None:
        """Cut it, from any thread."""
        ...

    def quit(self) -> None:
        """Say goodbye and close it."""
        ...


Connect = Callable[[], Session]
Crashpoint = Callable[[str], None]


class Round:
    """One delivery round. `stop` ends it after the messages under way."""

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        relay: RelaySettings,
        *,
        worker: str,
        stop: threading.Event,
        limit: int | None,
        signers: Sequence[Signer],
        crashpoint: Crashpoint,
    ) -> None:
        self.store = store
        self.tokens = tokens
        self.relay = relay
        self.where = relay.where
        self.worker = worker
        self.signers = signers
        self.crashpoint = crashpoint
        self.aborted = False
        self.drained = False  # some thread found nothing more to do
        self.refused = ""  # by the relay, which ended the round
        self.broken = ""  # a connection; others may have gone on to the end
        self.failure = ""
        self._stop = stop
        self._halt = threading.Event()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._blamed = 0
        self._left = limit
        rates = [pace.parse(rate) for rate in relay.rate]
        self._pace = pace.Pace(rates, now=time.monotonic())
        self._bodies: dict[str, Frozen] = {}
        self._relaxed: dict[str, relaxed.Body] = {}

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
        return self.refused or ("" if self.drained else self.broken)

    def halt(self, why: str) -> None:
        """End the round: the relay itself refuses us."""
        self.refused = self.refused or why
        self._halt.set()

    def fail(self, sentence: str) -> None:
        """End the round: something of our own is broken."""
        self.failure = self.failure or sentence
        self._halt.set()

    def next_batch(self) -> tuple[Claim, ...]:
        """Claim what this thread is to send next; empty at the end of the round."""
        while most := self._allowance():
            batch = self.store.write(
                partial(deliveries.claim, worker=self.worker, most=most)
            )
            self._give_back(most - len(batch.claims))
            self.count(DeliveryState.SKIPPED, batch.skipped)
            self.count(DeliveryState.EXPIRED, batch.expired)
            if batch.claims:
                return batch.claims
            if not batch.taken:
                self.drained = True
                return ()
        return ()

    def body(self, sha256: str) -> Frozen:
        """Return frozen bytes by their hash."""
        known = self._bodies.get(sha256)
        if known is None:
            with self.store.read() as tx:
                known = bodies.get(tx, sha256)
            if len(self._bodies) >= KEPT_BODIES:
                self._bodies.clear()
            self._bodies[sha256] = known
        return known

    def body_hash(self, sha256: str, values: Mapping[str, bytes]) -> bytes | None:
        """Return DKIM's hash of a body with these values, None when it must be whole.

        What all recipients share is reckoned once.
        """
        known = self._relaxed.get(sha256)
        if known is None:
            known = relaxed.prepare(self.body(sha256))
            if known is None:
                return None
            if len(self._relaxed) >= KEPT_BODIES:
                self._relaxed.clear()
            self._relaxed[sha256] = known
        return known.digest(values)

    def settled(self, future: "Future[Outcome | None]") -> None:
        """Count a settled try; called once it is durable, or could not be."""
        error = future.exception()
        if error is not None:
            self.fail(str(error))
            return
        outcome = future.result()
        if outcome is None:
            return  # no longer ours; whoever has it counts it
        self.count(outcome.state)
        self._watch_blame(outcome)
        if outcome.stop_relay:
            self.halt(f"The relay {self.where} refuses our mail as a whole.")

    def _watch_blame(self, outcome: Outcome) -> None:
        with self._lock:
            ours = outcome.reason == Fault.SENDER
            self._blamed = self._blamed + 1 if ours else 0
            enough = self._blamed >= PATIENCE
        if enough:
            self.halt(
                f"The relay {self.where} refused {PATIENCE} messages in a row and "
                "blames the sender: check the login, SPF, DKIM and block lists."
            )

    def _allowance(self) -> int:
        """Wait for the pace; return how many messages may be claimed, 0 at the end."""
        while not self.ending:
            if not self.store.writable:
                raise StoreError("The database writer has stopped.")
            with self._lock:
                most = BATCH if self._left is None else min(BATCH, self._left)
                taken = self._pace.take(most, now=time.monotonic()) if most else 0
                pause = self._pace.wait()
                if self._left is not None:
                    self._left -= taken
            if most == 0:
                self.drained = True
                return 0
            if taken:
                return taken
            self._stop.wait(min(pause, 1.0))
        return 0

    def _give_back(self, count: int) -> None:
        with self._lock:
            self._pace.give_back(count)
            if self._left is not None:
                self._left += count
