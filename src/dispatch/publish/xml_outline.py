"""Read RSS and Atom documents back, with another parser than wrote them."""

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

from dispatch.errors import PublishError
from dispatch.publish.outline import Line, Outline

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"


def read_rss(document: bytes) -> Outline:
    """Return what an RSS document says. Raises PublishError if it says nothing."""
    channel = _parse(document).find("channel")
    if channel is None:
        raise PublishError("the RSS document has no channel.")
    return Outline(
        title=_text(channel, "title"),
        home=_text(channel, "link"),
        address=_link(channel, "self"),
        lines=tuple(
            Line(
                id=_text(item, "guid"),
                title=_text(item, "title"),
                url=_text(item, "link"),
                html=_text(item, ENCODED) or _text(item, "description"),
                published=_moment(parsedate_to_datetime, _text(item, "pubDate")),
            )
            for item in channel.iterfind("item")
        ),
        hubs=_links(channel, "hub"),
        older=_link(channel, "prev-archive"),
    )


def read_atom(document: bytes) -> Outline:
    """Return what an Atom document says. Raises PublishError if it says nothing."""
    feed = _parse(document)
    return Outline(
        title=_text(feed, f"{ATOM}title"),
        home=_link(feed, "alternate"),
        address=_link(feed, "self"),
        lines=tuple(
            Line(
                id=_text(entry, f"{ATOM}id"),
                title=_text(entry, f"{ATOM}title"),
                url=_link(entry, "alternate"),
                html=_text(entry, f"{ATOM}content"),
                published=_moment(
                    datetime.fromisoformat, _text(entry, f"{ATOM}published")
                ),
            )
            for entry in feed.iterfind(f"{ATOM}entry")
        ),
        deleted=tuple(
            grave.get("ref", "")
            for grave in feed.iterfind(f"{TOMBSTONES}deleted-entry")
        ),
        hubs=_links(feed, "hub"),
        older=_link(feed, "prev-archive"),
    )


def _parse(document: bytes) -> ET.Element:
    """Parse what must not declare entities: we never write any."""
    if b"<!DOCTYPE" in document:
        raise PublishError("the document has a DTD.")
    try:
        return ET.fromstring(document)  # noqa: S314 - our own bytes, without a DTD
    except ET.ParseError as error:
        raise PublishError(f"the document is not well-formed: {error}.") from error


def _text(node: ET.Element, tag: str) -> str:
    return node.findtext(tag) or ""


def _link(node: ET.Element, rel: str) -> str:
    return next(iter(_links(node, rel)), "")


def _links(node: ET.Element, rel: str) -> tuple[str, ...]:
    found = node.iterfind(f"{ATOM}link[@rel='{rel}']")
    return tuple(link.get("href", "") for link in found)


def _moment(parse: Callable[[str], datetime], words: str) -> datetime:
    try:
        return parse(words)
    except ValueError as error:
        raise PublishError(f"{words!r} is not a date that readers know.") from error
