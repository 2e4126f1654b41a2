"""What the feeds of config.toml must be together, and as podcasts."""

from collections.abc import Iterator

from dispatch.config.faults import Fault, duplicates
from dispatch.model import FeedSettings, Settings

LONGEST = 4000  # bytes of a podcast's description, as directories take it


def faults(file: str, settings: Settings) -> Iterator[Fault]:
    """Yield what does not fit together in feeds that are each fit."""
    yield from _former_names(file, settings.feed)
    for feed in settings.feed:
        if feed.podcast_category:
            yield from _podcast(file, feed, settings.site.logo)


def _former_names(file: str, feeds: tuple[FeedSettings, ...]) -> Iterator[Fault]:
    """A name leads to one feed, and not away from one that has it."""
    present = {feed.name for feed in feeds}
    twice = set(duplicates(old for feed in feeds for old in feed.formerly))
    for feed in feeds:
        for old in feed.formerly:
            if old in present:
                what = f"{old!r} is the name of a feed that is there."
            elif old in twice:
                what = f"{old!r} stands here more than once, or at two feeds."
            else:
                continue
            at = f"feed.{feed.name}.formerly"
            yield Fault(file, at, what, "Take it out where it does not belong.")


def _podcast(file: str, feed: FeedSettings, logo: str) -> Iterator[Fault]:
    if not (feed.podcast_image or logo):
        what = "is missing: directories take no podcast without a picture."
        remedy = "Name a square JPEG or PNG of at least 1400 pixels, or set site.logo."
        yield Fault(file, f"feed.{feed.name}.podcast_image", what, remedy)
    length = len(feed.description.encode())
    if length > LONGEST:
        what = f"has {length:,} bytes; directories of podcasts take {LONGEST:,}."
        yield Fault(file, f"feed.{feed.name}.description", what, "Make it shorter.")
