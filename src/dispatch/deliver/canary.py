"""Decide whether the rest of an issue may follow its canary.

Pure: how the first recipients fared and a time in, a verdict out. When in doubt the
rest waits: a late issue can be mended, a wrong one cannot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.model import Tally

BEARABLE = 20  # one refusal in so many is the way of the world
HALF = 2


class Verdict(StrEnum):
    """What is to happen to the rest."""

    WAIT = "wait"
    GO = "go"
    STOP = "stop"  # somebody has to look


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict, and why; of WAIT, until when if that is known."""

    verdict: Verdict
    reason: str = ""
    until: datetime | None = None


def judge(
    tally: Tally,
    *,
    untried: int,
    settled_at: datetime | None,
    quiet: timedelta,
    now: datetime,
) -> Finding:
    """Judge by the canary's own books. `quiet` counts from the newest answer.

    Refusals stop it at once; silence and deferrals may mend themselves until the
    quiet time is over.
    """
    if tally.rejected > bearable(tally.planned):
        return Finding(
            Verdict.STOP, f"{tally.rejected} of {tally.planned} were refused"
        )
    if untried or tally.claimed or tally.dot:
        return Finding(Verdict.WAIT, "not all of them have been tried")
    until = (settled_at or now) + quiet
    if now < until:
        return Finding(Verdict.WAIT, "quiet so far", until)
    if tally.unknown:
        doubt = f"of {tally.unknown} of {tally.planned} the end is unknown"
        return Finding(Verdict.STOP, doubt)
    waiting = tally.pending + tally.deferred
    if waiting * HALF > tally.planned:
        return Finding(
            Verdict.STOP, f"{waiting} of {tally.planned} were put off by the server"
        )
    return Finding(Verdict.GO, "quiet until the end")


def bearable(planned: int) -> int:
    """Return how many refusals among so many are no reason to stop."""
    return max(1, planned // BEARABLE)
