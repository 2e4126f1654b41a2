"""The stamps of files: what changes when a file, or what belongs to it, may have.

A story that expires is read again when it does, though nobody touched its file.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dispatch.collect.listing import Entry
from dispatch.model import Errand

UNTIL = "~"
CLOCK_SKEW = timedelta(hours=1)  # a share's clock may be ahead of ours by that much


def of(entries: Iterable[Entry], company: str = "") -> str:
    """Return the stamp of a story and its company, as `unchanged` compares it."""
    stamp = "+".join(one.stamp for one in entries)
    return f"{stamp}+{company}" if company else stamp


def until(stamp: str, expires: datetime | None) -> str:
    """Return a stamp that is worth nothing from `expires` on."""
    return stamp if expires is None else f"{stamp}{UNTIL}{int(expires.timestamp())}"


def unchanged(known: str, stamp: str, now: datetime) -> bool:
    """Whether a file read as `known` need not be read again."""
    before, _, end = known.partition(UNTIL)
    return before == stamp and (not end or now.timestamp() < int(end))


def is_settled(entry: Entry, errand: Errand) -> bool:
    """Whether a file has been still long enough; one from the far future has."""
    age = errand.now - modified(entry)
    return age >= errand.source.settle or age < -CLOCK_SKEW


def modified(entry: Entry) -> datetime:
    """Return when a file was last written to, as its disk says."""
    try:
        return datetime.fromtimestamp(entry.mtime_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def end(known: str) -> datetime | None:
    """Return when a stamp ends, if it does."""
    _, _, moment = known.partition(UNTIL)
    return datetime.fromtimestamp(int(moment), UTC) if moment else None
