"""Publish every feed of the config, as RSS, Atom, JSON Feed, and the list of them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from dispatch.actions.publish_report import FeedReport, PublishReport
from dispatch.errors import PublishError
from dispatch.model import (
    Article,
    Clock,
    FeedFormat,
    FeedIdentity,
    FeedSettings,
    Links,
    Selection,
    Settings,
)
from dispatch.publish import channel, documents, files, opml
from dispatch.publish.documents import Documents
from dispatch.publish.files import Folder
from dispatch.store import Store, articles, feeds

NOTICED = timedelta(days=30)  # that long a feed says that a story was withdrawn


# What the store says of a feed's files: digest, entries, error.
Recorded = Mapping[FeedFormat, tuple[str, int, str]]


class Memory:
    """What a daemon published last: a feed of the same stories is not made again.

    Of just the same, if the store still says of it what it said then: a failure since,
    of this process or another, is to be cleared. Not shared between threads, and not
    kept over a restart.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Recorded, FeedReport]] = {}

    def recall(
        self, name: str, made_of: object, recorded: Recorded
    ) -> FeedReport | None:
        """Return what was reported of the feed if nothing about it is different."""
        known = self._known.get(name)
        return known[2] if known and known[:2] == (made_of, recorded) else None

    def keep(self, report: FeedReport, made_of: object, recorded: Recorded) -> None:
        """Remember a feed that is published, and what the store says of it."""
        files = (*report.written, *report.unchanged)
        settled = replace(report, written=(), unchanged=files)
        self._known[report.name] = (made_of, recorded, settled)


def publish(
    store: Store, settings: Settings, *, clock: Clock, memory: Memory | None = None
) -> PublishReport:
    """Bring the files of every [[feed]] up to date, each feed on its own.

    Safe to repeat: what would not change is not touched, and with a `memory` not
    even made. The files of a feed that is no longer in the config are left as they
    are, so that its readers keep what they have; remove them by hand.
    """
    memory = memory or Memory()
    try:
        with files.hold(settings.feeds.directory) as folder:
            reports = tuple(
                _publish(store, settings, feed, folder, clock, memory=memory)
                for feed in settings.feed
            )
            return PublishReport(reports, _put_list(settings, folder))
    except PublishError as error:  # the folder: then no feed can be written
        reports = tuple(
            _failed(store, _identity(store, settings, feed), str(error))
            for feed in settings.feed
        )
        return PublishReport(reports, str(error))


def _publish(
    store: Store,
    settings: Settings,
    feed: FeedSettings,
    folder: Folder,
    clock: Clock,
    *,
    memory: Memory,
) -> FeedReport:
    identity = _identity(store, settings, feed)
    stories = _stories(store, settings, feed, clock)
    made_of = _made_of(settings, feed, identity, stories)
    known = memory.recall(feed.name, made_of, _recorded(store, feed.name))
    if known and all(map(folder.has, known.unchanged)):
        return known
    links = Links(settings.site.url)
    try:
        made = documents.make(
            channel.make(feed, identity, stories, site=settings.site, links=links)
        )
        written = {form: _put(folder, made, form) for form in made.files}
    except PublishError as error:
        return _failed(store, identity, str(error))
    recorded = _record(store, made)
    report = FeedReport(
        name=feed.name,
        entries=made.entries,
        written=tuple(f"{feed.name}.{form}" for form in written if written[form]),
        unchanged=tuple(f"{feed.name}.{form}" for form in written if not written[form]),
        quarantined=made.quarantined,
        warning=_warning(feed, identity),
    )
    memory.keep(report, made_of, recorded)
    return report


def _stories(
    store: Store, settings: Settings, feed: FeedSettings, clock: Clock
) -> tuple[Article, ...]:
    """Return what the feed shows, and what it says was withdrawn."""
    chosen, now, limit = _selection(feed, settings), clock.now(), feed.limit
    with store.read() as tx:
        return (
            *articles.window(tx, chosen, now=now, limit=limit, span=feed.window),
            *articles.withdrawn(tx, chosen, since=now - NOTICED, limit=limit),
        )


def _made_of(
    settings: Settings,
    feed: FeedSettings,
    identity: FeedIdentity,
    stories: Iterable[Article],
) -> object:
    """Return all that a feed's bytes depend on; a story's revision stands for it."""
    return settings.site, feed, identity, tuple((s.id, s.revision) for s in stories)


def _selection(feed: FeedSettings, settings: Settings) -> Selection:
    """Return what the feed carries; no language of its own means the site's."""
    chosen = feed.selection
    home = settings.site.language.lower()
    if any(f"{home}-".startswith(f"{one}-") for one in chosen.languages):
        return replace(chosen, languages=(*chosen.languages, ""))
    return chosen


def _put(folder: Folder, made: Documents, form: FeedFormat) -> bool:
    return folder.put(f"{made.name}.{form}", made.files[form])


def _put_list(settings: Settings, folder: Folder) -> str:
    """Write index.opml; return what went wrong, or nothing."""
    links = Links(settings.site.url)
    try:
        folder.put(
            opml.NAME, opml.write(settings.feed, site=settings.site, links=links)
        )
    except PublishError as error:
        return str(error)
    return ""


def _identity(store: Store, settings: Settings, feed: FeedSettings) -> FeedIdentity:
    """Return the feed's identity; write only the first time."""
    with store.read() as tx:
        known = feeds.identities(tx).get(feed.name)
    return known or store.write(
        lambda tx: feeds.ensure(
            tx, feed.name, ids=feed.ids, authority=settings.site.authority
        )
    )


def _warning(feed: FeedSettings, identity: FeedIdentity) -> str:
    if feed.ids == identity.ids:
        return ""
    return (
        f'it was made with ids = "{identity.ids}" and keeps them, because other ids '
        f'would show every reader every story again. Set ids = "{identity.ids}".'
    )


def _record(store: Store, made: Documents) -> Recorded:
    """Write down what was published, if the store does not say so already."""
    digests = {form: _digest(data) for form, data in made.files.items()}
    wanted = {form: (digest, made.entries, "") for form, digest in digests.items()}
    if _recorded(store, made.name) != wanted:
        store.write(
            lambda tx: feeds.record(tx, made.name, sha256=digests, entries=made.entries)
        )
    return wanted


def _failed(store: Store, identity: FeedIdentity, error: str) -> FeedReport:
    """Write the error down, if it is news, and report it."""
    recorded = _recorded(store, identity.name)
    if {said for _, _, said in recorded.values()} != {error}:
        store.write(lambda tx: feeds.record_error(tx, identity.name, error))
    return FeedReport(identity.name, error=error)


def _recorded(store: Store, name: str) -> Recorded:
    with store.read() as tx:
        return {
            file.format: (file.sha256, file.entries, file.error)
            for file in feeds.files(tx)
            if file.feed == name
        }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
