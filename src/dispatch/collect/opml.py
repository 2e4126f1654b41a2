"""Lists of feeds as feed readers write them (OPML): read by listparser, written here.

A list comes from a stranger's program: it is bounded in size and number, and one with
a document type is not read at all.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import listparser

from dispatch.collect import feed_text
from dispatch.errors import SourceError
from dispatch.text import plain, urls

MOST_BYTES = 2_000_000
MOST_FEEDS = 2000
MOST_OUTLINES = 5000  # feeds and folders: the parser compares them with each other
LONGEST = 200  # characters of a title or a folder's name
DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
OUTLINE = re.compile(r"<(?:\w{1,20}:)?outline\b", re.IGNORECASE)
CATEGORY = re.compile(  # the parser compares these, too; folders say the same
    r"""\scategory\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE
)
# What XML 1.0 cannot carry, not even escaped.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Listed:
    """One feed of a list. `folder` is the outermost one that it stands in, or empty."""

    url: str
    title: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The feeds of a list in its order, each address once; and what was passed over."""

    feeds: tuple[Listed, ...]
    passed_over: tuple[str, ...] = ()


def read(data: bytes) -> Listing:
    """Return the feeds in an OPML file. Raises SourceError for anything else."""
    if len(data) > MOST_BYTES:
        raise SourceError(f"It is larger than {MOST_BYTES:,} bytes.")
    text = feed_text.read(data, "")
    if DOCTYPE.search(text):
        raise SourceError(
            "It has a document type or entities of its own, which lists of feeds "
            "never need and attacks do. It was not read."
        )
    if len(OUTLINE.findall(text)) > MOST_OUTLINES:
        raise SourceError(f"It has more than {MOST_OUTLINES:,} entries.")
    # Bytes, since an address would be fetched; ASCII, since it guesses encodings.
    plainer = CATEGORY.sub("", text).encode("ascii", "xmlcharrefreplace")
    try:
        parsed = listparser.parse(plainer)
    except Exception as error:  # whatever a damaged file does to the parser
        raise SourceError("It is damaged beyond reading.") from error
    if not str(parsed.version).startswith("opml"):
        raise SourceError("It is not an OPML file: a feed reader's export is.")
    return _listing(parsed.feeds)


def write(feeds: Iterable[Listed], *, title: str) -> bytes:
    """Return an OPML 2.0 file. Equal lists give equal bytes.

    Passwords in addresses are left out. Folders stand where their first feed stands.
    """
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _legal(title)
    body = ET.SubElement(root, "body")
    folders: dict[str, ET.Element] = {"": body}
    for feed in feeds:
        folder = _legal(feed.folder)
        if folder not in folders:
            folders[folder] = ET.SubElement(body, "outline", text=folder, title=folder)
        name = _legal(feed.title)
        address = _legal(urls.without_login(feed.url))
        outline = {"type": "rss", "text": name, "title": name, "xmlUrl": address}
        ET.SubElement(folders[folder], "outline", outline)
    ET.indent(root)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{declaration}{ET.tostring(root, encoding='unicode')}\n".encode()


def _listing(feeds: Iterable[Mapping[str, Any]]) -> Listing:
    found: dict[str, Listed] = {}
    passed_over = []
    for one in feeds:
        url = str(one.get("url", "")).strip()
        key = urls.canonical(url)
        shown = urls.shown(url)[:LONGEST]
        if not key:
            passed_over.append(f"{shown or 'an empty address'} is no web address.")
        elif key in found:
            passed_over.append(f"{shown} is there twice.")
        elif len(found) == MOST_FEEDS:
            passed_over.append(f"{shown} is one more than {MOST_FEEDS:,} feeds.")
        else:
            title = plain.excerpt(str(one.get("title", "")), LONGEST)
            found[key] = Listed(url, title, _folder(one))
    return Listing(tuple(found.values()), tuple(passed_over))


def _folder(one: Mapping[str, Any]) -> str:
    for category in one.get("categories", ()):  # the folders it stands in
        names = [name for name in category if name.strip()]
        if names:
            return plain.excerpt(names[0], LONGEST)
    return ""


def _legal(text: str) -> str:
    return plain.squash(ILLEGAL.sub("", text))
