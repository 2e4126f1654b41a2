"""Published feeds: their formats, their identity, their files."""

from dataclasses import dataclass
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
