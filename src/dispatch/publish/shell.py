"""A document without its entries, and how entries are laid into it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands before and after the entries of a document, byte by byte."""

    head: bytes
    tail: bytes
    opening: bytes = b""  # these only if there are entries
    between: bytes = b""
    closing: bytes = b""

    def filled(self, entries: Sequence[bytes] = ()) -> bytes:
        """Return the whole document."""
        if not entries:
            return self.head + self.tail
        inside = self.opening, self.between.join(entries), self.closing
        return b"".join((self.head, *inside, self.tail))
