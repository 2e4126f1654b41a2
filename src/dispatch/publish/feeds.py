"""RSS 2.0 and Atom 1.0, written by feedgen; `xml_outline` reads them back.

feedgen's faults are fenced here. It dates whatever has no date with the present,
prepends entries, takes the last link for the channel's, drops the attributes of
Atom entry links, and forgets authors without an address: so every date is given,
entries are appended, the alternate link comes last, and an extension writes what
feedgen does not. Its RFC 822 dates switch the locale of the whole process: items
get theirs from the standard library, and the one that is left, the channel's, is
written under a lock.
"""

import threading
from email.utils import format_datetime
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from dispatch.errors import PublishError
from dispatch.model import Enclosure, FeedFormat, Image
from dispatch.publish.channel import Channel
from dispatch.publish.items import Item

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
GENERATOR = "Dispatch"
RSS_PICTURES = (".gif", ".jpg", ".jpeg", ".png")

_one_locale = threading.Lock()


def write_rss(channel: Channel) -> bytes:
    """Return the feed as RSS 2.0. Raises PublishError when feedgen gives up."""
    feed = _generator(channel, FeedFormat.RSS)
    if channel.logo.lower().endswith(RSS_PICTURES):
        feed.image(channel.logo, title=channel.title, link=channel.home)
    for item in channel.items:
        entry = _entry(feed, item)
        for enclosure in item.enclosures[:1]:  # RSS has room for one
            entry.enclosure(enclosure.url, enclosure.length, enclosure.media_type)
        if item.origin_title and item.origin_url:
            entry.source(item.origin_url, item.origin_title)
    with _one_locale:
        return _serialise(feed.rss_str)


def write_atom(channel: Channel) -> bytes:
    """Return the feed as Atom 1.0. Raises PublishError when feedgen gives up."""
    feed = _generator(channel, FeedFormat.ATOM)
    feed.author({"name": channel.publisher, "uri": channel.home})
    if channel.logo:
        feed.icon(channel.logo)
        feed.logo(channel.logo)
    feed.dispatch.withdrawn = channel.withdrawn
    for item in channel.standing:
        entry = _entry(feed, item)
        entry.id(item.atom_id)
        entry.published(item.published)
        entry.author([{"name": name} for name in item.authors])
    return _serialise(feed.atom_str)


class _Root:
    """feedgen's view of us per feed: prefixes that are used, links, tombstones."""

    def __init__(self) -> None:
        self.namespaces: dict[str, str] = {}
        self.links: tuple[tuple[str, str], ...] = ()  # rel and href
        self.withdrawn: tuple[Item, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        return self.namespaces

    def extend_rss(self, root: Any) -> Any:
        """Add the links to the channel, of which feedgen keeps but one."""
        for rel, href in self.links:
            _add(root[0], f"{{{ATOM}}}link", rel=rel, href=href)
        return root

    def extend_atom(self, root: Any) -> Any:
        """Add links and tombstones, without a namespace as in `_Repair`."""
        for rel, href in self.links:
            _add(root, "link", rel=rel, href=href)
        for item in self.withdrawn:
            _add_tombstone(root, item)
        return root


class _Repair:
    """feedgen's view of us per entry: writes what feedgen leaves out."""

    item: Item

    def extend_rss(self, node: Any) -> Any:
        """Add the date, authors, language and picture to an <item>."""
        _add(node, "pubDate", format_datetime(self.item.published))
        for name in self.item.authors:
            _add(node, f"{{{DC}}}creator", name)
        if self.item.language:
            _add(node, f"{{{DC}}}language", self.item.language)
        if self.item.image:
            _add_picture(node, self.item.image)
        return node

    def extend_atom(self, node: Any) -> Any:
        """Add attributes to links, enclosures, origin, language, picture.

        Atom elements carry no namespace here: feedgen gives the root a literal
        xmlns, which holds for all of them once they are bytes.
        """
        if self.item.language:
            node.set(LANGUAGE, self.item.language)
        node.find("link").attrib.update({"rel": "alternate", "type": "text/html"})
        for enclosure in self.item.enclosures:
            _add(node, "link", **_enclosure_link(enclosure))
        if self.item.origin_title or self.item.origin_url:
            _add_origin(node, self.item)
        if self.item.image:
            _add_picture(node, self.item.image)
        return node


def _generator(channel: Channel, form: FeedFormat) -> Any:
    """Return a feed with everything but its entries."""
    feed = FeedGenerator()
    feed.id(channel.id)
    feed.title(channel.title)
    feed.subtitle(channel.description)
    feed.language(channel.language or None)
    feed.generator(GENERATOR)
    feed.updated(channel.updated)
    feed.link(href=channel.address(form), rel="self", type=form.media_type)
    feed.link(href=channel.home, rel="alternate", type="text/html")
    feed.register_extension("dispatch", _Root, _Repair)
    feed.dispatch.namespaces = _namespaces(channel, form)
    feed.dispatch.links = tuple(("hub", hub) for hub in channel.hubs)
    return feed


def _namespaces(channel: Channel, form: FeedFormat) -> dict[str, str]:
    """Return the prefixes that will be used, and no other."""
    used = {}
    if any(item.image for item in channel.items):
        used["media"] = MEDIA
    named = any(item.authors or item.language for item in channel.items)
    if named and form is FeedFormat.RSS:
        used["dc"] = DC
    if channel.withdrawn and form is FeedFormat.ATOM:
        used["at"] = TOMBSTONES
    return used


def _entry(feed: Any, item: Item) -> Any:
    """Append an entry with what both formats have."""
    entry = feed.add_entry(order="append")
    entry.dispatch.item = item
    entry.id(item.id)
    entry.title(item.title)
    entry.updated(item.updated)
    entry.link(href=item.url, rel="alternate", type="text/html")
    entry.content(item.html, type="html")
    if item.summary:  # a plain text, but RSS has HTML at this place
        entry.summary(_as_html(item.summary), type="html")
    for category in item.categories:
        entry.category(term=category)
    return entry


def _as_html(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _add(parent: Any, tag: str, words: str | None = None, **attributes: str) -> Any:
    node = etree.SubElement(parent, tag, attributes)
    node.text = words
    return node


def _add_picture(node: Any, image: Image) -> None:
    """Add the lead picture as media:content, without a group around one."""
    attributes = {"url": image.url, "medium": "image", "type": image.media_type}
    for name, value in (("width", image.width), ("height", image.height)):
        attributes[name] = str(value) if value > 0 else ""
    filled = {name: value for name, value in attributes.items() if value}
    picture = _add(node, f"{{{MEDIA}}}content", **filled)
    if image.caption:
        _add(picture, f"{{{MEDIA}}}description", image.caption, type="plain")
    if image.credit:
        _add(picture, f"{{{MEDIA}}}credit", image.credit)


def _add_origin(node: Any, item: Item) -> None:
    """Add atom:source, so that whoever wrote the story is credited for it."""
    source = _add(node, "source")
    if item.origin_url:
        _add(source, "id", item.origin_url)
    _add(source, "title", item.origin_title or item.origin_url)
    _add(source, "updated", item.updated.isoformat())
    if item.origin_url:
        _add(source, "link", rel="self", href=item.origin_url)


def _add_tombstone(root: Any, item: Item) -> None:
    """Say that an entry is no more, and why (RFC 6721)."""
    when = (item.withdrawn or item.updated).isoformat()
    grave = _add(root, f"{{{TOMBSTONES}}}deleted-entry", ref=item.atom_id, when=when)
    if item.reason:
        _add(grave, f"{{{TOMBSTONES}}}comment", item.reason)


def _enclosure_link(enclosure: Enclosure) -> dict[str, str]:
    return {
        "rel": "enclosure",
        "href": enclosure.url,
        "type": enclosure.media_type,
        "length": str(enclosure.length),
    }


def _serialise(render: Any) -> bytes:
    """Return the document, or say why there is none."""
    try:
        document: bytes = render(pretty=True)
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise PublishError(f"the document cannot be written: {error}.") from error
    return document
