"""Which stories of closed archives have changed, for one pass over the feeds."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import FeedArchive, FeedSettings
from dispatch.publish import families
from dispatch.store import Store, Tx, disturbed
from dispatch.store.disturbed import Disturbed

OVERLAP = timedelta(minutes=5)  # between passes: clocks and transactions differ
LOOK = timedelta(hours=1)  # so often it is written down that nothing was changed


class Changes:
    """The stories that changed since archives were looked at last.

    Of those, a pass that went well has seen some already, as passes overlap: they are
    left out. Labels are read when a family asks, and once.
    """

    def __init__(
        self, tx: Tx, store: Store, memory: Memory, *, archived: bool, now: datetime
    ) -> None:
        self._store, self._memory = store, memory
        self._looked_at = disturbed.looked_at(tx)
        self._found: tuple[Disturbed, ...] = ()
        self._labels: Mapping[int, frozenset[tuple[str, str]]] | None = None
        if self._looked_at and archived:
            since = self._looked_at - OVERLAP
            self._found = disturbed.since(tx, moment=since, now=now)
        self._new = [one for one in self._found if one.edition not in memory.seen]
        if not self._found:
            memory.seen.clear()
            memory.laid.clear()

    def touch(self, feed: FeedSettings) -> bool:
        """Whether a story that changed may stand in an archive of a family's feed."""
        return any(self._is_labelled(one, feed) for one in self._new)

    def up_to(self, last: FeedArchive, feed: FeedSettings) -> list[Disturbed]:
        """Return those that the archives of a feed may hold, of which `last` is one."""
        changed = [one for one in self._new if one.place < last.until]
        if not families.kind_of(feed.name):
            return changed
        return [one for one in changed if self._is_labelled(one, feed)]

    def finish(self, upto: datetime) -> None:
        """Write down that the archives show every change until then.

        Only after a pass in which nothing failed: the next one looks at less.
        """
        before = self._looked_at
        if before is None:
            return
        self._memory.seen |= {one.edition for one in self._found}
        if self._found or not before <= upto < before + LOOK:
            self._store.write(lambda tx: disturbed.look(tx, upto))

    def _is_labelled(self, one: Disturbed, feed: FeedSettings) -> bool:
        if self._labels is None:
            with self._store.read() as tx:
                self._labels = disturbed.labels_of(tx, self._new)
        return families.label(feed) in self._labels[one.place.article]
