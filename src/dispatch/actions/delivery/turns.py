"""Which messages are a relay's turn: what is due, and the right to claim it.

The rate's tokens are taken first and in the same transaction as the claim, so that
several workers share them, and a crash leaves neither a claim without nor a loan.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.delivery import pacing
from dispatch.actions.delivery.pacing import Grant
from dispatch.deliver.route import Routes
from dispatch.model import RelaySettings
from dispatch.store import Tx, claims, relays

SHORT = 5.0  # seconds that are waited for a rate with the connections open


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a round ended before all was sent, and when the next may begin."""

    until: datetime
    why: str


class Turns:
    """Which messages are this relay's: what is due, and the right to claim it.

    `routes` say whose mail it takes, also in place of a relay that is down.
    """

    def __init__(
        self, relay: RelaySettings, *, zone: str, routes: Routes | None = None
    ) -> None:
        self.limits = pacing.limits(relay, zone=zone)
        self._relay = relay.name
        self._routes = routes or Routes((relay.name,))

    def due(self, tx: Tx, most: int) -> int:
        """Return how many messages could be claimed now, but for the rates."""
        issues = self.limits.quiet_until(tx.now()) is None
        return claims.due(tx, most=most, serves=self._serves(tx), issues=issues)

    def waits(self, tx: Tx) -> Wait | None:
        """Return for how long nothing may go, if it is longer than a moment."""
        grant = pacing.peek(tx, self.limits)
        if grant.count or grant.until is None:
            return None
        return Wait(grant.until, grant.why) if grant.seconds > SHORT else None

    def claim(self, tx: Tx, worker: str, most: int) -> tuple[Grant, claims.Batch]:
        """Take of the rates, claim as much, and give back what was not used."""
        grant = pacing.take(tx, self.limits, most)
        if not grant.count:
            return grant, claims.Batch()
        batch = claims.claim(
            tx,
            worker=worker,
            most=grant.count,
            serves=self._serves(tx),
            issues=self.limits.quiet_until(tx.now()) is None,
        )
        kept, _ = pacing.sift(tx, self.limits, batch.claims)
        pacing.give_back(tx, self.limits, grant.count - len(kept))
        return grant, replace(batch, claims=kept)

    def _serves(self, tx: Tx) -> claims.Serves | None:
        if self._routes.only_one:
            return None
        down = relays.down(tx) if self._routes.failover else ()
        return self._routes.serves(self._relay, down=down)
