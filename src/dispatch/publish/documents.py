"""From a channel to its finished, checked documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dispatch.errors import PublishError
from dispatch.model import FeedFormat, Problem
from dispatch.publish import check, feeds, json_feed, xml_outline
from dispatch.publish.channel import Channel
from dispatch.publish.outline import Outline

Write = Callable[[Channel], bytes]
Read = Callable[[bytes], Outline]

FORMATS: Mapping[FeedFormat, tuple[Write, Read]] = {
    FeedFormat.RSS: (feeds.write_rss, xml_outline.read_rss),
    FeedFormat.ATOM: (feeds.write_atom, xml_outline.read_atom),
    FeedFormat.JSON: (json_feed.write, json_feed.read),
}


@dataclass(frozen=True, slots=True)
class Documents:
    """A feed in every format, and the stories that had to be left out of it."""

    name: str
    files: Mapping[FeedFormat, bytes]
    entries: int
    quarantined: tuple[Problem, ...] = ()


def make(channel: Channel) -> Documents:
    """Write the feed in every format and check each as a reader would see it.

    A story that spoils a document is found, left out and named. Raises
    PublishError when the feed fails without any story being to blame.
    """
    sound, named = check.items(channel.items)
    channel = replace(channel, items=sound)
    try:
        return Documents(channel.name, _checked(channel), len(sound), named)
    except PublishError:
        spoilers = _spoilers(channel)
        if not spoilers:
            raise
    rest = tuple(item for item in sound if item.article not in spoilers)
    named += tuple(
        check.problem(item, f"Left out: {spoilers[item.article]}")
        for item in sound
        if item.article in spoilers
    )
    files = _checked(replace(channel, items=rest))
    return Documents(channel.name, files, len(rest), named)


def _checked(channel: Channel) -> dict[FeedFormat, bytes]:
    files = {}
    for form, (write, read) in FORMATS.items():
        files[form] = write(channel)
        check.document(read(files[form]), form, channel)
    return files


def _spoilers(channel: Channel) -> dict[int, str]:
    """Return the articles that spoil even a feed of their own, and how."""
    found = {}
    for item in channel.items:
        try:
            _checked(replace(channel, items=(item,)))
        except PublishError as error:
            found[item.article] = str(error)
    return found
