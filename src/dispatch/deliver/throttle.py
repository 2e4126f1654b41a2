"""What to do when a server says "too fast": halve the speed, then grow it slowly.

Additive increase, multiplicative decrease, as TCP does. Pure: replies and numbers in,
numbers out. Speeds are messages a second.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.deliver import reply as replies
from dispatch.model import Phase, Reply

SLOWEST = 0.1
DOUBTFUL = 5.0  # a speed below that was not measured long enough to halve
SETTLE = timedelta(seconds=5)  # many connections hear the same refusal at once
STEP = timedelta(seconds=10)
SHARE = 0.05  # of the speed at which it was too fast, gained with each step
FREE = 2.0  # times that speed, and it is forgotten

BUSY = frozenset({421, 450, 451, 454})
THROTTLED = 454
ENOUGH = re.compile(
    r"(per|this|one) (session|connection)|message count|too many messages",
    re.IGNORECASE,
)
GREYLISTED = re.compile(r"gr[ae]y", re.IGNORECASE)
TOO_FAST = re.compile(
    r"throttl|\brate\b|too (many|fast|quickly)|slow down|try again later.*limit",
    re.IGNORECASE,
)


class Scope(StrEnum):
    """Who is to be sent to more slowly."""

    NOBODY = ""
    RELAY = "relay"
    DOMAIN = "domain"  # the recipient's


def scope(reply: Reply) -> Scope:
    """Return whom a refusal asks us to slow down for.

    To RCPT a relay speaks of one mailbox (greylisting) unless it says so; to MAIL and
    to the message it speaks of us. A session that was long enough is simply over.
    """
    if reply.code not in BUSY:
        return Scope.NOBODY
    if reply.code == replies.CLOSING and ENOUGH.search(reply.text):
        return Scope.NOBODY
    fast = TOO_FAST.search(reply.text)
    if reply.phase is not Phase.RCPT or (reply.code == THROTTLED and fast):
        return Scope.RELAY
    patience = GREYLISTED.search(reply.text)
    strict = reply.enhanced.startswith("4.7.") and not patience
    return Scope.DOMAIN if strict or fast else Scope.NOBODY


def concerns_all(reply: Reply) -> bool:
    """Whether it says nothing about the recipient, so that their tries do not count."""
    if not replies.temporary(reply.code) or reply.code == replies.CLOSING:
        return False
    told = reply.code == THROTTLED and TOO_FAST.search(reply.text)
    return bool(told) or reply.phase in (Phase.CONNECT, Phase.MAIL)


def halved(ceiling: float, recent: float) -> tuple[float, float]:
    """Return the new ceiling, and the speed that was too fast."""
    was = min(ceiling, recent) if ceiling else recent
    was = max(was, SLOWEST * 2 if ceiling else DOUBTFUL)
    return was / 2, was


def grown(ceiling: float, was: float, since: timedelta) -> float:
    """Return the ceiling after quiet time; 0 when it has been forgotten."""
    raised = ceiling + was * SHARE * max(0, since // STEP)  # a clock may go back
    return 0.0 if raised >= was * FREE else raised


def settled(changed_at: datetime | None, *, now: datetime) -> bool:
    """Whether a refusal is news: the last one has had its effect."""
    return changed_at is None or now - changed_at >= SETTLE
