"""One connection's worth of a delivery round: claim, hand over, settle.

Written as steps (`deliver.steps`): all the connections of a round share a thread.

A settle is not waited for: it rides in the same group commit as the next message's
intent, which the writer runs after it. So at any moment at most one of a connection's
deliveries is between its intent and a durable answer.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial

from dispatch.actions.delivery import personal, settling
from dispatch.actions.delivery.originals import Original
from dispatch.actions.delivery.rounds import Connect, Round, Session
from dispatch.deliver import dkim, reply as replies, steps
from dispatch.deliver.steps import Steps
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
from dispatch.store import Tx, deliveries

FRESH = 45.0  # seconds between asking for an intent and the dot; the lease has 60 over
FRUITLESS = 3  # connections in a row that broke off before anything was accepted


class Postman:
    """Who works one connection, in steps. `session` is one that is open already.

    What would hold up all the others is done elsewhere: `aside` connects and reads,
    `signing` signs.
    """

    def __init__(
        self,
        shared: Round,
        connect: Connect,
        aside: Executor,
        signing: Executor,
        session: Session | None = None,
    ) -> None:
        self._round = shared
        self._connect = connect
        self._aside = aside
        self._signing = signing
        self._session = session
        self._accepted_here = 0
        self._fruitless = 0
        self._verdict: Intent | None = None
        self._last: Future[Outcome | None] | None = None

    def abort(self) -> None:
        """Cut the connection under the message under way."""
        session = self._session
        if session is not None:
            session.abort()

    def work(self) -> Steps[None]:
        """Deliver until nothing is due any more, or the round ends."""
        try:
            yield from self._work()
        except RelayError as error:
            self._round.broken = str(error)  # the others may well go on
        except DispatchError as error:
            self._round.fail(str(error))
        except Exception as error:
            self._round.fail(f"Delivery broke off: {error!r}.")
            raise  # when the others have ended, too
        finally:
            yield from self._finish()

    def _work(self) -> Steps[None]:
        while not self._round.ending:
            yield from self._ready()  # nothing is claimed for a relay that is not there
            claim = yield from self._round.stock.take()
            if claim is None:
                return
            self._round.crashpoint("claimed")
            yield from self._ready_for(claim)
            started = time.monotonic()
            yield from self._one(claim)
            self._round.took(time.monotonic() - started)

    def _one(self, claim: Claim) -> Steps[None]:
        """Send one message and write down what came of it."""
        reused = self._open_session().messages > 0
        reply = yield from self._send(claim)
        if reused and reply.phase is Phase.MAIL and reply.code in {0, replies.CLOSING}:
            # The server had closed an idle connection: nothing was said yet.
            yield from self._ready_for(claim)
            reply = yield from self._send(claim)
        if self._verdict in (None, Intent.GO):
            yield from self._settle(claim, reply)
        elif self._verdict is Intent.SKIPPED:
            self._round.count(DeliveryState.SKIPPED)
        self._judge(reply)

    def _send(self, claim: Claim) -> Steps[Reply]:
        self._verdict = None
        try:
            originals = self._round.originals
            original = yield from originals.get(claim.body, self._aside)
            values = personal.values(original.frozen, claim, self._round.tokens)
            message = yield from self._signed(claim, original, values)
        except ValueError as error:
            return Reply(554, str(error), "5.6.0", Phase.MAIL)
        named = values["delivery"].decode()
        envelope = Envelope(
            personal.return_path(claim, named, self._round.relay.return_path),
            personal.envelope(claim.recipient),
            named,
        )
        gate = partial(self._before_dot, claim)
        return (yield from self._open_session().hand_over(envelope, message, gate))

    def _signed(
        self, claim: Claim, original: Original, values: Mapping[str, bytes]
    ) -> Steps[bytes]:
        """Return the copy, signed for the sender's domain; the same at every try."""
        message = original.copy(values)
        signers = [one for one in self._round.signers if one.aligned(claim.sender)]
        if not signers:
            return message
        sign = partial(
            dkim.sign,
            message,
            signers,
            at=claim.mailing_created_at,
            profile=self._round.relay.profile,
            body_hash=original.body_hash(values),
        )
        return (yield from steps.result(self._signing.submit(sign)))

    def _before_dot(self, claim: Claim) -> Steps[bool]:
        """Make the intent durable; say whether the dot may leave."""
        self._round.crashpoint("body sent")
        asked = time.monotonic()
        intending = self._round.outbox.gather(deliveries.intend_all, claim)
        self._verdict = yield from steps.result(intending)
        self._round.crashpoint("intent")
        if self._verdict is not Intent.GO:
            return False
        if time.monotonic() - asked <= FRESH and not self._round.aborted:
            return True
        # Paused, or very slow: the lease may end before the answer. No dot left.
        withdrawing = self._round.outbox.submit(
            lambda tx: deliveries.write_back(tx, claim)
        )
        yield from steps.result(withdrawing)
        self._verdict = Intent.HELD
        return False

    def _settle(self, claim: Claim, reply: Reply) -> Steps[None]:
        shared = self._round
        shared.crashpoint("answered")
        if shared.aborted and reply.code == 0 and reply.phase is not Phase.DOT:
            giving = shared.outbox.submit(lambda tx: _give_back(tx, claim, reply))
            yield from steps.result(giving)
            return

        answer = settling.Answer(claim, reply, shared.worker, shared.where)
        self._last = shared.outbox.gather(settling.settle_all, answer)
        self._last.add_done_callback(partial(shared.settled, claim, reply))
        shared.crashpoint("settling")
        if not replies.positive(reply.code):
            with suppress(StoreError):
                yield from steps.result(self._last)  # it may have halted the round

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

    def _ready(self) -> Steps[None]:
        """Have a usable connection, with few messages and not old."""
        session = self._session
        if session is not None:
            relay = self._round.relay
            age = time.monotonic() - session.opened
            old = age > relay.connection_lifetime.total_seconds()
            few = session.messages < relay.messages_per_connection
            if session.usable and few and not old:
                return
            yield from self._close()
        self._session = yield from steps.result(self._aside.submit(self._connect))

    def _ready_for(self, claim: Claim) -> Steps[None]:
        try:
            yield from self._ready()
        except RelayError:
            yield from self._round.stock.release([claim])
            raise

    def _open_session(self) -> Session:
        if self._session is None:
            raise RelayError(f"The relay {self._round.where} is not connected.")
        return self._session

    def _close(self) -> Steps[None]:
        session, self._session = self._session, None
        self._accepted_here = 0
        if session is not None:
            yield from steps.result(self._aside.submit(session.quit))

    def _finish(self) -> Steps[None]:
        yield from self._close()
        if self._last is not None:
            with suppress(StoreError):
                yield from steps.result(self._last)


def _give_back(tx: Tx, claim: Claim, reply: Reply) -> None:
    if reply.phase is Phase.INTENT:
        deliveries.write_back(tx, claim)
    else:
        deliveries.release(tx, claim)
