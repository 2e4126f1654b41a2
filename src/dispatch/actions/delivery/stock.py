"""Claims that no connection has begun, for all the connections of a round together.

More are asked for before the last is taken: so nobody waits for a commit between two
messages, and at the end no connection has many left while the others have none. Used by
the one thread that runs the connections.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from dispatch.actions.delivery.pacing import Grant
from dispatch.actions.delivery.turns import SHORT, Turns, Wait
from dispatch.deliver import steps
from dispatch.deliver.steps import Steps
from dispatch.errors import StoreError
from dispatch.model import Claim, DeliveryState
from dispatch.store import Outbox, Store, Tx, claims, deliveries

BATCH = 20  # claims for each connection, and
MOST = 200  # for all of them, at once
FRESH = claims.CLAIM_LEASE.total_seconds() / 2
GLANCE = 0.1  # seconds between looks at whether a pause is to end

Count = Callable[[str, int], None]
Answer = tuple[Grant, claims.Batch]


class Stock:
    """Claims for `breadth` connections, `limit` in all. `count` hears of others."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        turns: Turns,
        *,
        worker: str,
        limit: int | None,
        ending: Callable[[], bool],
        count: Count,
    ) -> None:
        self.drained = False  # nothing more was to be had
        self.wait: Wait | None = None  # for a rate, which ended the round
        self.breadth = 1
        self._store = store
        self._outbox = outbox
        self._turns = turns
        self._worker = worker
        self._left = limit
        self._ending = ending
        self._count = count
        self._kept: deque[tuple[Claim, float]] = deque()  # and when each was claimed
        self._asked: Future[Answer] | None = None
        self._asked_for = 0
        self._plenty = True  # the last answer had all that was asked for

    def take(self) -> Steps[Claim | None]:
        """Take a claim; None when the round ends, or nothing more is due now."""
        while not self._ending():
            self._look_ahead()
            if self._kept:
                claim, claimed_at = self._kept.popleft()
                if time.monotonic() - claimed_at <= FRESH:
                    return claim
                yield from self.release([claim])
                continue
            answer = yield from self._answer()
            if answer is None or not (yield from self._goes_on(*answer)):
                return None
        return None

    def release(self, unsent: Sequence[Claim]) -> Steps[None]:
        """Give claims back. Where that fails, the lease does it."""

        def unit(tx: Tx) -> None:
            for claim in unsent:
                deliveries.release(tx, claim)

        with suppress(StoreError):
            yield from steps.result(self._store.submit(unit))

    def close(self) -> Steps[None]:
        """Give back all that nobody began, and what is still being claimed."""
        if self._asked is not None:
            with suppress(StoreError):
                yield from self._answer()
        if self._kept:
            yield from self.release([claim for claim, _ in self._kept])

    def _look_ahead(self) -> None:
        """Ask for more in time, as long as there was plenty."""
        low = self._size() // 4
        if self._plenty and self._asked is None and 0 < len(self._kept) < low:
            self._ask()

    def _answer(self) -> Steps[Answer | None]:
        """Wait for claims that were asked for; None when none may be."""
        if self._asked is None:
            self._ask()
        asked = self._asked
        if asked is None:
            self.drained = True  # as far as the limit goes
            return None
        answer = yield from steps.result(asked)
        if asked is self._asked:  # the first who hears it
            self._asked = None
            self._keep(answer[1])
        return answer

    def _ask(self) -> None:
        if most := self._allowance():
            self._asked_for = most
            claiming = partial(self._turns.claim, worker=self._worker, most=most)
            self._asked = self._outbox.submit(claiming)

    def _keep(self, batch: claims.Batch) -> None:
        now = time.monotonic()
        self._kept.extend((claim, now) for claim in batch.claims)
        self._plenty = len(batch.claims) == self._asked_for
        if self._left is not None:
            self._left += self._asked_for - len(batch.claims)
        self._count(DeliveryState.SKIPPED, batch.skipped)
        self._count(DeliveryState.EXPIRED, batch.expired)

    def _goes_on(self, grant: Grant, batch: claims.Batch) -> Steps[bool]:
        """Whether there may be more, after a pause if a rate asks for it."""
        if batch.claims:
            return True
        if not grant.count:
            return (yield from self._pause(grant))
        self.drained = self.drained or not batch.taken
        return bool(batch.taken)

    def _pause(self, grant: Grant) -> Steps[bool]:
        """Wait for the next message of a rate, unless that takes long."""
        if grant.until and grant.seconds > SHORT:
            self.wait = Wait(grant.until, grant.why)
            self.drained = True
            return False
        until = time.monotonic() + min(max(grant.seconds, 0.01), 1.0)
        while (left := until - time.monotonic()) > 0 and not self._ending():
            yield steps.pause(min(left, GLANCE))
        return True

    def _size(self) -> int:
        return min(BATCH * self.breadth, MOST)

    def _allowance(self) -> int:
        """Return how many messages may be claimed by the limit; 0 at the end."""
        if not self._store.writable:
            raise StoreError("The database writer has stopped.")
        if shortage := self._store.shortage:
            raise StoreError(shortage)
        most = self._size() if self._left is None else min(self._size(), self._left)
        if self._left is not None:
            self._left -= most
        return most
