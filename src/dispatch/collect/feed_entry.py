"""The story that one item of a feed makes, whatever the format."""

import hashlib
import html as entities
from collections.abc import Iterable
from dataclasses import replace

from dispatch.collect import entries, identity, lead_image, sanitise
from dispatch.collect.entries import Channel, Entry
from dispatch.model import Alias, Collected, Content, Enclosure
from dispatch.text import fingerprints, html as markup, plain, urls

MOST_HTML = 1_000_000  # characters; a whole novel has fewer
SUMMARY = 600  # characters
LONGEST_GUID = 2000


def collect(entry: Entry, channel: Channel) -> Collected | None:
    """Return the story that an item is; None when it says nothing at all.

    Raises ValueError with a sentence when it is too large to be one.
    """
    if len(entry.html) > MOST_HTML or len(entry.summary) > MOST_HTML:
        raise ValueError(f"It has more than {MOST_HTML:,} characters; it was left out.")
    content = _content(entry, channel)
    if not content.headline and not content.html:
        return None
    updated = entries.moment(entry.updated, entry.updated_parsed, channel)
    written = entries.moment(entry.published, entry.published_parsed, channel)
    published, embargo = entries.ahead(written or updated, channel)
    guid = plain.squash(entry.guid)[:LONGEST_GUID]
    return Collected(
        locator=guid or content.url or _words_key(content),
        stamp=_stamp(content, entry),
        content=content,
        aliases=_aliases(guid, content, channel.source.name),
        published_at=published,
        updated_at=min(updated, channel.now) if updated else None,
        embargo_until=embargo,
        guid=guid,
    )


def unique(found: Iterable[Collected]) -> tuple[Collected, ...]:
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
        bylines=_lines(entry.authors) or _lines(channel.authors),
        section=channel.source.section,
        tags=_lines(entry.tags),
        language=_language(entry, channel),
        url=urls.strip_tracking(url),
        image=lead_image.choose(entry.images, body, base=base),
        enclosures=_enclosures(entry, base),
        origin_title=channel.title,
        origin_url=urls.without_login(channel.home),
        origin_feed=urls.without_login(channel.address),
    )


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(plain.squash, texts))))


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


def _web(url: str) -> str:
    return urls.without_login(url) if urls.is_web(url) else ""


def _first(*candidates: str) -> str:
    return next((one for one in candidates if one), "")
