"""Publish every feed of the config, as RSS, Atom, JSON Feed, and the list of them."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
from dispatch.store import Store, Tx, articles, feeds

NOTICED = timedelta(days=30)  # that long a feed says that a story was withdrawn


# What the store says of a feed's files: digest, entries, error.
Recorded = Mapping[FeedFormat, tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows of a feed before it is published."""

    identity: FeedIdentity
    recorded: Recorded = field(default_factory=dict)


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
            known = _known(store, settings)
            reports = tuple(
                _publish(
                    store,
                    settings,
                    feed,
                    folder,
                    clock,
                    known=known[feed.name],
                    memory=memory,
                )
                for feed in settings.feed
            )
            return PublishReport(reports, _put_list(settings, folder))
    except PublishError as error:  # the folder: then no feed can be written
        known = _known(store, settings)
        reports = tuple(
            _failed(store, known[feed.name], str(error)) for feed in settings.feed
        )
        return PublishReport(reports, str(error))


def _publish(
    store: Store,
    settings: Settings,
    feed: FeedSettings,
    folder: Folder,
    clock: Clock,
    *,
    known: _Known,
    memory: Memory,
) -> FeedReport:
    identity = known.identity
    stories = _stories(store, settings, feed, clock)
    made_of = _made_of(settings, feed, identity, stories)
    before = memory.recall(feed.name, made_of, known.recorded)
    if before and all(map(folder.has, before.unchanged)):
        return before
    links = Links(settings.site.url)
    try:
        made = documents.make(
            channel.make(feed, identity, stories, site=settings.site, links=links)
        )
        written = {form: _put(folder, made, form) for form in made.files}
    except PublishError as error:
        return _failed(store, known, str(error))
    recorded = _record(store, made, known.recorded)
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


def _known(store: Store, settings: Settings) -> dict[str, _Known]:
    """Return what the store knows of every feed; write only for a new one."""
    with store.read() as tx:
        identities, recorded = feeds.identities(tx), _recorded(tx)
    for feed in settings.feed:
        if feed.name not in identities:
            identities[feed.name] = _mint(store, settings, feed)
    return {
        feed.name: _Known(identities[feed.name], recorded.get(feed.name, {}))
        for feed in settings.feed
    }


def _mint(store: Store, settings: Settings, feed: FeedSettings) -> FeedIdentity:
    authority = settings.site.authority
    return store.write(
        lambda tx: feeds.ensure(tx, feed.name, ids=feed.ids, authority=authority)
    )


def _warning(feed: FeedSettings, identity: FeedIdentity) -> str:
    if feed.ids == identity.ids:
        return ""
    return (
        f'it was made with ids = "{identity.ids}" and keeps them, because other ids '
        f'would show every reader every story again. Set ids = "{identity.ids}".'
    )


def _record(store: Store, made: Documents, recorded: Recorded) -> Recorded:
    """Write down what was published, if the store does not say so already."""
    digests = {form: _digest(data) for form, data in made.files.items()}
    wanted = {form: (digest, made.entries, "") for form, digest in digests.items()}
    if recorded != wanted:
        store.write(
            lambda tx: feeds.record(tx, made.name, sha256=digests, entries=made.entries)
        )
    return wanted


def _failed(store: Store, known: _Known, error: str) -> FeedReport:
    """Write the error down, if it is news, and report it."""
    name = known.identity.name
    if {said for _, _, said in known.recorded.values()} != {error}:
        store.write(lambda tx: feeds.record_error(tx, name, error))
    return FeedReport(name, error=error)


def _recorded(tx: Tx) -> dict[str, dict[FeedFormat, tuple[str, int, str]]]:
    """Return what the store says of the files of each feed."""
    found: dict[str, dict[FeedFormat, tuple[str, int, str]]] = {}
    for file in feeds.files(tx):
        said = file.sha256, file.entries, file.error
        found.setdefault(file.feed, {})[file.format] = said
    return found


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
