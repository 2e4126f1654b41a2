"""Decide what becomes of a delivery after the mail server has answered, or has not.

Pure: a reply and a time in, an `Outcome` out. What is our own fault never costs a
subscriber an issue for good: it is tried again, seldom, until the mail expires.
"""

import zlib
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.deliver import reply as replies, throttle
from dispatch.deliver.reply import Fault
from dispatch.model import DeliveryState, Outcome, Phase, Reply

DELAYS = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120, 240))
SOON = timedelta(minutes=1)  # where only the relay is busy
SELDOM = timedelta(hours=1)  # before asking again where we are to blame
LAST = timedelta(minutes=5)  # before the expiry, a last try is made
JITTER = 0.1


def decide(
    reply: Reply, *, tries: int, now: datetime, expires_at: datetime | None, seed: int
) -> Outcome:
    """Return what `reply` to the `tries`-th try (from 1) makes of a delivery.

    `seed` (the delivery's id) spreads the retries, the same way every time.
    """
    if replies.positive(reply.code) and reply.phase is Phase.DOT:
        return Outcome(DeliveryState.ACCEPTED)
    if reply.code < replies.TEMPORARY:  # nothing, or nothing that makes sense here
        outcome = _silence(reply, now + delay(tries, seed))
    elif reply.code == replies.CLOSING:
        outcome = Outcome(DeliveryState.PENDING, now, "the server closed the session")
    elif throttle.concerns_all(reply):
        # Not their fault: the next try comes as soon as the relay may like it.
        outcome = Outcome(DeliveryState.PENDING, now + SOON, "the relay is busy")
    else:
        outcome = _refusal(reply, tries, now, seed)
    return _unless_expired(outcome, now, expires_at)


def delay(tries: int, seed: int) -> timedelta:
    """Return the pause after the `tries`-th try: longer each time, with jitter."""
    base = DELAYS[min(max(tries, 1), len(DELAYS)) - 1]
    spread = zlib.crc32(f"{seed}:{tries}".encode()) / 2**32  # 0 … 1
    return base * (1 - JITTER + 2 * JITTER * spread)


def _silence(reply: Reply, later: datetime) -> Outcome:
    """The connection failed: only from the dot on may the message have gone out."""
    match reply.phase:
        case Phase.DOT:
            return Outcome(DeliveryState.UNKNOWN, reason="no answer after the dot")
        case Phase.INTENT:
            return Outcome(DeliveryState.PENDING, later, "the dot was not sent")
        case _:
            return Outcome(DeliveryState.DEFERRED, later, "connection lost")


def _refusal(reply: Reply, tries: int, now: datetime, seed: int) -> Outcome:
    whose = replies.fault(reply)
    later = now + delay(tries, seed)
    match whose:
        case Fault.TEMPORARY | Fault.FULL:
            return Outcome(DeliveryState.DEFERRED, later, whose)
        case Fault.SENDER:
            return Outcome(
                DeliveryState.DEFERRED,
                max(later, now + SELDOM),
                whose,
                stop_relay=reply.phase in (Phase.CONNECT, Phase.MAIL),
            )
        case Fault.MESSAGE | Fault.RECIPIENT:
            return Outcome(DeliveryState.REJECTED, reason=whose)


def _unless_expired(
    outcome: Outcome, now: datetime, expires_at: datetime | None
) -> Outcome:
    """A try that would come too late is made shortly before the expiry, or never."""
    late = outcome.retry_at and expires_at and outcome.retry_at >= expires_at
    if not late or expires_at is None:
        return outcome
    if expires_at - LAST > now + DELAYS[0]:
        return replace(outcome, retry_at=expires_at - LAST)
    return replace(outcome, state=DeliveryState.EXPIRED, retry_at=None)
