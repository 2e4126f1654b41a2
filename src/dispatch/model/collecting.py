"""Collecting: what a reader of sources is given, and what it brings back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from dispatch.model.content import Alias, Content, Finding, Media, PubStatus
from dispatch.model.ports import Fetch
from dispatch.model.source_settings import SourceSettings


@dataclass(frozen=True, slots=True)
class Collected:
    """A story as one source brought it, before it is decided whose story it is.

    `locator` names it within the source (relative path, guid). `stamp` changes
    whenever the raw item may have changed (size and mtime of a file, a hash).
    """

    locator: str
    stamp: str
    content: Content
    aliases: tuple[Alias, ...]
    published_at: datetime | None = None  # UTC; None: when first seen
    updated_at: datetime | None = None
    embargo_until: datetime | None = None
    status: PubStatus = PubStatus.USABLE
    guid: str = ""  # the source's own id, for feeds with ids = "source"
    media: tuple[Media, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Bad input that was set aside: where, what, and what was done or would help."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional GET sends back (RFC 9110 section 13), exactly as received."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a document says about visiting it, beside what its HTTP headers say.

    Hours and days are GMT (RSS skipHours, skipDays). `hub` and `topic` are absolute
    addresses (WebSub), empty when there is no hub.
    """

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # 0 … 23
    skip_days: frozenset[int] = frozenset()  # 0 = Monday
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one visit to a source brought.

    `present` lists every locator that still exists, for a source that can be
    listed whole (a folder), else None. A source that could not be read at all
    raises `SourceError` instead: an empty harvest means an empty source.
    """

    found: tuple[Collected, ...] = ()
    problems: tuple[Problem, ...] = ()
    unchanged: int = 0
    present: frozenset[str] | None = None
    validators: Validators = Validators()
    waiting: int = 0  # files not yet settled; collected at a later visit
    same: bool = False  # the source says that nothing changed; nothing was read
    cursor: str = ""  # where the next visit goes on, in the reader's own words
    gone: frozenset[str] = frozenset()  # locators the source itself says are no more
    outlook: Outlook = Outlook()
    remark: str = ""  # a sentence for `status`: "Its REST API refuses us (401); …"


@dataclass(frozen=True, slots=True)
class Courtesy:
    """What politeness towards a source remembers between visits.

    `address` and `validators_for` are marks of what the config says and of what the
    validators belong to: another address is another document. `trail_to` is where it
    redirects for good, `moved_to` the address that was adopted for that.
    """

    address: str = ""
    validators_for: str = ""
    full_at: datetime | None = None  # when its document was last sent whole
    outlook: Outlook = Outlook()
    rhythm: str = ""  # as `collect.rhythm` writes it
    rhythm_at: datetime | None = None
    trail_to: str = ""
    trail_since: datetime | None = None
    moved_to: str = ""
    moved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the store remembers of a source between visits."""

    name: str
    kind: str
    first_seen_at: datetime
    validators: Validators = Validators()
    last_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    error: str = ""
    cursor: str = ""
    remark: str = ""
    held_at: datetime | None = None  # a storm: its harvest waits for an operator
    held_why: str = ""
    next_why: str = ""  # a clause: "every 24 min: it publishes about 40 stories …"
    failing_since: datetime | None = None
    gone_at: datetime | None = None  # 410: not asked again until an operator wants it
    courtesy: Courtesy = Courtesy()


@dataclass(frozen=True, slots=True)
class Errand:
    """What a reader of sources is given for one visit.

    `known` maps the source's own names to the stamps they were collected with;
    `cursor` and `validators` are what the last good visit left. `timezone` and
    `language` are the source's own, or else the site's. `commits` tells when git first
    saw each file of a folder.
    """

    source: SourceSettings
    fetch: Fetch
    now: datetime
    timezone: str = "UTC"
    language: str = "en"
    known: Mapping[str, str] = field(default_factory=dict)
    validators: Validators = Validators()
    cursor: str = ""
    commits: Callable[[Path], Mapping[str, datetime]] | None = None
