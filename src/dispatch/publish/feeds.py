"""RSS 2.0 and Atom 1.0, written by feedgen; `xml_outline` reads them back.

feedgen's faults are fenced here. It dates whatever has no date with the present,
prepends entries, takes the last link for the channel's, drops the attributes of
Atom entry links, and forgets authors without an address: so every date is given,
entries are appended, the alternate link comes last, and `repairs` writes what
feedgen does not. Its RFC 822 dates switch the locale of the whole process: items
get theirs from the standard library, and the one that is left, the channel's, is
written under a lock.
"""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from dispatch.errors import PublishError
from dispatch.model import FeedFormat, Links
from dispatch.publish import items, repairs
from dispatch.publish.channel import Channel
from dispatch.publish.items import Item
from dispatch.publish.shell import Shell

GENERATOR = "Dispatch"
RSS_PICTURES = (".gif", ".jpg", ".jpeg", ".png")

# Entries are cut out of a document with this head. Where its lines end, and how deep
# they stand, is feedgen's pretty printing; a "<" inside a text is always escaped.
SOMEWHERE = Channel(
    name="feed",
    id="tag:example.org,2026-01-01:feed",
    title="Feed",
    description="Feed",
    publisher="Somebody",
    home="https://example.org/",
    language="",
    logo="",
    links=Links("https://example.org"),
    created=datetime(2026, 1, 1, tzinfo=UTC),
    items=(),
)
END_OF_RSS = b"  </channel>\n</rss>\n"
END_OF_ATOM = b"</feed>\n"

_one_locale = threading.Lock()


def write_rss(channel: Channel, shown: Iterable[Item]) -> bytes:
    """Return these items under the head of the channel as RSS 2.0.

    Raises PublishError when feedgen gives up.
    """
    feed = _generator(channel, FeedFormat.RSS)
    if channel.logo.lower().endswith(RSS_PICTURES):
        feed.image(channel.logo, title=channel.title, link=channel.home)
    for item in shown:
        entry = _entry(feed, item)
        for enclosure in item.enclosures[:1]:  # RSS has room for one
            entry.enclosure(enclosure.url, enclosure.length, enclosure.media_type)
        if item.origin_title and (item.origin_feed or item.origin_url):
            entry.source(item.origin_feed or item.origin_url, item.origin_title)
    with _one_locale:
        return _serialise(feed.rss_str)


def write_atom(channel: Channel, shown: Iterable[Item]) -> bytes:
    """Return these items under the head of the channel as Atom 1.0.

    Raises PublishError when feedgen gives up.
    """
    feed = _generator(channel, FeedFormat.ATOM)
    feed.author({"name": channel.publisher, "uri": channel.home})
    if channel.logo:
        feed.icon(channel.logo)
        feed.logo(channel.logo)
    feed.dispatch.withdrawn = channel.withdrawn
    for item in shown:
        entry = _entry(feed, item)
        entry.id(item.atom_id)
        entry.published(item.published)
        entry.author([{"name": name} for name in item.authors])
    return _serialise(feed.atom_str)


def rss_shell(channel: Channel) -> Shell:
    """Return the document without its items. Raises PublishError."""
    return _shell(write_rss(channel, ()), END_OF_RSS)


def atom_shell(channel: Channel) -> Shell:
    """Return the document without its entries. Raises PublishError."""
    return _shell(write_atom(channel, ()), END_OF_ATOM)


def rss_items(document: bytes) -> list[bytes]:
    """Cut a document that was written here into its <item> elements."""
    return _cut(document, b"    <item", b"    </item>\n", END_OF_RSS)


def atom_entries(document: bytes) -> list[bytes]:
    """Cut a document that was written here into its <entry> elements."""
    return _cut(document, b"  <entry", b"  </entry>\n", END_OF_ATOM)


def _shell(document: bytes, end: bytes) -> Shell:
    return Shell(document.removesuffix(end), end)


def _cut(document: bytes, start: bytes, stop: bytes, end: bytes) -> list[bytes]:
    inside = document[document.find(b"\n" + start) + 1 : -len(end)]
    return [piece + stop for piece in inside.split(stop)[:-1]]


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
    feed.register_extension("dispatch", repairs.Root, repairs.Entry)
    feed.dispatch.namespaces = _namespaces(channel, form)
    feed.dispatch.blocked = bool(channel.private)
    hubs = tuple(("hub", hub) for hub in channel.hubs)
    feed.dispatch.links = hubs + channel.neighbours(form)
    feed.dispatch.podcast, feed.dispatch.author = channel.podcast, channel.publisher
    feed.dispatch.archived = bool(channel.chain.current)
    return feed


def _namespaces(channel: Channel, form: FeedFormat) -> dict[str, str]:
    """Return the prefixes that will be used, and no other."""
    used = {}
    if any(item.image for item in channel.items):
        used["media"] = repairs.MEDIA
    named = any(item.authors or item.language for item in channel.items)
    if named and form is FeedFormat.RSS:
        used["dc"] = repairs.DC
    if channel.private or (form is FeedFormat.RSS and _is_podcast(channel)):
        used["itunes"] = repairs.ITUNES
    if form is FeedFormat.RSS and (channel.private or channel.podcast):
        used["podcast"] = repairs.PODCAST
    if channel.withdrawn and form is FeedFormat.ATOM:
        used["at"] = repairs.TOMBSTONES
    if channel.chain.current:
        used["fh"] = repairs.HISTORY
    return used


def _is_podcast(channel: Channel) -> bool:
    """Whether it is one, or the document that a podcast's fragments are cut from."""
    return channel.podcast is not None or any(map(items.is_episode, channel.items))


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


def _serialise(render: Any) -> bytes:
    """Return the document, or say why there is none."""
    try:
        document: bytes = render(pretty=True)
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise PublishError(f"the document cannot be written: {error}.") from error
    return document
