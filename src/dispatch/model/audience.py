"""Subscribers and their ties to newsletters."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.model.edition import Cadence, Choice, MailFormat


class SubscriptionState(StrEnum):
    """`subscribe.lifecycle` has the one table of transitions."""

    PENDING = "pending"  # asked, not yet confirmed
    ACTIVE = "active"
    PAUSED = "paused"  # by the reader, until a date
    UNSUBSCRIBED = "unsubscribed"
    SUSPENDED = "suspended"  # by bounces


class SuppressionReason(StrEnum):
    """Why an address gets no mail from anybody here."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINT = "complaint"
    ERASED = "erased"
    MANUAL = "manual"

    @property
    def own_choice(self) -> bool:
        """Whether the reader chose it, and may take it back by confirming again.

        A confirmation mail may go to such an address; nothing else may.
        """
        return self in {SuppressionReason.UNSUBSCRIBED, SuppressionReason.ERASED}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address. `address` is as typed, `mailbox` its comparable form."""

    id: int
    address: str
    mailbox: str
    created_at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """How somebody came to be on a list: kept as evidence."""

    source: str = ""  # form, import, operator
    text: str = ""
    ip: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber's tie to one newsletter.

    `covered_to` is the content mark: entries up to this position are not sent
    again. `covered_at` is the slot of the newest issue that was theirs: it says
    whether they have had this week's. `topics` are section names, `languages` base
    tags; empty means all.
    """

    id: int
    subscriber: int
    newsletter: str
    state: SubscriptionState
    created_at: datetime
    topics: tuple[str, ...] = ()
    format: MailFormat = MailFormat.HTML
    covered_to: int = 0
    cadence: Cadence = Cadence.EACH
    languages: tuple[str, ...] = ()
    covered_at: datetime | None = None
    paused_until: datetime | None = None
    requested_at: datetime | None = None  # of the newest sign-up or confirmation mail
    confirmed_at: datetime | None = None
    consent: Consent = Consent()

    @property
    def choice(self) -> Choice:
        """What the next issue for them is to be."""
        return Choice(
            topics=tuple(sorted(self.topics)),
            format=self.format,
            from_position=self.covered_to,
            languages=tuple(sorted(self.languages)),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription with whose it is and whether the address may be written to."""

    subscription: Subscription
    subscriber: Subscriber
    suppression: SuppressionReason | None = None
