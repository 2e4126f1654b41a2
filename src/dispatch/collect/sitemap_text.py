"""A sitemap's bytes as entries: plain sitemaps, news sitemaps, indexes of sitemaps.

Read block by block, linear in time, without a parser: what is damaged spoils itself
alone.
"""

import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from dispatch.collect import feed_text
from dispatch.errors import SourceError
from dispatch.model import Response
from dispatch.text import html as markup, plain

MOST_BYTES = 50 * 1024 * 1024  # unpacked; the protocol's own limit
MOST_RATIO = 200
MOST_ENTRIES = 50_000  # the protocol's own limit
LONGEST_BLOCK = 20_000  # characters
GZIP = b"\x1f\x8b"
STEP = 65_536
MARK = re.compile(r"<(/?)(?:[\w-]{1,40}:)?(url|sitemap)\s*>", re.IGNORECASE)
CDATA_END = "]]>"
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
FIELD = re.compile(
    r"<((?:[\w-]{1,40}:)?[\w-]{1,40})(?:\s[^<>]{0,500})?>([^<]{1,5000})</\1\s*>"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One `url` of a sitemap, or one `sitemap` of an index (`is_map`)."""

    url: str
    is_map: bool = False
    modified: str = ""
    title: str = ""
    published: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    image: str = ""


def read(answer: Response) -> tuple[Place, ...]:
    """Return the entries of a sitemap. Raises SourceError for what is none."""
    text = feed_text.read(
        _unpacked(answer.body), answer.headers.get("content-type", "")
    )
    root = feed_text.root(text).rpartition(":")[2]
    if root in {"urlset", "sitemapindex"}:
        return tuple(_places(text))
    if root or not text.strip():
        what = "an HTML page" if feed_text.looks_like_html(text) else "something else"
        raise SourceError(f"It is not a sitemap ({what} came back).")
    return tuple(_listed(text))


def _unpacked(body: bytes) -> bytes:
    """Unpack a .gz file, within bounds. Raises SourceError for a damaged one."""
    if not body.startswith(GZIP):
        return body
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    whole, rest = bytearray(), body
    try:
        while rest and not inflater.eof:
            whole += inflater.decompress(rest, STEP)
            rest = inflater.unconsumed_tail
            if len(whole) > min(MOST_BYTES, MOST_RATIO * len(body) + STEP):
                raise SourceError(
                    "It grows beyond all measure when unpacked: that is an attack "
                    "or a fault."
                )
    except zlib.error as error:
        raise SourceError("The .gz file is damaged.") from error
    return bytes(whole)


def _places(text: str) -> Iterator[Place]:
    """Yield what the blocks say; one that is not closed before the next is skipped."""
    opened: re.Match[str] | None = None
    for mark in itertools.islice(MARK.finditer(text), 2 * MOST_ENTRIES):
        if not mark[1]:
            opened = mark
            continue
        block = text[opened.end() : mark.start()] if opened else ""
        opened = None
        if len(block) <= LONGEST_BLOCK and (place := _place(block, mark[2].lower())):
            yield place


def _place(block: str, kind: str) -> Place | None:
    said: dict[str, str] = {}
    for name, value in FIELD.findall(_flat(block)):
        said.setdefault(name.lower(), unescape(value).strip())
    url = said.get("loc", "")
    if not url:
        return None
    keywords = (plain.squash(word) for word in said.get("news:keywords", "").split(","))
    return Place(
        url=url,
        is_map=kind == "sitemap",
        modified=said.get("lastmod", ""),
        title=markup.unescape_title(said.get("news:title", "")),
        published=said.get("news:publication_date", ""),
        language=said.get("news:language", ""),
        keywords=tuple(filter(None, keywords)),
        image=said.get("image:loc", ""),
    )


def _flat(block: str) -> str:
    """Return a block whose CDATA is plain text; no search goes beyond the last end."""
    last = block.rfind(CDATA_END) + len(CDATA_END) if CDATA_END in block else 0
    closed = CDATA.sub(
        lambda found: found[1].replace("&", "&amp;").replace("<", "&lt;"), block[:last]
    )
    return closed + block[last:]


def _listed(text: str) -> Iterator[Place]:
    """Yield the lines of a sitemap that is a plain list of addresses."""
    lines = [line.strip() for line in text.splitlines()[:MOST_ENTRIES]]
    addresses = [line for line in lines if line.startswith(("http://", "https://"))]
    if not addresses or len(addresses) < len([line for line in lines if line]):
        raise SourceError("It is not a sitemap (something else came back).")
    yield from (Place(url=address) for address in addresses)
