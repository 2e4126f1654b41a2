"""What came back: whose fault it is, and what that costs whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.model.delivery import MailingKind


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


class BounceFate(StrEnum):
    """What came of a bounce."""

    OPEN = ""  # not decided yet: first it is seen whether it is one of many
    HELD = "held"  # one of many at its domain: an operator decides
    NOTED = "noted"  # never costs a reader anything
    COUNTED = "counted"  # against the reader; not enough so far
    SUSPENDED = "suspended"  # their subscriptions were suspended for it
    UNSUBSCRIBED = "unsubscribed"  # they complained
    FORGIVEN = "forgiven"


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
    """A report, read.

    `addressed` is whom it was written to, `marks` are texts inside it: both may hold a
    token of ours. `mailbox` is the address it is about where it says one:
    to be believed only from whoever has shown who they are.
    """

    kind: ReportKind
    said: Said = Said()
    addressed: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """Whose mail came back: the delivery that a token named."""

    delivery: int
    mailing_kind: MailingKind
    issue: str
    domain: str
    mailbox_hash: str
    subscription: int | None
    subscriber: int | None


@dataclass(frozen=True, slots=True)
class Bounce:
    """One thing that came back, as the store has it: a row of its own."""

    id: int
    kind: BounceClass
    fate: BounceFate
    weight: int
    issue: str
    domain: str
    enhanced: str
    text: str
    via: str  # how we learned of it: smtp, lmtp, imap, pipe, ses …
    at: datetime
    recipient: str = ""
    subscriber: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one issue for one reader, as far as bounces go."""

    issue: str
    at: datetime
    accepted: bool = False
    dead: int = 0  # weight
    full: int = 0
    faulted: bool = False  # it came back, and not for anything about the reader


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many at one domain did not get an issue, of how many."""

    issue: str
    domain: str
    bounced: int
    of: int
    enhanced: str = ""
    text: str = ""
