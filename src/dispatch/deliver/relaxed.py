"""A body's hash for DKIM (RFC 6376 section 3.4.4), most of it reckoned once for all.

Most of a frozen message is the same for everybody. It is put into relaxed form once,
cut where a recipient's values go; the hash of the first piece is kept half done. Where
nothing below the headers is personal, the hash itself is.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.model import Frozen

if TYPE_CHECKING:
    from hashlib import _Hash

GAP = b"\r\n\r\n"
# What stands in a line whatever is beside it: no white space, no line end, and no
# full stop at the start, which might have been doubled on its way.
STEADY = re.compile(rb"[!-\-/-~][!-~]*")


def body(data: bytes) -> bytes:
    """Return a body in relaxed form."""
    return _ended(_squeezed(data))


def whole(message: bytes) -> bytes:
    """Return the hash of the body of a message as DATA carries it, dots doubled."""
    return hashlib.sha256(body(_unstuffed(message.partition(GAP)[2]))).digest()


@dataclass(frozen=True, slots=True)
class Body:
    """The body of one frozen message: pieces in relaxed form, and what goes between."""

    begun: "_Hash"
    pieces: tuple[bytes, ...]  # after the first, which `begun` has taken in
    names: tuple[str, ...]

    def digest(self, values: Mapping[str, bytes]) -> bytes | None:
        """Return the hash with a recipient's values in; None when it must be whole."""
        hashing = self.begun.copy()
        for name, piece in zip(self.names, self.pieces, strict=True):
            value = values.get(name, b"")
            if not STEADY.fullmatch(value):
                return None
            hashing.update(value)
            hashing.update(piece)
        return hashing.digest()


def prepare(frozen: Frozen) -> Body | None:
    """Cut a frozen body; None for one whose pieces cannot be put apart."""
    data = frozen.data
    start = data.find(GAP)
    spans = [span for span in frozen.spans if span.start > start]
    if start < 0 or any(data[span.start - 1] in b"\r\n" for span in spans):
        return None
    edges = [start + len(GAP), *(span.end for span in spans)]
    stops = [*(span.start for span in spans), len(data)]
    cut = [data[at:to] for at, to in zip(edges, stops, strict=True)]
    first, *rest = [_squeezed(_unstuffed(cut[0])), *map(_between, cut[1:])]
    if rest:
        rest[-1] = rest[-1].rstrip(b"\r\n") + b"\r\n"
    else:
        first = _ended(first)
    return Body(hashlib.sha256(first), tuple(rest), tuple(s.name for s in spans))


def _between(piece: bytes) -> bytes:
    """Relax what follows a value: it begins in the middle of a line."""
    return _squeezed(piece.replace(b"\r\n.", b"\r\n"))


def _squeezed(data: bytes) -> bytes:
    """Make each run of white space one space, and none at the end of a line."""
    if b"\t" in data:
        data = data.replace(b"\t", b" ")
    while b"  " in data:  # each turn halves the runs; a pattern takes ten times longer
        data = data.replace(b"  ", b" ")
    return data.replace(b" \r\n", b"\r\n")


def _ended(data: bytes) -> bytes:
    """Leave no empty lines at the end."""
    kept = data.rstrip(b"\r\n")
    return kept + b"\r\n" if kept else b""


def _unstuffed(data: bytes) -> bytes:
    if data.startswith(b"."):
        data = data[1:]
    return data.replace(b"\r\n.", b"\r\n")
