"""What a relay's answers mean for the rest of the round, beyond the one message.

Too fast: slower. A domain that refuses us: its mail waits, the others' goes on. A
relay that refuses us: the round ends. (An issue that nobody takes is paused by
`returns`.) Called once an answer is durable, by the writer's thread: so what it writes
is only queued.
"""

import threading
import time
from collections.abc import Callable
from functools import partial

from dispatch.actions.delivery import pacing
from dispatch.deliver import reply as replies, throttle
from dispatch.deliver.breaker import Breaker
from dispatch.deliver.reply import Fault
from dispatch.deliver.throttle import Scope
from dispatch.model import (
    Claim,
    DeliveryState,
    Outcome,
    RelaySettings,
    Reply,
)
from dispatch.store import Store, Tx, relays
from dispatch.text import address

Halt = Callable[[str], None]


class Consequences:
    """One for each round. `halt` ends it with a sentence."""

    def __init__(self, store: Store, relay: RelaySettings, halt: Halt) -> None:
        self._store = store
        self._name = relay.name
        self._where = relay.where
        self._halt = halt
        self._lock = threading.Lock()
        self._breaker = Breaker()
        self._began = time.monotonic()
        self._accepted = 0
        with store.read() as tx:
            self._failing = set(relays.troubled(tx, relay.name))
            if relays.state(tx, relay.name).rest:
                self._failing.add("")

    def heed(self, claim: Claim, reply: Reply, outcome: Outcome) -> None:
        """Draw them from one answer."""
        domain = address.domain(claim.recipient)
        with self._lock:
            if outcome.state is DeliveryState.ACCEPTED:
                self._accept(domain)
                return
            self._slow_down(reply, domain)
            if outcome.stop_relay:
                self._halt(f"The relay {self._where} refuses our mail as a whole.")
                return
            if outcome.reason == Fault.SENDER:
                self._blame(reply, domain)
            elif throttle.concerns_all(reply) and self._breaker.busy():
                self._halt(
                    f"The relay {self._where} puts every message off: "
                    f"{_shortly(reply)}."
                )

    def _accept(self, domain: str) -> None:
        self._accepted += 1
        self._breaker.accepted(domain)
        for cured in self._failing & {"", domain}:
            self._failing.discard(cured)
            self._store.submit(partial(relays.works, relay=self._name, domain=cured))

    def _slow_down(self, reply: Reply, domain: str) -> None:
        scope = throttle.scope(reply)
        if scope is Scope.NOBODY:
            return
        elapsed = max(1.0, time.monotonic() - self._began)
        recent = self._accepted / elapsed
        who = domain if scope is Scope.DOMAIN else ""

        def unit(tx: Tx) -> None:
            now = tx.now()
            known = relays.state(tx, self._name, who)
            if not throttle.settled(known.ceiling_at, now=now):
                return
            present = pacing.ceiling_of(known, now)
            ceiling, was = throttle.halved(
                present.per_second if present else 0.0, recent
            )
            relays.slow(tx, self._name, domain=who, ceiling=ceiling, was=was)

        self._store.submit(unit)

    def _blame(self, reply: Reply, domain: str) -> None:
        spare, stop = self._breaker.blamed(domain, all_of_us=replies.about_relay(reply))
        if stop:
            self._halt(
                f"The relay {self._where} refused {stop} messages in a row and "
                "blames the sender: check the login, SPF, DKIM and block lists."
            )
        elif spare:
            self._failing.add(domain)
            why = _shortly(reply)
            self._store.submit(
                lambda tx: relays.failed(tx, self._name, why, domain=domain)
            )


def _shortly(reply: Reply) -> str:
    """Return the codes alone: a server's words may hold an address."""
    words = f"{reply.code} {reply.enhanced}".strip()
    return f"{words} throttled" if reply.code == throttle.THROTTLED else words
