"""What a parsed RSS or Atom item says, as an entry.

Takes the dictionaries that `collect.feed` got from its parser.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from time import struct_time
from typing import Any

from dispatch.collect import feed_entry
from dispatch.collect.entries import Entry
from dispatch.model import Enclosure, Image
from dispatch.text import html as markup, plain

EARLIEST, LATEST = 1990, 2100
MOST_DIGITS = 12  # of a width or a length

PLAYED = ("audio/", "video/")
DURATION = re.compile(r"(?:\d{1,3}:)?(?:\d{1,3}:)?\d{1,6}(?:\.\d+)?")

PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#])", re.IGNORECASE)
MARKED_UP = re.compile(r"<[a-zA-Z!/]")

BARE = re.compile(r"[^\s@()<>]+@[^\s@()<>]+")
ADDRESSED = re.compile(
    r"\S{1,250}@\S{1,250}\s*\(([^()]+)\)|([^<>]+?)\s*<\S{1,250}@\S{1,250}>"
)

Item = Mapping[str, Any]


def entry(item: Item, version: str) -> Entry:
    """Return the item; full content goes before a summary."""
    full = _fullest(item)
    detail = item.get("summary_detail") or {}
    return Entry(
        guid=str(item.get("id") or ""),
        link=str(item.get("feedburner_origlink") or item.get("link") or ""),
        title=title(item, version),
        html=_html(full),
        summary=_html(detail),
        base=str(full.get("base") or detail.get("base") or ""),
        authors=tuple(_authors(item)),
        tags=tuple(
            str(tag.get("label") or tag["term"]) for tag in _dicts(item, "tags", "term")
        ),
        published=str(item.get("published") or ""),
        # Asking for an absent "updated" would give the published date.
        updated=str(item["updated"] or "") if "updated" in item else "",
        published_parsed=_moment(item.get("published_parsed")),
        updated_parsed=_moment(item["updated_parsed"])
        if "updated_parsed" in item
        else None,
        language=str(full.get("language") or detail.get("language") or ""),
        images=tuple(_images(item)),
        enclosures=tuple(_enclosures(item)),
    )


def title(of: Item, version: str) -> str:
    """Return a title as plain text. Atom says whether it is markup; RSS never does."""
    detail = of.get("title_detail") or {}
    raw = str(detail.get("value") or "")
    if version.startswith("atom") and detail.get("type") == "text/plain":
        return plain.squash(raw)
    return markup.unescape_title(raw)


def _authors(item: Item) -> Iterator[str]:
    """Yield the names of authors. RSS wants an address, with the name in brackets."""
    found = _dicts(item, "authors", "name")
    for one in found:
        raw = str(item.get("author") or "") if one is found[-1] else ""
        if one.get("email") and BARE.fullmatch(raw.strip()):
            continue  # an address alone; the parser takes its end for a name
        named = ADDRESSED.fullmatch(plain.squash(raw)) if one.get("email") else None
        yield named[1] or named[2] if named else str(one["name"])


def _fullest(item: Item) -> Item:
    found: list[Item] = [one for one in item.get("content") or () if one.get("value")]
    marked_up = [one for one in found if one.get("type") != "text/plain"] or found
    return max(marked_up, key=lambda one: len(str(one["value"])), default={})


def _html(detail: Item) -> str:
    """Return a text as HTML. What claims to be HTML but has no tag is plain text."""
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain":
        return feed_entry.paragraphs(value)
    if not MARKED_UP.search(value):
        return feed_entry.paragraphs(unescape(value))
    return value


def _moment(parsed: struct_time | None) -> datetime | None:
    if parsed is None or not EARLIEST <= parsed.tm_year <= LATEST:
        return None
    try:
        return datetime(*parsed[:6], tzinfo=UTC)
    except ValueError:  # a leap second
        return None


def _images(item: Item) -> Iterator[Image]:
    """Yield the pictures that the item names, the best first."""
    media = [one for one in _dicts(item, "media_content", "url") if _is_image(one)]
    media.sort(key=lambda one: _number(one.get("width")), reverse=True)
    named = [*media, *_image_links(item), *_dicts(item, "media_thumbnail", "url")]
    credit, alt = _said(item, "media_credit"), _said(item, "media_text")
    for one in (*named, *_podcast_image(item)):
        yield Image(
            url=str(one["url"]),
            media_type=str(one.get("type") or ""),
            width=_number(one.get("width")),
            height=_number(one.get("height")),
            alt=alt,
            credit=credit,
        )


def _podcast_image(item: Item) -> Iterator[Item]:
    """Yield the picture that itunes:image names."""
    found = item.get("image")
    if isinstance(found, Mapping) and found.get("href"):
        yield {"url": found["href"]}


def _said(item: Item, key: str) -> str:
    found = (plain.squash(str(one["content"])) for one in _dicts(item, key, "content"))
    return next(filter(None, found), "")


def _is_image(media: Item) -> bool:
    kind, medium = str(media.get("type") or ""), str(media.get("medium") or "")
    if kind or medium:
        return medium == "image" or kind.startswith("image/")
    return bool(PICTURE.search(str(media.get("url") or media.get("href") or "")))


def _image_links(item: Item) -> Iterator[Item]:
    for one in _dicts(item, "enclosures", "href"):
        if _is_image(one):
            yield {"url": one["href"], "type": one.get("type")}


def _enclosures(item: Item) -> Iterator[Enclosure]:
    duration = _duration(item.get("itunes_duration"))
    for one in _dicts(item, "enclosures", "href"):
        if not _is_image(one):
            kind = str(one.get("type") or "")
            size, played = _number(one.get("length")), kind.startswith(PLAYED)
            yield Enclosure(str(one["href"]), kind, size, duration if played else 0)


def _duration(said: object) -> int:
    """Return the seconds that itunes:duration means: "754" or "12:34" or "1:02:03"."""
    if not DURATION.fullmatch(words := str(said or "").strip()):
        return 0
    hours, minutes, seconds = map(int, f"0:0:{words.partition('.')[0]}".split(":")[-3:])
    return hours * 3600 + minutes * 60 + seconds


def _dicts(item: Item, key: str, needed: str) -> list[Item]:
    found = item.get(key) or ()
    return [one for one in found if isinstance(one, Mapping) and one.get(needed)]


def _number(text: object) -> int:
    digits = str(text or "")
    plain_number = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return int(digits) if plain_number else 0
