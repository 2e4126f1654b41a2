"""The formats of a feed: how each is written, taken apart and read back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dispatch.model import FeedFormat
from dispatch.publish import feeds, json_feed, xml_outline
from dispatch.publish.channel import Channel
from dispatch.publish.items import Item
from dispatch.publish.outline import Outline
from dispatch.publish.shell import Shell


@dataclass(frozen=True, slots=True)
class Format:
    """What one format can do. What writes raises PublishError when it cannot."""

    write: Callable[[Channel, Iterable[Item]], bytes]
    shell: Callable[[Channel], Shell]
    cut: Callable[[bytes], list[bytes]]  # a written document, into its entries
    read: Callable[[bytes], Outline]


FORMATS: Mapping[FeedFormat, Format] = {
    FeedFormat.RSS: Format(
        feeds.write_rss, feeds.rss_shell, feeds.rss_items, xml_outline.read_rss
    ),
    FeedFormat.ATOM: Format(
        feeds.write_atom, feeds.atom_shell, feeds.atom_entries, xml_outline.read_atom
    ),
    FeedFormat.JSON: Format(
        json_feed.write, json_feed.shell, json_feed.objects, json_feed.read
    ),
}
