"""index.opml: every feed of the publication, for readers that import OPML 2.0."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from dispatch.model import FeedFormat, FeedSettings, Links, SiteSettings
from dispatch.publish import channel, legal
from dispatch.text import plain

NAME = "index.opml"


def write(
    settings: Iterable[FeedSettings], *, site: SiteSettings, links: Links
) -> bytes:
    """Return the list, in the order of the config, each feed once (as RSS)."""
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = plain.squash(site.title)
    ET.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = ET.SubElement(root, "body")
    for feed in settings:
        ET.SubElement(body, "outline", _outline(feed, site, links))
    ET.indent(root)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{declaration}{ET.tostring(root, encoding='unicode')}\n".encode()


def _outline(feed: FeedSettings, site: SiteSettings, links: Links) -> dict[str, str]:
    title = channel.title(feed, site)
    fields = {
        "type": "rss",
        "text": title,
        "title": title,
        "description": plain.squash(feed.description),
        "language": legal.language(site.language),
        "xmlUrl": links.feed(feed.name, FeedFormat.RSS),
        "htmlUrl": links.feed_page(feed.name),
        "version": "RSS2",
    }
    return {name: value for name, value in fields.items() if value}
