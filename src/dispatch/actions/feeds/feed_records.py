"""What the store knows of feeds: who they are, and what was published last."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from dispatch.actions.feeds.feed_stories import Reading
from dispatch.actions.feeds.publish_report import FeedReport
from dispatch.model import FeedFormat, FeedIdentity, FeedSettings, Settings
from dispatch.publish import documents
from dispatch.publish.documents import Documents
from dispatch.store import Store, Tx, feeds

# What the store says of a feed's files: digest, entries, error.
Recorded = Mapping[FeedFormat, tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a feed before it is published."""

    identity: FeedIdentity
    recorded: Recorded = field(default_factory=dict)
    made_of: str = ""  # the digest of all that its files depend on


def found(tx: Tx) -> dict[str, Known]:
    """Return what the store knows of every feed that was ever published."""
    recorded, marks = _recorded(tx), feeds.made_of(tx)
    return {
        name: Known(identity, recorded.get(name, {}), marks[name])
        for name, identity in feeds.identities(tx).items()
    }


def minted(
    store: Store, settings: Settings, known: dict[str, Known]
) -> dict[str, Known]:
    """Return `known` and every [[feed]] that is new, which has its identity now.

    One that had another name until now keeps the identity it had under that.
    """
    new = [feed for feed in settings.feed if feed.name not in known]
    for feed in new:
        for old in [one for one in feed.formerly if one in known][:1]:
            store.write(partial(feeds.rename, old=old, new=feed.name))
    return known | {feed.name: Known(mint(store, settings, feed)) for feed in new}


def mint(store: Store, settings: Settings, feed: FeedSettings) -> FeedIdentity:
    """Give a feed its identity for life, or return the one that it has."""
    authority = settings.site.authority
    return store.write(
        lambda tx: feeds.ensure(tx, feed.name, ids=feed.ids, authority=authority)
    )


def record(
    store: Store, made: Documents, known: Known, *, title: str, made_of: str
) -> Recorded:
    """Write down what was published, if the store does not say so already.

    What a report has to speak of is made again: then `made_of` does not stand for it.
    """
    if made.quarantined or made.shortened:
        made_of = ""
    digests = {form: digest(data) for form, data in made.files.items()}
    wanted = {form: (one, made.entries, "") for form, one in digests.items()}
    if (known.recorded, known.made_of) != (wanted, made_of):
        store.write(
            lambda tx: feeds.record(
                tx,
                made.name,
                sha256=digests,
                entries=made.entries,
                title=title,
                made_of=made_of,
            )
        )
    return wanted


def entries(known: Known, made_of: str) -> int | None:
    """Return how many entries a feed has that was made of just this.

    None when it was made of something else, or could not be made the last time.
    """
    if known.made_of != made_of or set(known.recorded) != set(FeedFormat):
        return None
    told = {(number, error) for _, number, error in known.recorded.values()}
    number, error = told.pop()
    return None if told or error else number


def failed(store: Store, known: Known, error: str) -> FeedReport:
    """Write the error down, if it is news, and report it."""
    name = known.identity.name
    if {said for _, _, said in known.recorded.values()} != {error}:
        store.write(lambda tx: feeds.record_error(tx, name, error))
    return FeedReport(name, error=error)


def all_failed(store: Store, settings: Settings, error: str) -> tuple[FeedReport, ...]:
    """Write down and report of every [[feed]] that it could not be published."""
    with store.read() as tx:
        known = found(tx)
    known = minted(store, settings, known)
    return tuple(failed(store, known[feed.name], error) for feed in settings.feed)


def made_of(
    settings: Settings,
    feed: FeedSettings,
    identity: FeedIdentity,
    reading: Reading,
) -> str:
    """Return a digest of all that a feed's bytes depend on.

    A story's revision stands for the story, and EDITION for how they are written.
    """
    shown = tuple((story.id, story.revision) for story in reading.stories)
    older = reading.older.name if reading.older else ""
    parts = settings.site, settings.feeds.hubs, feed, identity, older, shown
    return digest(repr((documents.EDITION, parts)).encode())


def digest(data: bytes) -> str:
    """Return what stands for a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def _recorded(tx: Tx) -> dict[str, dict[FeedFormat, tuple[str, int, str]]]:
    """Return what the store says of the files of each feed."""
    told: dict[str, dict[FeedFormat, tuple[str, int, str]]] = {}
    for file in feeds.files(tx):
        said = file.sha256, file.entries, file.error
        told.setdefault(file.feed, {})[file.format] = said
    return told
