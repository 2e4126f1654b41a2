"""What servers refuse while we talk to them counts as what comes back later does."""

from dispatch.actions.bounces import returns
from dispatch.deliver import blame
from dispatch.deliver.reply import TEMPORARY, Fault
from dispatch.model import (
    BounceClass,
    Claim,
    DeliveryState,
    Outcome,
    Phase,
    Reply,
    Said,
)
from dispatch.store import Tx, bounces

VIA = "smtp"
FINAL = {DeliveryState.REJECTED, DeliveryState.EXPIRED}
BEFORE_RCPT = {Phase.CONNECT, Phase.MAIL}  # nobody in particular was refused


def note(tx: Tx, claim: Claim, reply: Reply, outcome: Outcome) -> None:
    """Write a refusal down, in the transaction that settles the delivery."""
    if reply.code < TEMPORARY or not _counts(outcome):
        return
    verdict = blame.judge_reply(reply)
    if reply.phase in BEFORE_RCPT and verdict.kind is not BounceClass.MESSAGE:
        return
    of = bounces.whose(tx, claim.id)
    if of is not None:
        said = Said(reply.code, reply.enhanced, reply.text)
        returns.record(tx, of, verdict, said, via=VIA, now=tx.now())


def _counts(outcome: Outcome) -> bool:
    """A mail that is tried again has not come back, but we may be to blame by then."""
    return outcome.state in FINAL or outcome.reason == Fault.SENDER
