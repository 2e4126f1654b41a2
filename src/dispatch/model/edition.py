"""Newsletters' slots, entries, issues and variants, and the bytes they freeze into."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Literal

Show = Literal["full", "excerpt", "headline"]
"""How much of a story an issue shows: all of it, a summary, or the headline alone."""


class SlotOutcome(StrEnum):
    """What became of one moment the schedule named."""

    OPENED = "opened"
    EMPTY = "empty"
    SKIPPED_LATE = "skipped_late"
    SUPERSEDED = "superseded"
    PAUSED = "paused"
    SKIPPED = "skipped"  # by an editor


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment of a newsletter's schedule, settled once and for ever."""

    newsletter: str
    at: datetime
    outcome: SlotOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewsletterState:
    """What the store remembers of a newsletter; its config name is its identity."""

    name: str
    title: str
    first_seen_at: datetime
    settled_to: datetime  # every slot up to and including this moment is settled
    mark: int = 0  # to_position of the newest planned issue
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An article's place in a newsletter, given once. Positions only grow."""

    newsletter: str
    position: int
    article: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a story came, and from where: what a flood is measured by."""

    source: str
    first_seen_at: datetime
    published_at: datetime


class IssueState(StrEnum):
    """An issue's life; `store.issues` has the table of allowed changes."""

    DRAFT = "draft"
    HELD = "held"
    READY = "ready"  # content frozen
    PLANNED = "planned"  # audience frozen
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Issue:
    """One edition of a newsletter. `id` reads like `daily-2026-03-04`."""

    id: str
    newsletter: str
    slot: datetime
    state: IssueState
    subject: str
    from_position: int  # entries with from_position < position <= to_position
    to_position: int
    created_at: datetime
    revision: int = 1
    expires_at: datetime | None = None
    held_reason: str = ""
    planned: int | None = None  # recipients, once planned
    # Not before; None: as it is ready. Of a canary: when the rest may go.
    leaves_at: datetime | None = None
    canary: int = 0  # so many got it first, and the rest waits
    replaced: int = 0  # the first revision that may still leave, once one was wrong


@dataclass(frozen=True, slots=True)
class Departure:
    """How a planned issue leaves: `undo` later, and to the first `canary` alone."""

    undo: timedelta = timedelta(0)
    canary: int = 0


class MailFormat(StrEnum):
    """What a reader wants in the mailbox."""

    HTML = "html"  # multipart/alternative: plain text and HTML
    TEXT = "text"


class Cadence(StrEnum):
    """How often a reader wants mail; `compose.cadence` says when that is."""

    EACH = "each"  # every issue
    DAILY = "daily"  # the first issue of a day
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a subscriber asked for; people with the same choice share a variant.

    `topics` are section names and `languages` base tags ("en"), sorted; empty means
    every one. `from_position` says up to where they have had it; it is how a cadence
    shows in a variant. `without` are articles that another newsletter gave them.
    """

    topics: tuple[str, ...] = ()
    format: MailFormat = MailFormat.HTML
    from_position: int = 0
    languages: tuple[str, ...] = ()
    without: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """A stable text for the database's UNIQUE (issue, choice, revision)."""
        parts = [self.format.value, str(self.from_position), ",".join(self.topics)]
        if self.languages or self.without:
            parts.append(",".join(self.languages))
        if self.without:
            listed = ",".join(map(str, self.without))
            parts.append(sha256(listed.encode()).hexdigest()[:16])
        return "|".join(parts)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of frozen bytes that belongs to one recipient."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """A whole message, encoded and dot-stuffed, with gaps for personal values.

    `data` is what goes over the wire between DATA's 354 and the final dot:
    headers, blank line, body, CRLF line ends, ending with CRLF. Spans are sorted
    and do not overlap. `compose.splice` is the only way to a message.
    """

    data: bytes
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """An issue for one choice: frozen entries and frozen bytes."""

    issue: str
    choice: Choice
    revision: int
    subject: str
    articles: tuple[int, ...]
    more: int = 0  # "N more on the web"
    html: str = ""
    text: str = ""
    body: str = ""  # sha256 of the stored Frozen
    left_out: str = ""  # what there was no room for, a sentence


@dataclass(frozen=True, slots=True)
class Rendered:
    """The three texts that templates make of one mail."""

    subject: str
    text: str
    html: str = field(default="", repr=False)
