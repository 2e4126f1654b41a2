"""One item of a feed, whatever the format, and the story it makes."""

import hashlib
import html as entities
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.collect import dates, identity, sanitise
from dispatch.model import Alias, Collected, Content, Enclosure, Image, SourceSettings
from dispatch.text import fingerprints, html as markup, plain, urls

MOST_HTML = 1_000_000  # characters; a whole novel has fewer
CLOCK_SKEW = timedelta(hours=24)
SUMMARY = 600  # characters
UNLIKELY = ("s.w.org/images/core/emoji", "gravatar.com/avatar", "/emoji/", "feedburner")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says about one item, decoded but not yet trusted.

    Addresses may be relative to `base`; `title` is plain text; `html` and `summary`
    are HTML. `published` and `updated` are as written, the moments beside them what
    the parser made of them.
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
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """What holds for every item: the source, the feed's own title and place."""

    source: SourceSettings
    address: str  # where the feed was found, after redirects
    title: str = ""
    home: str = ""
    language: str = ""
    site_language: str = ""


def collect(entry: Entry, channel: Channel, *, now: datetime) -> Collected | None:
    """Return the story that an item is; None when it says nothing at all.

    Raises ValueError with a sentence when it is too large to be one.
    """
    if len(entry.html) > MOST_HTML or len(entry.summary) > MOST_HTML:
        raise ValueError(f"It has more than {MOST_HTML:,} characters; it was left out.")
    content = _content(entry, channel)
    if not content.headline and not content.html:
        return None
    moment = _moment(entry.published, entry.published_parsed, now)
    published, embargo = _not_ahead(moment, now)
    updated = _moment(entry.updated, entry.updated_parsed, now)
    guid = plain.squash(entry.guid)[:2000]
    return Collected(
        locator=guid or content.url or _words_key(content),
        stamp=_stamp(content, entry),
        content=content,
        aliases=_aliases(guid, content, channel.source.name),
        published_at=published,
        updated_at=updated,
        embargo_until=embargo,
        guid=guid,
    )


def unique(found: list[Collected]) -> tuple[Collected, ...]:
    """Give items that share a name names of their own; drop what is twice the same."""
    seen: dict[str, Collected] = {}
    for one in found:
        name = one.locator
        if name in seen and seen[name].stamp != one.stamp:
            name = f"{name} {one.stamp[:16]}"
        seen.setdefault(name, replace(one, locator=name))
    return tuple(seen.values())


def paragraphs(text: str) -> str:
    """Return plain text as HTML: a blank line parts paragraphs."""
    blocks = (plain.squash(block) for block in plain.clean(text).split("\n\n"))
    return "".join(
        f"<p>{entities.escape(block, quote=False)}</p>" for block in blocks if block
    )


def _content(entry: Entry, channel: Channel) -> Content:
    home = _first(channel.home, channel.address)
    url = _web(urls.join(home, entry.link)) if entry.link.strip() else ""
    base = urls.join(_first(url, home), entry.base)
    body = sanitise.sanitise(entry.html or entry.summary, base=base)
    return Content(
        headline=plain.squash(entry.title) or _headline(body),
        html=body,
        summary=_summary(entry) if entry.html else "",
        bylines=tuple(dict.fromkeys(filter(None, map(plain.squash, entry.authors)))),
        section=channel.source.section,
        tags=tuple(dict.fromkeys(filter(None, map(plain.squash, entry.tags)))),
        language=_language(entry, channel),
        url=urls.strip_tracking(url),
        image=_image(entry, body, base),
        enclosures=_enclosures(entry, base),
        origin_title=plain.squash(channel.title),
        origin_url=channel.home,
    )


def _headline(body: str) -> str:
    """Return words to name an item without a title by, as feed readers do."""
    return plain.excerpt(markup.to_text(body), 80)


def _summary(entry: Entry) -> str:
    if not entry.summary or entry.summary == entry.html:
        return ""
    return plain.excerpt(markup.to_text(entry.summary), SUMMARY)


def _language(entry: Entry, channel: Channel) -> str:
    """Return the language where it is not the site's."""
    named = channel.source.language or entry.language or channel.language
    tag = plain.squash(named).replace("_", "-")[:35]
    main = tag.partition("-")[0].lower()
    if not main.isalpha() or main == channel.site_language.partition("-")[0].lower():
        return ""
    return tag


def _image(entry: Entry, body: str, base: str) -> Image | None:
    """Return the item's own picture, else the first of its text that may be one."""
    if entry.image is not None:
        url = _web(urls.join(base, entry.image.url))
        if url:
            return replace(entry.image, url=url)
    found = _web(entities.unescape(markup.first_image(body)))
    if not found or any(sign in found for sign in UNLIKELY):
        return None
    return Image(url=found)


def _enclosures(entry: Entry, base: str) -> tuple[Enclosure, ...]:
    resolved = (replace(e, url=_web(urls.join(base, e.url))) for e in entry.enclosures)
    return tuple(one for one in resolved if one.url)


def _aliases(guid: str, content: Content, source: str) -> tuple[Alias, ...]:
    if not guid and not content.url:
        guid = _words_key(content)
    return identity.aliases(
        identity.guid_alias(source, guid) if guid else None,
        identity.tail_alias(source, guid),
        identity.url_alias(content.url),
        identity.body_alias(content.html),
    )


def _words_key(content: Content) -> str:
    """Return the only name an item without id and link can have: its words."""
    return "words:" + fingerprints.fingerprint(content.headline + content.html)


def _stamp(content: Content, entry: Entry) -> str:
    parts = (fingerprints.content_hash(content), entry.published, entry.updated)
    return hashlib.sha256(repr((*parts, entry.guid)).encode()).hexdigest()


def _moment(text: str, parsed: datetime | None, now: datetime) -> datetime | None:
    """Return the moment by our own date layer; the parser's where it knows none."""
    return dates.parse(text, timezone="UTC", now=now) or parsed


def _not_ahead(
    moment: datetime | None, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return when it was published, and until when it waits.

    A day ahead is a clock that is wrong; more is a story that is meant to wait.
    """
    if moment is None or moment <= now:
        return moment, None
    if moment <= now + CLOCK_SKEW:
        return now, None
    return moment, moment


def _web(url: str) -> str:
    return url if urls.is_web(url) else ""


def _first(*candidates: str) -> str:
    return next((one for one in candidates if one), "")
