"""The one place that says which reader reads which kind of source."""

from collections.abc import Callable, Mapping

from dispatch.collect import feed, folder, ghost, mailbox, sitemap, wordpress
from dispatch.model import Errand, Harvest

Reader = Callable[[Errand], Harvest]

READERS: Mapping[str, Reader] = {
    "folder": folder.read,
    "feed": feed.read,
    "wordpress": wordpress.read,
    "ghost": ghost.read,
    "mailbox": mailbox.read,
    "sitemap": sitemap.read,
}
