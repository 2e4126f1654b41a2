"""Decompress what comes over the wire, in steps, so that nothing can swell unseen."""

import zlib
from collections.abc import Iterable, Iterator

import brotli

from dispatch.errors import SourceError

STEP = 65_536
MOST_RATIO = 200  # decoded ÷ received; honest feeds reach 20
RATIO_FROM = 1_048_576  # bytes; small bodies may well be all spaces
AUTO = zlib.MAX_WBITS | 32  # gzip or zlib, by its header
RAW = -zlib.MAX_WBITS
DAMAGED = "The compressed answer is damaged."
CUT_OFF = "The compressed answer ends in the middle."


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the body in pieces of at most about 64 KiB. Raises SourceError.

    `encoding` is the Content-Encoding header: gzip, deflate, br, identity or empty.
    A body that ends in the middle of the compressed data is refused.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return iter(chunks)
    received = _Counted(chunks)
    if name in {"gzip", "x-gzip", "deflate"}:
        return _bounded(_inflated(received), received)
    if name == "br":
        return _bounded(_unbrotlied(received), received)
    raise SourceError(f"The answer is compressed with {name[:40]!r}, which is unknown.")


class _Counted:
    """The chunks as they come, and how many bytes have come."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            yield chunk


def _bounded(pieces: Iterator[bytes], received: _Counted) -> Iterator[bytes]:
    """Pass the pieces on as long as they grow no more than text can."""
    sent = 0
    for piece in pieces:
        sent += len(piece)
        if sent > RATIO_FROM and sent > MOST_RATIO * received.size:
            raise SourceError(
                f"The answer grew more than {MOST_RATIO} times when "
                "decompressed: that is an attack or a fault."
            )
        yield piece


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflater: zlib._Decompress | None = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if inflater is None:
                inflater = zlib.decompressobj(_window(rest))
            piece, rest = _step(inflater, rest)
            yield piece
            if inflater.eof:  # gzip may hold several members
                rest, inflater = inflater.unused_data.lstrip(b"\0"), None
    if inflater is not None:
        raise SourceError(CUT_OFF)


def _unbrotlied(chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    try:
        for chunk in chunks:
            piece = decoder.process(chunk, output_buffer_limit=STEP)
            while piece:  # can_accept_more_data() is true while output waits inside
                yield piece
                piece = decoder.process(b"", output_buffer_limit=STEP)
    except brotli.error as error:
        raise SourceError(DAMAGED) from error
    if not decoder.is_finished():
        raise SourceError(CUT_OFF)


def _window(start: bytes) -> int:
    """Return what zlib is told about the header. Some call raw deflate "deflate"."""
    is_gzip = start[:1] == b"\x1f"
    is_zlib = start == b"\x78" or (
        start[:1] == b"\x78" and int.from_bytes(start[:2], "big") % 31 == 0
    )
    return AUTO if is_gzip or is_zlib else RAW


def _step(inflater: "zlib._Decompress", data: bytes) -> tuple[bytes, bytes]:
    """Return at most 64 KiB, and the input that is left for the next step."""
    try:
        return inflater.decompress(data, STEP), inflater.unconsumed_tail
    except zlib.error as error:
        raise SourceError(DAMAGED) from error
