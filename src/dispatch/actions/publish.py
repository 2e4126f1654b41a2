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


class Memory:
    """What a daemon published last: a feed of the same stories is not made again.

    Not shared between threads, and not kept over a restart.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, FeedReport]] = {}

    def recall(self, name: str, made_of: object) -> FeedReport | None:
        """Return what was reported of the feed if it was made of just this."""
        before, report = self._known.get(name, (None, None))
        return report if before == made_of else None

    def keep(self, report: FeedReport, made_of: object) -> None:
        """Remember a feed that is published."""
        files = (*report.written, *report.unchanged)
        settled = replace(report, written=(), unchanged=files)
        self._known[report.name] = (made_of, settled)


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
    with store.read() as tx:
        now = clock.now()
        found = articles.window(
            tx, _selection(feed, settings), now=now, limit=feed.limit, span=feed.window
        )
        gone = articles.withdrawn(
            tx, _selection(feed, settings), since=now - NOTICED, limit=feed.limit
        )
    made_of = _made_of(settings, feed, identity, (*found, *gone))
    known = memory.recall(feed.name, made_of)
    if known and all(map(folder.has, known.unchanged)):
        return known
    links = Links(settings.site.url)
    try:
        made = documents.make(
            channel.make(
                feed, identity, (*found, *gone), site=settings.site, links=links
            )
        )
        written = {form: _put(folder, made, form) for form in made.files}
    except PublishError as error:
        return _failed(store, identity, str(error))
    _record(store, made)
    report = FeedReport(
        name=feed.name,
        entries=made.entries,
        written=tuple(f"{feed.name}.{form}" for form in written if written[form]),
        unchanged=tuple(f"{feed.name}.{form}" for form in written if not written[form]),
        quarantined=made.quarantined,
        warning=_warning(feed, identity),
    )
    memory.keep(report, made_of)
    return report


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


def _record(store: Store, made: Documents) -> None:
    """Write down what was published, if the store does not say so already."""
    digests = {form: _digest(data) for form, data in made.files.items()}
    if _recorded(store, made.name) != {
        form: (digest, made.entries, "") for form, digest in digests.items()
    }:
        store.write(
            lambda tx: feeds.record(tx, made.name, sha256=digests, entries=made.entries)
        )


def _failed(store: Store, identity: FeedIdentity, error: str) -> FeedReport:
    """Write the error down, if it is news, and report it."""
    recorded = _recorded(store, identity.name)
    if {said for _, _, said in recorded.values()} != {error}:
        store.write(lambda tx: feeds.record_error(tx, identity.name, error))
    return FeedReport(identity.name, error=error)


def _recorded(store: Store, name: str) -> Mapping[FeedFormat, tuple[str, int, str]]:
    with store.read() as tx:
        return {
            file.format: (file.sha256, file.entries, file.error)
            for file in feeds.files(tx)
            if file.feed == name
        }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
