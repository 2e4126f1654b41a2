"""What a feed says, decoded but not yet trusted: the same for every format.

Parsers make `Parsed` of a document; `feed_entry` makes stories of its entries, in
the light of the `Channel` they came by.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dispatch.collect import dates
from dispatch.model import Enclosure, Errand, Image, Outlook, SourceSettings
from dispatch.text import plain, urls

CLOCK_SKEW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says about one item, decoded but not yet trusted.

    Addresses may be relative to `base`; `title` is plain text; `html` and `summary`
    are HTML. `published` and `updated` are as written, the moments beside them what
    the parser made of them. `images` are the item's own, the best first.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    html: str = ""
    summary: str = ""
    base: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    published_parsed: datetime | None = None
    updated_parsed: datetime | None = None
    language: str = ""
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What a feed says about itself. `authors` are those of items that name none."""

    title: str = ""
    home: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    outlook: Outlook = field(default_factory=Outlook)
    next_page: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, read: sentences on what is wrong with it are its `problems`.

    `salvaged` counts the items that no parser wanted and that may lack something.
    """

    about: About
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    salvaged: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """What holds for every item: the source, the feed's own title and place."""

    source: SourceSettings
    address: str  # where the feed was found, after redirects
    now: datetime
    title: str = ""
    home: str = ""
    language: str = ""
    site_language: str = ""
    timezone: str = "UTC"
    authors: tuple[str, ...] = ()


def channel(about: About, errand: Errand, address: str) -> Channel:
    """Return what holds for the items of a feed that was found at `address`."""
    home = urls.join(address, about.home) if about.home else ""
    return Channel(
        source=errand.source,
        address=address,
        now=errand.now,
        title=plain.squash(about.title),
        home=home if urls.is_web(home) else "",
        language=about.language,
        site_language=errand.language,
        timezone=errand.timezone,
        authors=about.authors,
    )


def moment(text: str, parsed: datetime | None, channel: Channel) -> datetime | None:
    """Return the moment by our own date layer; the parser's where it knows none.

    A date that names no zone is in the source's.
    """
    language = channel.source.language or channel.language or channel.site_language
    found = dates.parse(
        text, timezone=channel.timezone, now=channel.now, language=language
    )
    if found or not text or parsed is None:
        return found
    return parsed if dates.is_plausible(parsed, channel.now) else None


def ahead(
    moment: datetime | None, channel: Channel
) -> tuple[datetime | None, datetime | None]:
    """Return when a story was published, and until when it waits.

    A day ahead is a clock that is wrong; more is a story that is meant to wait,
    unless the source's `future` says otherwise.
    """
    now, policy = channel.now, channel.source.future
    if moment is None or moment <= now:
        return moment, None
    if policy == "clamp" or (policy == "hold" and moment <= now + CLOCK_SKEW):
        return now, None
    return moment, moment
