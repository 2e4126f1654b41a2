"""Published feeds: their formats, their identity, their files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

FeedIds = Literal["tag", "source"]
FeedFamily = Literal["section", "author", "tag"]


class FeedFormat(StrEnum):
    """The formats every feed is published in; the value is the file's extension."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """The registered media type, without parameters."""
        family = "feed" if self is FeedFormat.JSON else self.value
        syntax = "json" if self is FeedFormat.JSON else "xml"
        return f"application/{family}+{syntax}"


@dataclass(frozen=True, slots=True)
class FeedIdentity:
    """What never changes about a feed once it has been published.

    `tag_id` is its Atom id for life. `ids` says whether entries are known by our
    tag: ids or by the ids of their source; a later change in the config does not
    count, because every reader would see every story again.
    """

    name: str
    tag_id: str
    ids: FeedIds
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a story stands in the order of publication."""

    at: datetime
    article: int = 0


@dataclass(frozen=True, slots=True)
class FeedArchive:
    """A closed archive document of a feed (RFC 5005): a month, or part of a busy one.

    It holds the feed's stories from `since` up to `until`, as far as they were there
    when it was closed, and those of earlier places that came between its `before` and
    its closing. `older` and `newer` are the names of its neighbours; a document that
    was the newest when it was closed names none that is newer, and never will.
    """

    feed: str
    name: str  # "2026-03"; "2026-03-2" is the second part of a busy month
    number: int
    since: Place
    until: Place
    before: datetime  # when the one before it was closed
    closed_at: datetime
    style: str  # what its bytes depend on beside its stories, as a digest
    older: str = ""
    newer: str = ""
    entries: int = 0
    sha256: Mapping[FeedFormat, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """The name of its files, without their endings."""
        return archive_document(self.feed, self.name)

    def holds(self, place: Place, first_seen_at: datetime) -> bool:
        """Whether a story of the feed belongs to this document."""
        if place < self.since:
            return self.before < first_seen_at <= self.closed_at
        return place < self.until and first_seen_at <= self.closed_at


def archive_document(feed: str, name: str) -> str:
    """Return the name of an archive document's files; nothing for no archive."""
    return f"archive/{feed}/{name}" if name else ""


@dataclass(frozen=True, slots=True)
class PrivateFeed:
    """A reader's own selection as a feed, under an address that only they know.

    It follows the topics of `subscription`, whether or not mail is sent to it.
    Revoked, it answers 410 for ever.
    """

    id: int
    subscription: int
    name: str  # what the reader calls it: "Phone"
    made_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One published file. `changed_at` moves only when its bytes do.

    With an `error`, the feed could not be published the last time; the file on
    disk is the last good one (`sha256` is empty when there never was one).
    """

    feed: str
    format: FeedFormat
    sha256: str
    entries: int
    changed_at: datetime
    error: str = ""
