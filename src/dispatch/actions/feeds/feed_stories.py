"""Which stories the subscription document of a feed shows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.model import (
    Article,
    FeedArchive,
    FeedIdentity,
    FeedSettings,
    Selection,
    Settings,
)
from dispatch.publish import archive, items
from dispatch.store import Tx, archives, articles

NOTICED = timedelta(days=30)  # that long a feed says that a story was withdrawn


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the subscription document of a feed is made of.

    `window`: the newest stories, newest first; `too_many` of them had no room.
    `stretch`: the oldest that no archive holds, withdrawn ones too. `late`: those that
    came for months that were closed. `again`: those that were corrected since.
    While archives are `behind`, the document neither shows what they lack, which would
    be old news as if it were new, nor leads to them.
    """

    window: tuple[Article, ...]
    too_many: int = 0
    last: FeedArchive | None = None
    stretch: tuple[Article, ...] = ()
    late: tuple[Article, ...] = ()
    again: tuple[Article, ...] = ()
    gone: tuple[Article, ...] = ()
    behind: bool = False

    @property
    def older(self) -> FeedArchive | None:
        """The archive that the document leads to: none while stories lie between."""
        return None if self.behind else self.last

    @property
    def stories(self) -> tuple[Article, ...]:
        """What the document shows, each story once."""
        waiting = () if self.behind else self.stretch
        standing = (one for one in waiting if one.withdrawn_at is None)
        found = (*self.window, *standing, *self.late, *self.again, *self.gone)
        return tuple({one.id: one for one in found}.values())


def read(tx: Tx, feed: FeedSettings, settings: Settings, *, now: datetime) -> Reading:
    """Return what the feed shows, and what it says was withdrawn."""
    window, too_many = _window(tx, feed, settings, now)
    archived = settings.feeds.archives and bool(window)
    last = archives.newest(tx, feed.name) if archived else None
    reading = Reading(
        window,
        too_many,
        last,
        gone=_notices(tx, feed, settings, window, archived=last is not None, now=now),
    )
    return _with_older(tx, feed, settings, reading, now) if archived else reading


def _with_older(
    tx: Tx, feed: FeedSettings, settings: Settings, reading: Reading, now: datetime
) -> Reading:
    """Return the reading with what the archives do not hold, or not as it is now."""
    chosen, window, last = selection(feed, settings), reading.window, reading.last
    shown = archive.place(window[-1])
    since = last.until if last else None
    stretch = archives.open_stretch(
        tx, chosen, since, shown, now=now, limit=archive.AT_ONCE
    )
    reading = replace(reading, stretch=stretch)
    if last is None:
        return reading
    return replace(
        reading,
        late=archives.latecomers(
            tx, chosen, last, now=now, limit=archive.MOST_WAITING + 1
        ),
        again=archives.corrected(
            tx,
            chosen,
            last,
            since=window[0].published_at - feed.window,
            now=now,
            limit=feed.limit,
        ),
    )


def _window(
    tx: Tx, feed: FeedSettings, settings: Settings, now: datetime
) -> tuple[tuple[Article, ...], int]:
    """Return the newest stories and those of the fortnight, as many as are no burden.

    Which those are depends on the stories alone, and is the same in every format.
    """
    chosen = selection(feed, settings)
    found = articles.window(tx, chosen, now=now, limit=feed.limit, span=feed.window)
    room = archive.LARGEST
    if settings.feeds.archives:  # which leave a share to stories that wait for them
        room -= archive.WAITING
    fit = max(archive.LEAST_STORIES, archive.fitting(sizes(found, feed), room))
    return found[:fit], max(0, len(found) - fit)


def _notices(
    tx: Tx,
    feed: FeedSettings,
    settings: Settings,
    shown: tuple[Article, ...],
    *,
    archived: bool,
    now: datetime,
) -> tuple[Article, ...]:
    """Return the stories whose withdrawal the feed speaks of.

    Without archives, a full feed speaks of none that is older than all it shows.
    """
    chosen, since = selection(feed, settings), now - NOTICED
    gone = articles.withdrawn(tx, chosen, since=since, limit=feed.limit)
    if archived or len(shown) < feed.limit:
        return gone
    oldest = archive.place(shown[-1])
    return tuple(one for one in gone if archive.place(one) > oldest)


def selection(feed: FeedSettings, settings: Settings) -> Selection:
    """Return what the feed carries; no language of its own means the site's."""
    chosen = feed.selection
    home = settings.site.language.lower()
    if any(f"{home}-".startswith(f"{one}-") for one in chosen.languages):
        return replace(chosen, languages=(*chosen.languages, ""))
    return chosen


def sizes(stories: Iterable[Article], feed: FeedSettings) -> list[int]:
    """Return about how many characters each story takes in a document of the feed."""
    brief = feed.content == "summary"
    return [archive.size(one, brief=brief, longest=items.LONGEST) for one in stories]


def remark(feed: FeedSettings, identity: FeedIdentity, reading: Reading) -> str:
    """Say what an operator should know of a feed that is published, or nothing."""
    if feed.ids == identity.ids:
        return _too_large(reading)
    return (
        f'it was made with ids = "{identity.ids}" and keeps them, because other ids '
        f'would show every reader every story again. Set ids = "{identity.ids}".'
    )


def _too_large(reading: Reading) -> str:
    if not reading.too_many:
        return ""
    return (
        f"its {len(reading.window)} newest stories fill a megabyte, and "
        f"{reading.too_many} more of its window had no room. Make limit or window "
        'smaller, or set content = "summary".'
    )
