"""From a channel to its finished, checked documents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dispatch.errors import PublishError
from dispatch.model import FeedFormat, Problem
from dispatch.publish import assemble, check
from dispatch.publish.channel import Channel
from dispatch.publish.fragments import Fragments

# Raised with every change of the bytes that the same stories give: what was published
# by an earlier version is made again then, and not before it changes.
EDITION = 3


@dataclass(frozen=True, slots=True)
class Documents:
    """A feed in every format, and the stories that had to be left out of it."""

    name: str
    files: Mapping[FeedFormat, bytes]
    entries: int
    quarantined: tuple[Problem, ...] = ()
    shortened: tuple[Problem, ...] = ()


def make(channel: Channel, kept: Fragments | None = None) -> Documents:
    """Write the feed in every format and check each as a reader would see it.

    A story that spoils a document is found, left out and named. Raises
    PublishError when the feed fails without any story being to blame.
    """
    kept = kept or Fragments()
    sound, named = check.items(channel.items)
    channel = replace(channel, items=sound)
    try:
        return _documents(channel, kept, named)
    except PublishError:
        spoilers = _spoilers(channel, kept)
        if not spoilers:
            raise
    rest = tuple(item for item in sound if item.article not in spoilers)
    named += tuple(
        check.problem(item, f"Left out: {spoilers[item.article]}")
        for item in sound
        if item.article in spoilers
    )
    return _documents(replace(channel, items=rest), kept, named)


def _documents(
    channel: Channel, kept: Fragments, named: tuple[Problem, ...]
) -> Documents:
    files = _files(channel, kept)
    cut = tuple(
        check.problem(item, f"Its text has {item.shortened:,} characters.")
        for item in channel.items
        if item.shortened
    )
    return Documents(channel.name, files, len(channel.items), named, cut)


def _files(channel: Channel, kept: Fragments) -> dict[FeedFormat, bytes]:
    return {form: assemble.document(channel, form, kept) for form in FeedFormat}


def _spoilers(channel: Channel, kept: Fragments) -> dict[int, str]:
    """Return the articles that spoil even a document of their own, and how."""
    found = {}
    for item in channel.items:
        try:
            _files(replace(channel, items=(item,)), kept)
        except PublishError as error:
            found[item.article] = str(error)
    return found
