"""Publish every feed of the config, as RSS, Atom, JSON Feed, and the list of them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from dispatch.actions import families as family_feeds, feed_records
from dispatch.actions.feed_records import Known
from dispatch.actions.publish_memory import Memory
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
from dispatch.store import Store, articles, stirred

NOTICED = timedelta(days=30)  # that long a feed says that a story was withdrawn


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
            known = feed_records.found(tx)
        known = feed_records.minted(store, settings, known)
        reports = tuple(
            feed_records.failed(store, known[feed.name], str(error))
            for feed in settings.feed
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
            found = feed_records.found(tx)
        self._known = feed_records.minted(store, settings, found)

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
            known = Known(feed_records.mint(self._store, self._settings, feed))
        titled = families.titled(feed, stories, self._settings.site.title)
        return self._publish(titled, known, stories)

    def _publish(
        self, feed: FeedSettings, known: Known, stories: tuple[Article, ...]
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
                    kept=memory.kept,
                ),
                memory.kept,
            )
            written = {form: _put(self._folder, made, form) for form in made.files}
        except PublishError as error:
            memory.forget(feed.name)
            return feed_records.failed(self._store, known, str(error))
        title = channel.title(feed, settings.site)
        recorded = feed_records.record(self._store, made, known.recorded, title)
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


def _warning(feed: FeedSettings, identity: FeedIdentity) -> str:
    if feed.ids == identity.ids:
        return ""
    return (
        f'it was made with ids = "{identity.ids}" and keeps them, because other ids '
        f'would show every reader every story again. Set ids = "{identity.ids}".'
    )
