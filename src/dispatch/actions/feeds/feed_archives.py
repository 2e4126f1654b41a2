"""Close the archives of a feed, and keep what they say true (RFC 5005).

Each archive is closed by itself: its files are in place before it is written down, so
that a publisher that was killed closes the same one again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.feeds import feed_records, feed_stories
from dispatch.actions.feeds.feed_changes import Changes
from dispatch.actions.feeds.feed_stories import Reading
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.actions.feeds.publish_pace import Pace
from dispatch.actions.feeds.publish_report import Settled
from dispatch.model import (
    Article,
    FeedArchive,
    FeedFormat,
    FeedIdentity,
    FeedSettings,
    Links,
    Place,
    Settings,
    archive_document,
)
from dispatch.publish import archive, channel, documents
from dispatch.publish.channel import Chain
from dispatch.publish.files import Folder
from dispatch.store import Store, Tx, archives, disturbed

CODINGS = ("gzip",)  # an archive is fetched once by each reader


@dataclass(frozen=True, slots=True)
class _Piece:
    """An archive to be: its name, its stories, where it ends."""

    name: str
    stories: tuple[Article, ...]
    until: Place


class Archivist:
    """The archives of all feeds, in one pass over them."""

    def __init__(
        self,
        tx: Tx,
        store: Store,
        settings: Settings,
        folder: Folder,
        memory: Memory,
        *,
        pace: Pace,
        now: datetime,
        whole: bool,
    ) -> None:
        self._store, self._settings, self._folder = store, settings, folder
        self._memory, self._pace, self._now, self._whole = memory, pace, now, whole
        archived = settings.feeds.archives
        self.changes = Changes(tx, store, memory, archived=archived, now=now)

    def settle(
        self, feed: FeedSettings, identity: FeedIdentity, reading: Reading
    ) -> Settled:
        """Bring the archives of a feed up to date; close what is to be closed.

        If any was `closed`, the subscription document shows something else than what
        was read. What is `waiting` is closed by the next passes.
        Raises PublishError when a document cannot be made or put in place.
        """
        settled = Settled()
        if not reading.window or not self._settings.feeds.archives:
            return settled
        style = self._style(feed, identity)
        last, late, stretch = reading.last, reading.late, reading.stretch
        shown = archive.place(reading.window[-1])
        if last and (last.style != style or len(late) > archive.MOST_WAITING):
            self._store.write(lambda tx: archives.forget(tx, feed.name))
            settled.closed.append(last.name)
            last, late, stretch = None, (), self._stretch(feed, None, shown)
        if last:
            self._mend(feed, identity, last, settled)
        if settled.unmended:
            return settled
        piece = self._piece(feed, stretch, shown, last.name if last else "")
        closed = 0
        while piece and self._pace.closes(closed):
            stretch = self._stretch(feed, piece.until, shown)
            newer = self._piece(feed, stretch, shown, piece.name)
            last = self._closed(piece, feed, last, style, newer)
            last = self._make(feed, identity, last, (*piece.stories, *late), settled)
            self._write_down(last)
            settled.closed.append(last.name)
            late, piece, closed = (), newer, closed + 1
        if piece:
            settled.waiting.append(piece.name)
        return settled

    def _mend(
        self,
        feed: FeedSettings,
        identity: FeedIdentity,
        last: FeedArchive,
        settled: Settled,
    ) -> None:
        """Make those archives again whose stories have changed, or whose files went."""
        changed = self.changes.up_to(last, feed)
        if not (changed or self._whole or not self._has(last)):
            return
        with self._store.read() as tx:
            closed = archives.of(tx, feed.name)
        for one in closed:
            held = frozenset(
                story.edition
                for story in changed
                if one.holds(story.place, story.first_seen_at)
            )
            known = held <= self._memory.laid.get(one.document, frozenset())
            if known and self._has(one):
                continue
            if settled.unmended or not self._pace.closes(0):
                settled.unmended.append(one.name)
            else:
                self._make_again(feed, identity, one, settled)
                self._memory.laid[one.document] |= held

    def _make_again(
        self,
        feed: FeedSettings,
        identity: FeedIdentity,
        one: FeedArchive,
        settled: Settled,
    ) -> None:
        chosen = feed_stories.selection(feed, self._settings)
        with self._store.read() as tx:
            stories = archives.stories(tx, one, chosen, now=self._now)
        made = self._make(feed, identity, one, stories, settled)
        if made != one:
            self._store.write(lambda tx: archives.amend(tx, made))

    def _has(self, one: FeedArchive) -> bool:
        return all(self._folder.has(f"{one.document}.{form}") for form in FeedFormat)

    def _stretch(
        self, feed: FeedSettings, since: Place | None, until: Place
    ) -> tuple[Article, ...]:
        """Return the oldest stories that no archive holds, up to what is shown."""
        chosen = feed_stories.selection(feed, self._settings)
        with self._store.read() as tx:
            return archives.open_stretch(
                tx, chosen, since, until, now=self._now, limit=archive.AT_ONCE
            )

    def _piece(
        self, feed: FeedSettings, stretch: Sequence[Article], shown: Place, before: str
    ) -> _Piece | None:
        until = archive.end(stretch, feed_stories.sizes(stretch, feed), shown)
        if until is None:
            return None
        inside = tuple(one for one in stretch if archive.place(one) < until)
        return _Piece(archive.name(inside[0], before), inside, until)

    def _closed(
        self,
        piece: _Piece,
        feed: FeedSettings,
        last: FeedArchive | None,
        style: str,
        newer: _Piece | None,
    ) -> FeedArchive:
        """Return the archive that this piece becomes, as yet without its files."""
        return FeedArchive(
            feed=feed.name,
            name=piece.name,
            number=last.number + 1 if last else 1,
            since=last.until if last else archive.place(piece.stories[0]),
            until=piece.until,
            before=last.closed_at if last else self._now,
            closed_at=self._now,
            style=style,
            older=last.name if last else "",
            newer=newer.name if newer else "",
        )

    def _make(
        self,
        feed: FeedSettings,
        identity: FeedIdentity,
        one: FeedArchive,
        stories: Sequence[Article],
        settled: Settled,
    ) -> FeedArchive:
        """Put the files of an archive in place; return it with what they hold."""
        older, newer = (archive_document(feed.name, n) for n in (one.older, one.newer))
        made = documents.make(
            channel.make(
                feed,
                identity,
                stories,
                site=self._settings.site,
                links=Links(self._settings.site.url),
                kept=self._memory.kept,
                document=one.document,
                chain=Chain(older, newer, current=feed.name),
            ),
            self._memory.kept,
        )
        for form, data in made.files.items():
            name = f"{one.document}.{form}"
            if self._folder.put(name, data, CODINGS):
                settled.written.append(name)
        laid = frozenset((story.id, story.revision, True) for story in stories)
        self._memory.laid[one.document] = laid
        settled.quarantined.extend(made.quarantined)
        digests = {form: feed_records.digest(data) for form, data in made.files.items()}
        return replace(one, entries=made.entries, sha256=digests)

    def _write_down(self, one: FeedArchive) -> None:
        def unit(tx: Tx) -> None:
            archives.close(tx, one)
            if disturbed.looked_at(tx) is None:
                disturbed.look(tx, self._now)

        self._store.write(unit)

    def _style(self, feed: FeedSettings, identity: FeedIdentity) -> str:
        """Return a digest of what archives depend on beside their stories.

        Not of titles: those that are closed keep the one they had.
        """
        site = self._settings.site
        chosen = feed_stories.selection(feed, self._settings)
        parts = site.url, site.language, identity.ids, feed.content, chosen
        return feed_records.digest(repr(parts).encode())
