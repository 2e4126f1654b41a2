"""Mailings, deliveries, what a server said, and what becomes of a delivery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

HELD_BACK = 99
"""The priority of what waits for an issue's canary: nothing claims it."""


class MailingKind(StrEnum):
    """What a delivery belongs to. Mail that one person asked for goes first."""

    CONFIRM = "confirm"
    WELCOME = "welcome"
    GOODBYE = "goodbye"
    REMINDER = "reminder"
    PROOF = "proof"
    ALERT = "alert"
    TEST = "test"
    CORRECTION = "correction"
    ISSUE = "issue"

    @property
    def priority(self) -> int:
        """Lower goes first."""
        match self:
            case MailingKind.ISSUE:
                return 10
            case MailingKind.CORRECTION:
                return 5
            case _:
                return 0


@dataclass(frozen=True, slots=True)
class Mailing:
    """One act of sending: an issue to its audience, or one mail to one person."""

    id: int
    kind: MailingKind
    dedupe_key: str  # UNIQUE: asking twice makes one
    created_at: datetime  # also the message's Date
    newsletter: str = ""
    issue: str = ""
    expires_at: datetime | None = None


class DeliveryState(StrEnum):
    """planned = the sum over all of these, after every transaction."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DOT = "dot"  # the intent to send the final dot is durable
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    CLOSED = "closed"  # an unknown that was decided

    @property
    def final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in FINAL_STATES


FINAL_STATES = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.REJECTED,
        DeliveryState.SKIPPED,
        DeliveryState.EXPIRED,
        DeliveryState.CLOSED,
    }
)


class Phase(StrEnum):
    """How far an SMTP transaction had come. Ours, never inferred from an exception."""

    CONNECT = "connect"  # connect, EHLO, STARTTLS, AUTH
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"  # body bytes, no dot yet
    INTENT = "intent"  # intent committed, dot not yet written
    DOT = "dot"  # the dot may have left us


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said (RFC 5321 section 4.2, RFC 3463). Code 0: nothing."""

    code: int
    text: str = ""  # at most 2 kB, lines joined by a newline
    enhanced: str = ""
    phase: Phase = Phase.CONNECT


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a message is from and for. `id` comes back in bounces (DSN, RFC 3461)."""

    sender: str
    recipient: str
    id: str = ""

    @property
    def ascii(self) -> bool:
        """Whether it can be said without SMTPUTF8."""
        return (self.sender + self.recipient).isascii()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state a delivery enters, and when to try again, if ever."""

    state: DeliveryState
    retry_at: datetime | None = None
    reason: str = ""
    stop_relay: bool = False  # the relay itself refuses us: nobody else is tried


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this worker alone may send, until `lease_until`."""

    id: int
    mailing: int
    kind: MailingKind
    fence: int
    tries: int  # finished tries before this one
    recipient: str
    body: str  # sha256 of the Frozen
    newsletter: str
    subscription: int | None
    mailing_created_at: datetime
    issue: str
    lease_until: datetime
    expires_at: datetime | None = None
    sender: str = ""  # address of the From header


class Intent(StrEnum):
    """The store's answer to "may I send the final dot?"."""

    GO = "go"  # durable: the dot may leave
    SKIPPED = "skipped"  # unsubscribed or suppressed meanwhile; the row says why
    HELD = "held"  # the issue was paused meanwhile; the row is pending again
    FENCED = "fenced"  # the row is no longer ours


@dataclass(frozen=True, slots=True)
class Doubt:
    """A delivery in state UNKNOWN: the dot may have left, no answer was recorded."""

    delivery: int
    mailing: int
    newsletter: str
    issue: str
    recipient: str
    phase: str
    reason: str
    resends: int
    dot_at: datetime
    lease_until: datetime  # nothing is sent again before this
    superseded: bool = False  # its issue was replaced: this version never goes again
    sent_again: bool = False  # by itself, once the lease has ended: policy says so


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that delivers, as the store knows it."""

    id: str
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """The books of one mailing."""

    planned: int = 0
    pending: int = 0
    claimed: int = 0
    dot: int = 0
    deferred: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    expired: int = 0
    unknown: int = 0
    closed: int = 0

    @property
    def gap(self) -> int:
        """Must be 0: planned minus the sum of all states."""
        return self.planned - (self.open + self.settled)

    @property
    def open(self) -> int:
        """Deliveries of which something may still become by itself or by decision."""
        return self.pending + self.claimed + self.dot + self.deferred + self.unknown

    @property
    def settled(self) -> int:
        """Deliveries whose story is over."""
        return self.accepted + self.rejected + self.skipped + self.expired + self.closed


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that needs a human. `key` tells the same trouble from another.

    `message` names no address: it may go to a log.
    """

    key: str
    message: str
