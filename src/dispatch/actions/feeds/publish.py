"""Publish every feed of the config, as RSS, Atom, JSON Feed, and the list of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from dispatch.actions.feeds import families as family_feeds, feed_records, feed_stories
from dispatch.actions.feeds.feed_archives import Archivist
from dispatch.actions.feeds.feed_records import Known
from dispatch.actions.feeds.feed_stories import Reading
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.actions.feeds.publish_pace import Pace
from dispatch.actions.feeds.publish_report import FeedReport, PublishReport
from dispatch.errors import PublishError
from dispatch.model import (
    Clock,
    FeedFormat,
    FeedIdentity,
    FeedSettings,
    Links,
    Settings,
)
from dispatch.publish import channel, documents, families, files, opml
from dispatch.publish.channel import Chain
from dispatch.publish.documents import Documents
from dispatch.publish.files import Folder
from dispatch.store import Store, stirred


def publish(
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    memory: Memory | None = None,
    enough: Callable[[], bool] | None = None,
) -> PublishReport:
    """Bring the files of every feed up to date, each feed on its own.

    Those of every [[feed]], and of every section, author or tag the config asks for.
    Safe to repeat: what would not change is not touched, and with a `memory` not
    even made. The files of a feed that is no longer in the config are left as they
    are, so that its readers keep what they have; remove them by hand.

    A pass that takes long ends when it is `enough`, which needs a `memory`: what it
    left is published by the next one, if the report says that it is `unfinished`.
    """
    memory = memory or Memory()
    try:
        with files.hold(settings.feeds.directory) as folder:
            pace = Pace(enough, documents_first=memory.left != frozenset())
            press = _Press(store, settings, folder, clock, memory, pace=pace)
            reports = tuple(press.all())
            wrong = press.put_list()
            return PublishReport(reports, wrong, tuple(pace.left))
    except PublishError as error:  # the folder: then no feed can be written
        failed = feed_records.all_failed(store, settings, str(error))
        return PublishReport(failed, str(error))


class _Press:
    """One pass over all feeds, with the folder held."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        folder: Folder,
        clock: Clock,
        memory: Memory,
        *,
        pace: Pace,
    ) -> None:
        self._store, self._settings, self._pace = store, settings, pace
        self._folder, self._clock, self._memory = folder, clock, memory
        now = clock.now()
        mark = memory.mark(settings, now)
        self._left = memory.left or frozenset()
        self._unmended = False  # whether changes are still to be shown by archives
        with store.read() as tx:
            self._families = family_feeds.find(tx, settings)
            self._changed = stirred.since(tx, mark, now=now) if mark else None
            found = feed_records.found(tx)
            given = store, settings, folder, memory
            self._archivist = Archivist(
                tx, *given, pace=pace, now=now, whole=mark is None
            )
        self._known = feed_records.minted(store, settings, found)

    def all(self) -> Iterator[FeedReport]:
        """Publish every feed in turn; yield what became of it."""
        failed = False
        for report in self._each():
            failed = failed or bool(report.error)
            yield report
        failed = failed or self._unmended
        began = self._memory.end(self._pace.left, failed=failed)
        if began:
            self._archivist.changes.finish(began)

    def _each(self) -> Iterator[FeedReport]:
        for feed in self._settings.feed:
            known = self._known[feed.name]
            yield self._settled(feed) or self._publish(feed, known, self._read(feed))
        for feed in self._families:
            report = self._of_family(feed)
            if report:
                yield report

    def _of_family(self, feed: FeedSettings) -> FeedReport | None:
        """Publish a family's feed, if this pass has not done so, and gets so far."""
        if self._left and feed.name not in self._left:
            last = self._memory.last(feed.name)
            return last.report if last else None
        report = self._settled(feed)
        if report or not self._pace.publishes(feed.name):
            return report
        return self._family(feed)

    def put_list(self) -> str:
        """Write the list of all feeds; return what went wrong, or nothing.

        One that has them all stays until all were looked at again.
        """
        if self._pace.left and self._folder.has(opml.NAME):
            return ""
        published = (self._memory.last(feed.name) for feed in self._families)
        listed = (*self._settings.feed, *(one.feed for one in published if one))
        return _put_list(self._settings, listed, self._folder)

    def _settled(self, feed: FeedSettings) -> FeedReport | None:
        """Return what was said of a feed that nothing has touched since."""
        last, known = self._memory.last(feed.name), self._known.get(feed.name)
        if self._changed is None or last is None or known is None:
            return None
        if known.recorded != last.recorded:  # it failed since then
            return None
        if not self._memory.untouched(feed, self._changed):
            return None
        if self._archivist.changes.touch(feed):
            return None
        return last.report if all(map(self._folder.has, last.report.files)) else None

    def _family(self, feed: FeedSettings) -> FeedReport | None:
        """Publish a family's feed, from the first story on that readers may see."""
        reading = self._read(feed)
        known = self._known.get(feed.name)
        if known is None:
            if not reading.window:
                return None
            known = Known(feed_records.mint(self._store, self._settings, feed))
        title = self._settings.site.title
        titled = families.titled(feed, reading.stories, title)
        return self._publish(titled, known, reading)

    def _publish(
        self, feed: FeedSettings, known: Known, reading: Reading
    ) -> FeedReport:
        """Publish a feed, first its archives; say what became of it."""
        memory = self._memory
        try:
            settled = self._archivist.settle(feed, known.identity, reading)
            if settled.closed:
                reading = self._read(feed)
            reading = replace(reading, behind=bool(settled.waiting))
            report = self._current(feed, known, reading)
            if settled.next:
                memory.postpone(feed.name, settled.next)
            self._unmended = self._unmended or bool(settled.unmended)
        except PublishError as error:
            memory.forget(feed.name)
            return feed_records.failed(self._store, known, str(error))
        return settled.told(report)

    def _current(
        self, feed: FeedSettings, known: Known, reading: Reading
    ) -> FeedReport:
        """Bring the feed's own documents up to date, if they are not."""
        memory, store = self._memory, self._store
        made_of = feed_records.made_of(self._settings, feed, known.identity, reading)
        names = tuple(f"{feed.name}.{form}" for form in FeedFormat)
        there = all(map(self._folder.has, names))
        before = memory.recall(feed.name, made_of, known.recorded)
        if before and there:
            return before
        warning = feed_stories.remark(feed, known.identity, reading)
        entries = feed_records.entries(known, made_of)
        recorded = known.recorded
        if there and entries is not None:  # by a process before this one
            report = FeedReport(feed.name, entries, unchanged=names, warning=warning)
        else:
            made = self._make(feed, known.identity, reading)
            written = [one for one in FeedFormat if _put(self._folder, made, one)]
            recorded = feed_records.record(
                store,
                made,
                known,
                title=channel.title(feed, self._settings.site),
                made_of=made_of,
            )
            report = FeedReport(
                feed.name,
                made.entries,
                written=tuple(f"{feed.name}.{one}" for one in written),
                unchanged=tuple(
                    f"{feed.name}.{one}" for one in FeedFormat if one not in written
                ),
                quarantined=made.quarantined,
                shortened=made.shortened,
                warning=warning,
            )
        shown = frozenset(story.id for story in reading.stories)
        memory.keep(report, made_of, recorded, feed=feed, shown=shown)
        return report

    def _make(
        self, feed: FeedSettings, identity: FeedIdentity, reading: Reading
    ) -> Documents:
        settings, kept = self._settings, self._memory.kept
        return documents.make(
            channel.make(
                feed,
                identity,
                reading.stories,
                site=settings.site,
                links=Links(settings.site.url),
                hubs=settings.feeds.hubs,
                kept=kept,
                chain=Chain(reading.older.document if reading.older else ""),
            ),
            kept,
        )

    def _read(self, feed: FeedSettings) -> Reading:
        now = self._clock.now()
        with self._store.read() as tx:
            return feed_stories.read(tx, feed, self._settings, now=now)


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
