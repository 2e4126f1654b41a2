"""One connection's worth of a delivery round: claim, hand over, settle.

A settle is not waited for: it rides in the same group commit as the next message's
intent, which the writer runs after it. So at any moment at most one of a connection's
deliveries is between its intent and a durable answer.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from dispatch.actions.bounces import refusals
from dispatch.actions.delivery import personal
from dispatch.actions.delivery.originals import Original
from dispatch.actions.delivery.rounds import Connect, Round, Session
from dispatch.deliver import dkim, reply as replies, retry
from dispatch.errors import DispatchError, RelayError, StoreError
from dispatch.model import (
    Claim,
    DeliveryState,
    Envelope,
    Intent,
    Outcome,
    Phase,
    Reply,
)
from dispatch.store import Tx, claims, deliveries

FRESH = 45.0  # seconds between asking for an intent and the dot; the lease has 60 over
CLAIM_FRESH = claims.CLAIM_LEASE.total_seconds() / 2
FRUITLESS = 3  # connections in a row that broke off before anything was accepted


class Postman:
    """A thread with a connection. `session` is one that is open already."""

    def __init__(
        self, shared: Round, connect: Connect, session: Session | None = None
    ) -> None:
        self._round = shared
        self._connect = connect
        self._session = session
        self._accepted_here = 0
        self._fruitless = 0
        self._verdict: Intent | None = None
        self._last: Future[Outcome | None] | None = None
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the end; return whether it has come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def abort(self) -> None:
        """Cut the connection under the message under way."""
        session = self._session
        if session is not None:
            session.abort()

    def _run(self) -> None:
        try:
            self._work()
        except RelayError as error:
            self._round.broken = str(error)  # the others may well go on
        except DispatchError as error:
            self._round.fail(str(error))
        except Exception as error:
            self._round.fail(f"Delivery broke off: {error!r}.")
            raise
        finally:
            self._finish()

    def _work(self) -> None:
        while not self._round.ending:
            self._ready()  # nothing is claimed for a relay that is not there
            batch = self._round.next_batch()
            if not batch:
                return
            claimed_at = time.monotonic()
            self._round.crashpoint("claimed")
            self._hand_over(batch, claimed_at)

    def _hand_over(self, batch: Sequence[Claim], claimed_at: float) -> None:
        begun = 0
        try:
            for claim in batch:
                stale = time.monotonic() - claimed_at > CLAIM_FRESH
                if self._round.ending or stale:
                    break
                self._ready()
                begun += 1
                started = time.monotonic()
                self._one(claim)
                self._round.took(time.monotonic() - started)
        finally:
            self._release(batch[begun:])

    def _release(self, claims: Sequence[Claim]) -> None:
        """Give back what was not begun. Where that fails, the lease does it."""
        if not claims:
            return

        def unit(tx: Tx) -> None:
            for claim in claims:
                deliveries.release(tx, claim)

        with suppress(StoreError):
            self._round.store.write(unit)

    def _one(self, claim: Claim) -> None:
        """Send one message and write down what came of it."""
        reused = self._open_session().messages > 0
        reply = self._send(claim)
        if reused and reply.phase is Phase.MAIL and reply.code in {0, replies.CLOSING}:
            # The server had closed an idle connection: nothing was said yet.
            self._ready_for(claim)
            reply = self._send(claim)
        if self._verdict in (None, Intent.GO):
            self._settle(claim, reply)
        elif self._verdict is Intent.SKIPPED:
            self._round.count(DeliveryState.SKIPPED)
        self._judge(reply)

    def _send(self, claim: Claim) -> Reply:
        self._verdict = None
        try:
            original = self._round.originals.get(claim.body)
            values = personal.values(original.frozen, claim, self._round.tokens)
            message = self._signed(claim, original, values)
        except ValueError as error:
            return Reply(554, str(error), "5.6.0", Phase.MAIL)
        named = values["delivery"].decode()
        envelope = Envelope(
            personal.return_path(claim, named, self._round.relay.return_path),
            personal.envelope(claim.recipient),
            named,
        )
        return self._open_session().transact(
            envelope,
            message,
            lambda: self._before_dot(claim),
        )

    def _signed(
        self, claim: Claim, original: Original, values: Mapping[str, bytes]
    ) -> bytes:
        """Return the copy, signed for the sender's domain; the same at every try."""
        message = original.copy(values)
        signers = [one for one in self._round.signers if one.aligned(claim.sender)]
        if not signers:
            return message
        return dkim.sign(
            message,
            signers,
            at=claim.mailing_created_at,
            profile=self._round.relay.profile,
            body_hash=original.body_hash(values),
        )

    def _before_dot(self, claim: Claim) -> bool:
        """Make the intent durable; say whether the dot may leave."""
        self._round.crashpoint("body sent")
        asked = time.monotonic()
        self._verdict = self._round.store.write(lambda tx: deliveries.intend(tx, claim))
        self._round.crashpoint("intent")
        if self._verdict is not Intent.GO:
            return False
        if time.monotonic() - asked <= FRESH and not self._round.aborted:
            return True
        # Paused, or very slow: the lease may end before the answer. No dot left.
        self._round.store.write(lambda tx: deliveries.write_back(tx, claim))
        self._verdict = Intent.HELD
        return False

    def _settle(self, claim: Claim, reply: Reply) -> None:
        shared = self._round
        shared.crashpoint("answered")
        if shared.aborted and reply.code == 0 and reply.phase is not Phase.DOT:
            shared.store.write(lambda tx: _give_back(tx, claim, reply))
            return

        def unit(tx: Tx) -> Outcome | None:
            outcome = retry.decide(
                reply,
                tries=claim.tries + 1,
                now=tx.now(),
                expires_at=claim.expires_at,
                seed=claim.id,
            )
            ours = deliveries.settle(
                tx, claim, reply, outcome, worker=shared.worker, relay=shared.where
            )
            if ours:
                refusals.note(tx, claim, reply, outcome)
            return outcome if ours else None

        self._last = shared.store.submit(unit)
        self._last.add_done_callback(partial(shared.settled, claim, reply))
        shared.crashpoint("settling")
        if not replies.positive(reply.code):
            with suppress(StoreError):
                self._last.result()  # it may have halted the round

    def _judge(self, reply: Reply) -> None:
        """Notice a relay that takes connections and then nothing else."""
        if replies.positive(reply.code):
            self._accepted_here += 1
            self._fruitless = 0
            return
        withheld = self._verdict not in (None, Intent.GO)
        if withheld or self._open_session().usable:
            return
        if not self._accepted_here:
            self._fruitless += 1
        if self._fruitless >= FRUITLESS:
            said = reply.text or "no reason given"
            raise RelayError(
                f"The relay {self._round.where} broke off {FRUITLESS} times in a row "
                f"before it accepted a message ({said})."
            )

    def _ready(self) -> None:
        """Have a usable connection, with few messages and not old."""
        session = self._session
        if session is not None:
            relay = self._round.relay
            age = time.monotonic() - session.opened
            old = age > relay.connection_lifetime.total_seconds()
            few = session.messages < relay.messages_per_connection
            if session.usable and few and not old:
                return
            self._close()
        self._session = self._connect()

    def _ready_for(self, claim: Claim) -> None:
        try:
            self._ready()
        except RelayError:
            self._release([claim])
            raise

    def _open_session(self) -> Session:
        if self._session is None:
            raise RelayError(f"The relay {self._round.where} is not connected.")
        return self._session

    def _close(self) -> None:
        session, self._session = self._session, None
        self._accepted_here = 0
        if session is not None:
            session.quit()

    def _finish(self) -> None:
        self._close()
        if self._last is not None:
            with suppress(StoreError):
                self._last.result()


def _give_back(tx: Tx, claim: Claim, reply: Reply) -> None:
    if reply.phase is Phase.INTENT:
        deliveries.write_back(tx, claim)
    else:
        deliveries.release(tx, claim)
