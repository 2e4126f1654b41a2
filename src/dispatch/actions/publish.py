"""Publish every feed of the config, as RSS, Atom, JSON Feed, and the list of them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.actions import families as family_feeds
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
from dispatch.publish import channel, documents, families, files, opml
from dispatch.publish.documents import Documents
from dispatch.publish.files import Folder
from dispatch.store import Store, Tx, articles, feeds, stirred
from dispatch.store.stirred import Stirred

WHOLE = timedelta(hours=1)  # so often every feed is looked at, whatever has changed
# Transactions end in another order than they began, and two daemons' clocks differ.
OVERLAP = timedelta(minutes=5)
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
        self._known: dict[str, _Published] = {}
        self._settings: Settings | None = None
        self._whole_at: datetime | None = None
        self._passed_at: datetime | None = None

    def mark(self, settings: Settings, now: datetime) -> datetime | None:
        """Return since when changes count; None when every feed is to be looked at.

        Begins a pass: the next one counts from this one's beginning.
        """
        since = self._passed_at
        whole = (
            since is None
            or self._whole_at is None
            or settings != self._settings
            or not self._whole_at <= now < self._whole_at + WHOLE
        )
        self._settings, self._passed_at = settings, now
        if whole or since is None:
            self._whole_at = now
            return None
        return since - OVERLAP

    def untouched(self, feed: FeedSettings, changed: Stirred) -> bool:
        """Whether nothing that changed belongs to a family's feed, now or before."""
        known = self._known.get(feed.name)
        return (
            known is not None
            and families.label(feed) not in changed.labels
            and not known.shown & changed.articles
        )

    def last(self, name: str) -> "_Published | None":
        """Return what was published last under this name."""
        return self._known.get(name)

    def recall(
        self, name: str, made_of: object, recorded: Recorded
    ) -> FeedReport | None:
        """Return what was reported of the feed if nothing about it is different."""
        known = self._known.get(name)
        same = known and (known.made_of, known.recorded) == (made_of, recorded)
        return known.report if known and same else None

    def keep(
        self,
        report: FeedReport,
        made_of: object,
        recorded: Recorded,
        *,
        feed: FeedSettings,
        shown: frozenset[int],
    ) -> None:
        """Remember a feed that is published, and what the store says of it."""
        files = (*report.written, *report.unchanged)
        settled = replace(report, written=(), unchanged=files)
        self._known[report.name] = _Published(feed, made_of, recorded, settled, shown)

    def forget(self, name: str) -> None:
        """Look at this feed again the next time, whatever changes."""
        self._known.pop(name, None)


@dataclass(frozen=True, slots=True)
class _Published:
    """A feed as it was published last: what of, which articles, with what title."""

    feed: FeedSettings
    made_of: object
    recorded: Recorded
    report: FeedReport
    shown: frozenset[int]


def publish(
    store: Store, settings: Settings, *, clock: Clock, memory: Memory | None = None
) -> PublishReport:
    """Bring the files of every feed up to date, each feed on its own.

    Those of every [[feed]], and of every section, author or tag the config asks for.
    Safe to repeat: what would not change is not touched, and with a `memory` not
    even made. The files of a feed that is no longer in the config are left as they
    are, so that its readers keep what they have; remove them by hand.
    """
    memory = memory or Memory()
    try:
        with files.hold(settings.feeds.directory) as folder:
            press = _Press(store, settings, folder, clock, memory)
            reports = tuple(press.all())
            return PublishReport(reports, _put_list(settings, press.listed(), folder))
    except PublishError as error:  # the folder: then no feed can be written
        with store.read() as tx:
            known = _found(tx)
        known = _minted(store, settings, known)
        reports = tuple(
            _failed(store, known[feed.name], str(error)) for feed in settings.feed
        )
        return PublishReport(reports, str(error))


class _Press:
    """One pass over all feeds, with the folder held."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        folder: Folder,
        clock: Clock,
        memory: Memory,
    ) -> None:
        self._store, self._settings = store, settings
        self._folder, self._clock, self._memory = folder, clock, memory
        now = clock.now()
        mark = memory.mark(settings, now)
        with store.read() as tx:
            self._families = family_feeds.find(tx, settings)
            self._changed = stirred.since(tx, mark, now=now) if mark else None
            found = _found(tx)
        self._known = _minted(store, settings, found)

    def all(self) -> Iterator[FeedReport]:
        """Publish every feed in turn; yield what became of it."""
        for feed in self._settings.feed:
            yield self._publish(feed, self._known[feed.name], self._stories(feed))
        for feed in self._families:
            report = self._settled(feed) or self._family(feed)
            if report:
                yield report

    def listed(self) -> tuple[FeedSettings, ...]:
        """Return all feeds for the list of them, the families with their titles."""
        published = (self._memory.last(feed.name) for feed in self._families)
        return (*self._settings.feed, *(one.feed for one in published if one))

    def _settled(self, feed: FeedSettings) -> FeedReport | None:
        """Return what was said of a family's feed that nothing has touched since."""
        last = self._memory.last(feed.name)
        if self._changed is None or last is None:
            return None
        if not self._memory.untouched(feed, self._changed):
            return None
        return last.report if all(map(self._folder.has, last.report.files)) else None

    def _family(self, feed: FeedSettings) -> FeedReport | None:
        """Publish a family's feed, from the first story on that readers may see."""
        stories = self._stories(feed)
        known = self._known.get(feed.name)
        if known is None:
            if not any(story.withdrawn_at is None for story in stories):
                return None
            known = _Known(_mint(self._store, self._settings, feed))
        titled = families.titled(feed, stories, self._settings.site.title)
        return self._publish(titled, known, stories)

    def _publish(
        self, feed: FeedSettings, known: _Known, stories: tuple[Article, ...]
    ) -> FeedReport:
        settings, memory, identity = self._settings, self._memory, known.identity
        made_of = _made_of(settings, feed, identity, stories)
        before = memory.recall(feed.name, made_of, known.recorded)
        if before and all(map(self._folder.has, before.files)):
            return before
        links = Links(settings.site.url)
        try:
            made = documents.make(
                channel.make(
                    feed,
                    identity,
                    stories,
                    site=settings.site,
                    links=links,
                    hubs=settings.feeds.hubs,
                )
            )
            written = {form: _put(self._folder, made, form) for form in made.files}
        except PublishError as error:
            memory.forget(feed.name)
            return _failed(self._store, known, str(error))
        title = channel.title(feed, settings.site)
        recorded = _record(self._store, made, known.recorded, title)
        report = FeedReport(
            name=feed.name,
            entries=made.entries,
            written=tuple(f"{feed.name}.{one}" for one in written if written[one]),
            unchanged=tuple(
                f"{feed.name}.{one}" for one in written if not written[one]
            ),
            quarantined=made.quarantined,
            warning=_warning(feed, identity),
        )
        shown = frozenset(story.id for story in stories)
        memory.keep(report, made_of, recorded, feed=feed, shown=shown)
        return report

    def _stories(self, feed: FeedSettings) -> tuple[Article, ...]:
        return _stories(self._store, self._settings, feed, self._clock)


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
    shown = tuple((story.id, story.revision) for story in stories)
    return settings.site, settings.feeds.hubs, feed, identity, shown


def _selection(feed: FeedSettings, settings: Settings) -> Selection:
    """Return what the feed carries; no language of its own means the site's."""
    chosen = feed.selection
    home = settings.site.language.lower()
    if any(f"{home}-".startswith(f"{one}-") for one in chosen.languages):
        return replace(chosen, languages=(*chosen.languages, ""))
    return chosen


def _put(folder: Folder, made: Documents, form: FeedFormat) -> bool:
    return folder.put(f"{made.name}.{form}", made.files[form])


def _put_list(
    settings: Settings, listed: tuple[FeedSettings, ...], folder: Folder
) -> str:
    """Write index.opml; return what went wrong, or nothing."""
    links = Links(settings.site.url)
    try:
        folder.put(opml.NAME, opml.write(listed, site=settings.site, links=links))
    except PublishError as error:
        return str(error)
    return ""


def _found(tx: Tx) -> dict[str, _Known]:
    """Return what the store knows of every feed that was ever published."""
    recorded = _recorded(tx)
    return {
        name: _Known(identity, recorded.get(name, {}))
        for name, identity in feeds.identities(tx).items()
    }


def _minted(
    store: Store, settings: Settings, found: dict[str, _Known]
) -> dict[str, _Known]:
    """Return `found` and every [[feed]] that is new, which has its identity now."""
    new = [feed for feed in settings.feed if feed.name not in found]
    return found | {feed.name: _Known(_mint(store, settings, feed)) for feed in new}


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


def _record(store: Store, made: Documents, recorded: Recorded, title: str) -> Recorded:
    """Write down what was published, if the store does not say so already."""
    digests = {form: _digest(data) for form, data in made.files.items()}
    wanted = {form: (digest, made.entries, "") for form, digest in digests.items()}
    if recorded != wanted:
        store.write(
            lambda tx: feeds.record(
                tx, made.name, sha256=digests, entries=made.entries, title=title
            )
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
