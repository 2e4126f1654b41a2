"""What feedgen leaves out of a document, written by its extension mechanism.

feedgen calls these with the elements it has made. Atom elements carry no namespace
there: it gives the root a literal xmlns, which holds for all once they are bytes.
"""

from email.utils import format_datetime
from typing import Any

from dispatch.model import Enclosure, Image
from dispatch.publish import items
from dispatch.publish.channel import Podcast
from dispatch.publish.items import Item

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
HISTORY = "http://purl.org/syndication/history/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class Root:
    """feedgen's view of us per feed: prefixes that are used, links, tombstones."""

    def __init__(self) -> None:
        self.namespaces: dict[str, str] = {}
        self.links: tuple[tuple[str, str], ...] = ()  # rel and href
        self.archived = False
        self.blocked = False  # no directory is to list it
        self.podcast: Podcast | None = None
        self.author = ""
        self.withdrawn: tuple[Item, ...] = ()

    def extend_ns(self) -> dict[str, str]:
        """Return the prefixes that the root declares."""
        return self.namespaces

    def extend_rss(self, root: Any) -> Any:
        """Add the links to the channel, of which feedgen keeps but one."""
        for rel, href in self.links:
            _add(root[0], f"{{{ATOM}}}link", rel=rel, href=href)
        if self.archived:
            _add(root[0], f"{{{HISTORY}}}archive")
        if self.blocked:
            _add(root[0], f"{{{ITUNES}}}block", "Yes")
            _add(root[0], f"{{{PODCAST}}}block", "yes")
        if self.podcast:
            _add_podcast(root[0], self.podcast, self.author)
        return root

    def extend_atom(self, root: Any) -> Any:
        """Add links, the mark of an archive, tombstones."""
        for rel, href in self.links:
            _add(root, "link", rel=rel, href=href)
        if self.archived:
            _add(root, f"{{{HISTORY}}}archive")
        if self.blocked:
            _add(root, f"{{{ITUNES}}}block", "Yes")
        for item in self.withdrawn:
            _add_tombstone(root, item)
        return root


class Entry:
    """feedgen's view of us per entry; `item` is what the entry shows."""

    item: Item

    def extend_rss(self, node: Any) -> Any:
        """Add the date, authors, language, picture and episode to an <item>."""
        _add(node, "pubDate", format_datetime(self.item.published))
        for name in self.item.authors:
            _add(node, f"{{{DC}}}creator", name)
        if self.item.language:
            _add(node, f"{{{DC}}}language", self.item.language)
        if self.item.image:
            _add_picture(node, self.item.image)
        if items.is_episode(self.item):
            _add_episode(node, self.item)
        return node

    def extend_atom(self, node: Any) -> Any:
        """Add attributes to links, enclosures, origin, language, picture."""
        if self.item.language:
            node.set(LANGUAGE, self.item.language)
        node.find("link").attrib.update({"rel": "alternate", "type": "text/html"})
        for enclosure in self.item.enclosures:
            _add(node, "link", **_enclosure_link(enclosure))
        if self.item.origin_title or self.item.origin_url or self.item.origin_feed:
            _add_origin(node, self.item)
        if self.item.image:
            _add_picture(node, self.item.image)
        return node


def _add(parent: Any, tag: str, words: str | None = None, **attributes: str) -> Any:
    node = parent.makeelement(tag, attributes)
    node.text = words
    parent.append(node)
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


def _add_podcast(node: Any, podcast: Podcast, author: str) -> None:
    """Say what directories ask of a podcast; feedgen's own says "yes" for "true"."""
    category = _add(node, f"{{{ITUNES}}}category", text=podcast.category)
    if podcast.within:
        _add(category, f"{{{ITUNES}}}category", text=podcast.within)
    _add(node, f"{{{ITUNES}}}explicit", podcast.explicit)
    _add(node, f"{{{ITUNES}}}author", author)
    if podcast.image:
        _add(node, f"{{{ITUNES}}}image", href=podcast.image)
    _add(node, f"{{{PODCAST}}}guid", podcast.guid)
    owned = {"owner": podcast.contact} if podcast.contact else {}
    _add(node, f"{{{PODCAST}}}locked", podcast.locked, **owned)
    if podcast.contact:
        owner = _add(node, f"{{{ITUNES}}}owner")
        _add(owner, f"{{{ITUNES}}}name", author)
        _add(owner, f"{{{ITUNES}}}email", podcast.contact)


def _add_episode(node: Any, item: Item) -> None:
    played = next(filter(items.is_played, item.enclosures))
    if played.duration:
        _add(node, f"{{{ITUNES}}}duration", str(played.duration))
    if item.authors:
        _add(node, f"{{{ITUNES}}}author", ", ".join(item.authors))
    if item.image:
        _add(node, f"{{{ITUNES}}}image", href=item.image.url)
    _add(node, f"{{{ITUNES}}}explicit", item.explicit)


def _add_origin(node: Any, item: Item) -> None:
    """Add atom:source, so that whoever wrote the story is credited for it."""
    source = _add(node, "source")
    if known := item.origin_feed or item.origin_url:
        _add(source, "id", known)
    _add(source, "title", item.origin_title or known)
    _add(source, "updated", item.updated.isoformat())
    if item.origin_feed:
        _add(source, "link", rel="self", href=item.origin_feed)
    if item.origin_url:
        _add(source, "link", rel="alternate", href=item.origin_url)


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
