"""How far one pass over the feeds goes before others have their turn.

The first publication of a large newsroom takes minutes, and the daemon's cycle has
mails to compose meanwhile. So a pass may be told when it is enough: it then ends early,
and the next one goes on. Every pass takes at least one step, however slow it is.
"""

from collections.abc import Callable


class Pace:
    """Counts the steps of one pass. `enough` says when to end; None: never.

    With `documents_first`, a feed closes one archive and no more: every feed is to have
    its own documents before the archives of any are made.
    """

    def __init__(
        self, enough: Callable[[], bool] | None, *, documents_first: bool
    ) -> None:
        self._enough = enough
        self._documents_first = documents_first
        self._archives = self._feeds = 0
        self.left: list[str] = []  # names of feeds that were not looked at

    def closes(self, before: int) -> bool:
        """Whether a feed that closed so many `before` in this pass closes one more."""
        if self._enough is None:
            return True
        if self._archives and (self._enough() or (before and self._documents_first)):
            return False
        self._archives += 1
        return True

    def publishes(self, name: str) -> bool:
        """Whether one more feed of a family is published; if not, it is `left`."""
        if self._enough is None:
            return True
        if self._feeds and self._enough():
            self.left.append(name)
            return False
        self._feeds += 1
        return True
