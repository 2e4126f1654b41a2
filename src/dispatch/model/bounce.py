"""What came back: whose fault it is, and what that costs whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BounceClass(StrEnum):
    """Why mail came back. `deliver.blame` tells them apart."""

    DEAD = "dead"  # the address does not work and will not
    FULL = "full"  # full, slow, or not reachable for now
    MESSAGE = "message"  # ours: too large, malformed
    SENDER = "sender"  # ours: reputation, authentication, policy
    COMPLAINT = "complaint"  # the reader called it unwanted
    AUTO_REPLY = "auto_reply"  # a machine answered for somebody who is away

    @property
    def about_reader(self) -> bool:
        """Whether it may ever cost a reader their subscription."""
        return self in {BounceClass.DEAD, BounceClass.FULL, BounceClass.COMPLAINT}


class ReportKind(StrEnum):
    """What a mail that came back to us says about the one we sent."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"  # a success that nobody asked for, RFC 3464
    COMPLAINT = "complaint"  # RFC 5965
    AUTO_REPLY = "auto_reply"  # RFC 3834, and read receipts
    OTHER = "other"  # a person's answer, or nothing that we can read


@dataclass(frozen=True, slots=True)
class Said:
    """A server's words about one message: as much of them as there was."""

    code: int = 0  # 550; 0 when none was given
    enhanced: str = ""  # 5.1.1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whose fault it is. `weight` is how many issues it counts for."""

    kind: BounceClass
    weight: int = 1


@dataclass(frozen=True, slots=True)
class BounceReport:
    """A report, read. `marks` are texts that may hold a token of ours, best first.

    `mailbox` is the address it is about where it says one: to be believed only from
    whoever has shown who they are.
    """

    kind: ReportKind
    said: Said = Said()
    marks: tuple[str, ...] = ()
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """One thing that came back, as the store has it: a row of its own."""

    id: int
    delivery: int
    kind: BounceClass
    weight: int
    issue: str
    domain: str
    enhanced: str
    text: str
    via: str  # how we learned of it: smtp, lmtp, imap, pipe, ses …
    at: datetime
    recipient: str = ""
    subscriber: int | None = None
