"""The same bytes, smaller: what a reader that asks for gzip or Brotli is given.

Packed once, when a feed is written, and laid beside it (`all.rss.gz`, `all.rss.br`),
where nginx and Caddy look for them. The bytes depend on the feed alone.
"""

import gzip
from collections.abc import Callable, Mapping

import brotli

BROTLI_QUALITY = 9  # of 11; the last two take ten times as long for two per cent

Pack = Callable[[bytes], bytes]


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)  # no clock in the bytes


def _brotli(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
    return packed


CODINGS: Mapping[str, tuple[str, Pack]] = {
    "br": (".br", _brotli),
    "gzip": (".gz", _gzip),
}
"""Content codings, the best first: what the file's name ends with, how it is made."""
