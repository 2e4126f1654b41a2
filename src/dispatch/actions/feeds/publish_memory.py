"""What a daemon published last, so that it makes only what is different."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.actions.feeds.feed_records import Recorded
from dispatch.actions.feeds.publish_report import FeedReport
from dispatch.model import FeedSettings, Settings
from dispatch.publish.fragments import Fragments
from dispatch.store import labels
from dispatch.store.disturbed import Edition
from dispatch.store.stirred import SECTION, Stirred

WHOLE = timedelta(hours=1)  # so often every feed is looked at, whatever has changed
# Transactions end in another order than they began, and two daemons' clocks differ.
OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Published:
    """A feed as it was published last: what of, which articles, with what title."""

    feed: FeedSettings
    made_of: str
    recorded: Recorded
    report: FeedReport
    shown: frozenset[int]


class Memory:
    """What a daemon published last: a feed of the same stories is not made again.

    Of just the same, if the store still says of it what it said then: a failure since,
    of this process or another, is to be cleared. Not shared between threads, and not
    kept over a restart. `kept` are the fragments that documents are made of.
    """

    def __init__(self, kept: Fragments | None = None) -> None:
        self.kept = kept or Fragments()
        # What archives were made of, by document, while changes of late count twice.
        self.laid: dict[str, frozenset[Edition]] = {}
        # Changed stories whose archives were made again, by a pass that went well.
        self.seen: set[Edition] = set()
        # Feeds that a pass which was cut short has still to look at; None: all of them.
        self.left: frozenset[str] | None = None
        self._failed = self._open = False
        self._known: dict[str, Published] = {}
        self._again: set[str] = set()  # feeds to look at whatever has changed
        self._settings: Settings | None = None
        self._whole_at: datetime | None = None
        self._passed_at: datetime | None = None
        self._since: datetime | None = None

    def mark(self, settings: Settings, now: datetime) -> datetime | None:
        """Return since when changes count; None when every feed is to be looked at.

        Begins a pass, or goes on with one that was cut short. The next one counts from
        this one's beginning. After one that broke off, every feed is looked at.
        """
        broken, self._open = self._open, True
        if broken:
            self.left = self._passed_at = None
        if self.left and settings == self._settings:
            return self._since
        self.left = None if settings != self._settings else self.left
        self._failed = False
        since = self._passed_at
        whole = (
            since is None
            or self._whole_at is None
            or settings != self._settings
            or not self._whole_at <= now < self._whole_at + WHOLE
        )
        self._settings, self._passed_at = settings, now
        if whole or since is None:
            self._whole_at, self._since = now, None
        else:
            self._since = since - OVERLAP
        return self._since

    def end(self, left: Iterable[str], *, failed: bool) -> datetime | None:
        """End a pass, or cut it short; return its beginning if all went well in it."""
        self._open = False
        self.left = frozenset(left)
        self._failed = self._failed or failed
        return None if self.left or self._failed else self._passed_at

    def untouched(self, feed: FeedSettings, changed: Stirred) -> bool:
        """Whether nothing that changed belongs to a feed, now or before."""
        known = self._known.get(feed.name)
        return (
            known is not None
            and feed.name not in self._again
            and not known.shown & changed.articles
            and not _may_hold(feed, changed)
        )

    def last(self, name: str) -> Published | None:
        """Return what was published last under this name."""
        return self._known.get(name)

    def recall(self, name: str, made_of: str, recorded: Recorded) -> FeedReport | None:
        """Return what was reported of the feed if nothing about it is different."""
        known = self._known.get(name)
        if known is None or (known.made_of, known.recorded) != (made_of, recorded):
            return None
        self._again.discard(name)
        report = replace(known.report, waiting="")
        self._known[name] = replace(known, report=report)
        return report

    def keep(
        self,
        report: FeedReport,
        made_of: str,
        recorded: Recorded,
        *,
        feed: FeedSettings,
        shown: frozenset[int],
    ) -> None:
        """Remember a feed that is published, and what the store says of it."""
        files = (*report.written, *report.unchanged)
        settled = replace(report, written=(), unchanged=files)
        self._again.discard(report.name)
        self._known[report.name] = Published(feed, made_of, recorded, settled, shown)

    def forget(self, name: str) -> None:
        """Look at this feed again the next time, whatever changes."""
        self._again.add(name)

    def postpone(self, name: str, waiting: str) -> None:
        """Look at this feed again the next time: its next archive is waiting."""
        known = self._known[name]
        report = replace(known.report, waiting=waiting)
        self._known[name] = replace(known, report=report)
        self.forget(name)


def _may_hold(feed: FeedSettings, changed: Stirred) -> bool:
    """Whether what changed may be something that a feed selects.

    One that is not selected by section, tag or author is looked at in every pass.
    """
    chosen = feed.selection
    wanted = (
        (SECTION, chosen.sections),
        (labels.TAG, chosen.tags),
        (labels.AUTHOR, chosen.authors),
    )
    return all(
        any((kind, key) in changed.labels for key in keys)
        for kind, keys in wanted
        if keys
    )
