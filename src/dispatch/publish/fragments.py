"""A story's stretch of a document, made once for each revision and kept.

feedgen needs a tenth of a millisecond for what can be kept in five kilobytes, and a
story stands in many feeds. A fragment depends on its item alone. It is read back when
it is made, so that a document of known fragments need not be.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

from dispatch.errors import PublishError
from dispatch.model import FeedFormat
from dispatch.publish import check
from dispatch.publish.feeds import SOMEWHERE
from dispatch.publish.formats import FORMATS
from dispatch.publish.items import Item

ROOM = 64_000_000  # bytes: some 3,000 stories of 4 kB, in three formats
AT_ONCE = 100  # entries in one run of a writer


class Fragments:
    """What was made last, up to `room` bytes. May be shared between threads."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def item(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """Return what `make` made when it was first asked under this key."""
        known = self._get(key)
        if isinstance(known, Item):
            return known
        item = make()
        self._keep(key, item, len(item.html))
        return item

    def of(self, items: Sequence[Item], form: FeedFormat) -> list[bytes]:
        """Return the fragment of each item, in order.

        Raises PublishError for an item that cannot be written, or that is not what
        a reader would read.
        """
        found = {item: self._get((form, item)) for item in items}
        missing = [item for item, known in found.items() if known is None]
        for start in range(0, len(missing), AT_ONCE):
            batch = missing[start : start + AT_ONCE]
            for item, fragment in zip(batch, _made(batch, form), strict=True):
                found[item] = fragment
                self._keep((form, item), fragment, len(fragment))
        return [found[item] for item in items]

    def _get(self, key: Hashable) -> Any:
        with self._lock:
            known = self._kept.get(key)
            if known is None:
                return None
            self._kept.move_to_end(key)
            return known[0]

    def _keep(self, key: Hashable, value: object, size: int) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = value, size
            self._room -= size
            while self._room < 0 and self._kept:
                _, (_, freed) = self._kept.popitem(last=False)
                self._room += freed


def _made(items: Sequence[Item], form: FeedFormat) -> list[bytes]:
    """Write a document of these items, read it back, and cut it."""
    how = FORMATS[form]
    document = how.write(replace(SOMEWHERE, items=tuple(items)), items)
    check.entries(how.read(document).lines, items, form)
    fragments = how.cut(document)
    if len(fragments) != len(items):
        raise PublishError(f"the {form} document has lost an entry.")
    return fragments
