"""Decide whether mail that comes back ends a subscription. Counts issues, not days.

Pure: a reader's record and a time in, a decision out. A score that fades with time
never ends a weekly newsletter's dead addresses, and ends a daily one's in a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.model import BounceClass, Crowd, Mark

DEAD_ISSUES = 2
FULL_ISSUES = 5
FULL_FOR = timedelta(days=14)
CLEAN_ISSUES = 2  # that arrived and did not come back: an old score is forgotten
# What did not come back within this, has arrived. A relay keeps what it cannot deliver
# for now up to five days before it gives up.
RIPE = timedelta(hours=24)
RIPE_FULL = timedelta(days=6)
MESSAGE_LIMIT = 3  # copies of one issue that are called malformed
CROWD_SHARE = 0.05  # of a domain in one issue: more is no matter of single readers
CROWD_LEAST = 5

EFFECTS = (
    (
        BounceClass.DEAD,
        "the address does not work: 5.1.1, 5.1.3, 5.2.1, “user unknown”",
        f"suspended after {DEAD_ISSUES} issues; after one if the domain is gone: 5.1.2",
    ),
    (
        BounceClass.FULL,
        "full, slow, out of reach, or nobody knows: x.2.2, 4.x.x, 5.3.x, 5.4.x",
        f"suspended after {FULL_ISSUES} issues in a row and {FULL_FOR.days} days",
    ),
    (
        BounceClass.MESSAGE,
        "our message is too large or malformed: 5.2.3, 5.3.4, 5.5.x, 5.6.x",
        f"never the reader; the issue is paused at {MESSAGE_LIMIT}",
    ),
    (
        BounceClass.SENDER,
        "our reputation, authentication or policy: x.7.x, block lists",
        "never the reader; operators are told what to mend",
    ),
    (
        BounceClass.COMPLAINT,
        "the reader marked our mail as unwanted: RFC 5965",
        "unsubscribed and suppressed at once; nothing is mailed back",
    ),
    (
        BounceClass.AUTO_REPLY,
        "a machine answers for somebody who is away: RFC 3834",
        "nothing",
    ),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to suspend a reader, and why, in words for the history."""

    suspend: bool
    why: str = ""


def decide(record: Sequence[Mark], *, now: datetime) -> Decision:
    """Return what a reader's record, oldest issue first, comes to."""
    score = _Score()
    for mark in record:
        score = score.after(mark, now)
    if score.dead >= DEAD_ISSUES:
        return Decision(True, "the address does not work any more")
    since = score.full_since
    if score.full >= FULL_ISSUES and since is not None and now - since >= FULL_FOR:
        return Decision(
            True, f"mailbox full or out of reach for {score.full} issues in a row"
        )
    return Decision(False)


def is_crowd(crowd: Crowd) -> bool:
    """Whether so many at one domain bounced that it is no matter of single readers."""
    return crowd.bounced >= CROWD_LEAST and crowd.bounced > CROWD_SHARE * crowd.of


def effects_table() -> str:
    """Return what each class is and does, for docs/bounces.md."""
    lines = ["| class | what it says | what it does |", "| --- | --- | --- |"]
    lines += [f"| `{kind}` | {what} | {does} |" for kind, what, does in EFFECTS]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Score:
    dead: int = 0
    full: int = 0
    full_since: datetime | None = None
    clean: int = 0

    def after(self, mark: Mark, now: datetime) -> "_Score":
        """Return the score after one more issue."""
        if mark.dead:
            return _Score(self.dead + mark.dead, self.full, self.full_since)
        if mark.full:
            since = self.full_since or mark.at
            return _Score(self.dead, self.full + 1, since)
        if not mark.accepted or mark.faulted or now - mark.at < RIPE:
            return self  # tells nothing about the reader
        clean = self.clean + 1
        dead = 0 if clean >= CLEAN_ISSUES else self.dead
        if now - mark.at < RIPE_FULL:
            return _Score(dead, self.full, self.full_since, clean)
        return _Score(dead, clean=clean)
