"""RSS, RDF, Atom and CDF by feedparser, bounded: a feed's text in, its items out.

The only file here that knows feedparser. It is handed small documents of whole
items (see `collect.feed_split`), so that no damage spreads, memory stays small and
the worst input takes seconds. Our date layer goes before its dates, our sanitiser
instead of its own.
"""

import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import feedparser

from dispatch.collect import (
    dates,
    feed_item,
    feed_outlook,
    feed_salvage,
    feed_split,
    feed_text,
)
from dispatch.collect.entries import About, Entry, Parsed
from dispatch.collect.feed_split import Cut
from dispatch.errors import SourceError

MOST_ITEMS = 5000
LONGEST_ITEM = 1_500_000  # characters, markup and all
MOST_TAGS = 20_000  # of one item
TAGS_IN_ALL = 300_000  # what feedparser reads in about six seconds
LONGEST_NAME = 500  # characters of whoever wrote something
CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)


def parse(text: str, now: datetime) -> Parsed:
    """Read a feed; `now` bounds what may be a date. SourceError for what is none."""
    if feed_text.looks_like_html(text):
        raise SourceError("It is not a feed (an HTML page came back).")
    cut = feed_split.cut(feed_text.mend(text))
    channel = _feedparser(cut.outside)
    if channel is None:
        raise SourceError("It is damaged beyond reading.")
    version = str(channel.get("version") or "")
    if not version and not cut.items:
        raise SourceError("It is not a feed (something else came back).")
    told = list(_faults(cut))
    items, left_out = _within_bounds(cut.items, now)
    told += left_out
    entries, salvaged = _entries(cut, items, version)
    if salvaged:
        told.append(
            f"{salvaged} of its items are so damaged that only parts could be read."
        )
    return Parsed(_about(channel.feed, version, cut), entries, tuple(told), salvaged)


def _about(feed: Any, version: str, cut: Cut) -> About:
    people = feed.get("authors") if version.startswith("atom") else None
    names = [one.get("name") for one in people or () if isinstance(one, dict)]
    return About(
        title=feed_item.title(feed, version),
        home=str(feed.get("link") or ""),
        language=str(feed.get("language") or ""),
        authors=tuple(str(name) for name in names if name),
        outlook=feed_outlook.read(cut.outside, feed.get("links") or ()),
    )


def _faults(cut: Cut) -> Iterator[str]:
    if cut.broken_off:
        yield "It ends in the middle; the items before that were used."
    elif not cut.sound:
        yield (f"It is not well-formed XML ({cut.fault}); what could be read was used.")


def _within_bounds(items: Sequence[str], now: datetime) -> tuple[list[str], list[str]]:
    """Return the items that may be parsed, and sentences on those that may not."""
    told = []
    kept = [one for one in items if len(one) <= LONGEST_ITEM and _tags(one) < MOST_TAGS]
    if len(kept) < len(items):
        told.append(
            f"{len(items) - len(kept)} of its items are larger than any story "
            f"({LONGEST_ITEM:,} characters or {MOST_TAGS:,} tags); they were left out."
        )
    whole = len(kept)
    kept = _newest(kept, MOST_ITEMS, now)
    spent = list(itertools.accumulate(_tags(one) for one in kept))
    kept = kept[: sum(total <= TAGS_IN_ALL for total in spent)]
    if len(kept) < whole:
        told.append(f"It has {whole:,} items; {len(kept):,} of them count.")
    return kept, told


def _newest(items: list[str], most: int, now: datetime) -> list[str]:
    """Return the newest items of too many, whichever end they are at."""
    if len(items) <= most:
        return items
    first, last = _moment(items[0], now), _moment(items[-1], now)
    ascending = first is not None and last is not None and first < last
    return items[-most:] if ascending else items[:most]


def _moment(item: str, now: datetime) -> datetime | None:
    entry = feed_salvage.entry(item)
    return dates.parse(entry.published or entry.updated, timezone="UTC", now=now)


def _tags(item: str) -> int:
    """Return how many tags a parser would see; CDATA is one piece of text to it."""
    return (CDATA.sub("", item) if "<![CDATA[" in item else item).count("<")


def _entries(
    cut: Cut, items: Sequence[str], version: str
) -> tuple[tuple[Entry, ...], int]:
    """Return what the items say, in order, and how many had to be salvaged."""
    entries: list[Entry] = []
    salvaged = 0
    for batch in feed_split.batches(items):
        whole = _batch(cut, batch, version)
        entries += whole or []
        for one in batch if whole is None else ():
            alone, saved = _alone(cut, one, version)
            entries.append(alone)
            salvaged += saved
    return tuple(entries), salvaged


def _batch(cut: Cut, items: list[str], version: str) -> list[Entry] | None:
    """Return an entry for each item; None where they must be read one by one."""
    document = cut.document(items)
    if not cut.sound and not feed_split.is_sound(document):
        return None  # damage stays in its item
    return _read(document, len(items), version)


def _alone(cut: Cut, item: str, version: str) -> tuple[Entry, bool]:
    """Return what one item says, and whether no parser but the last wanted it."""
    saved = feed_salvage.entry(item)
    if saved == Entry():  # it says nothing at all
        return saved, False
    found = _read(cut.document([item]), 1, version)
    if found and (found[0].html or found[0].summary):
        return found[0], False
    if not found or not found[0].title:
        return saved, bool(saved.title or saved.html or saved.summary)
    whole = replace(found[0], html=saved.html, summary=saved.summary)
    return whole, whole != found[0]


def _read(document: str, expected: int, version: str) -> list[Entry] | None:
    """Let feedparser read; None when it sees another number of items."""
    parsed = _feedparser(document)
    if parsed is None or len(parsed.entries) != expected:
        return None
    return [feed_item.entry(one, version) for one in parsed.entries]


def _feedparser(text: str) -> Any:
    """Parse a small document; None when that breaks the parser."""
    try:
        return feedparser.parse(
            io.BytesIO(text.encode("utf-8")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # collect.sanitise does, last
            resolve_relative_uris=False,  # and it knows the better base
        )
    except Exception:  # noqa: BLE001 - whatever a hostile document does to the parser
        return None


def _cut_names() -> None:
    """Have feedparser cut a long author short: it takes hours for a megabyte of one.

    It looks for an address in the name, in a time that grows with the square of its
    length. A feedparser that does no such thing is left as it is.
    """
    mixin = feedparser.mixin._FeedParserMixin  # noqa: SLF001 - see above
    look = getattr(mixin, "_sync_author_detail", None)
    if look is None:
        return

    def cut_and_look(self: Any, key: str = "author") -> None:
        context = self._get_context()
        if name := context.get(key):
            context[key] = name[:LONGEST_NAME]
        look(self, key)

    mixin._sync_author_detail = cut_and_look  # noqa: SLF001 - see above


_cut_names()
