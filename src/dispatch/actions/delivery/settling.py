"""Settle deliveries: what a relay's answers make of them, a commit's at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.actions.bounces import refusals
from dispatch.deliver import retry
from dispatch.model import Claim, Outcome, Reply
from dispatch.store import Tx, deliveries


@dataclass(frozen=True, slots=True)
class Answer:
    """What a relay said to one delivery, and who heard it."""

    claim: Claim
    reply: Reply
    worker: str
    relay: str


def settle_all(tx: Tx, answers: Sequence[Answer]) -> list[Outcome | None]:
    """Write down what becomes of deliveries; None for one that is no longer ours."""
    now = tx.now()
    tries = [
        deliveries.Try(one.claim, one.reply, _outcome(one, now), one.worker, one.relay)
        for one in answers
    ]
    outcomes: list[Outcome | None] = []
    for one, ours in zip(tries, deliveries.settle_all(tx, tries), strict=True):
        if ours:
            refusals.note(tx, one.claim, one.reply, one.outcome)
        outcomes.append(one.outcome if ours else None)
    return outcomes


def _outcome(answer: Answer, now: datetime) -> Outcome:
    claim = answer.claim
    return retry.decide(
        answer.reply,
        tries=claim.tries + 1,
        now=now,
        expires_at=claim.expires_at,
        seed=claim.id,
    )
