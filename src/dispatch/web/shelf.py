"""The folder of published feeds as the web server sees it: files and packed forms."""

import hashlib
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dispatch.publish import files, packed

OPML = "index.opml"
# A name that can leave the folder cannot be written in these characters.
NAME = r"(?:(?:section|author|tag)/)?[A-Za-z0-9][A-Za-z0-9_-]*"
FEED = re.compile(NAME)
ARCHIVES = "archive/"  # closed months: they name no hub, as nothing will change them
ARCHIVE = rf"{ARCHIVES}{NAME}/\d{{4}}-\d\d(?:-\d{{1,6}})?"
FILE = re.compile(rf"(?:{NAME}|{ARCHIVE})\.(?:rss|atom|json)|index\.opml")


def feed_of(name: str) -> str:
    """Return the feed that a file of this name belongs to; nothing for none."""
    if name == OPML or not FILE.fullmatch(name):
        return ""
    stem = name.rpartition(".")[0]
    if not name.startswith(ARCHIVES):
        return stem
    return stem.removeprefix(ARCHIVES).rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Published:
    """A feed file as it lay on the disk at one moment, and its packed forms."""

    stamp: tuple[int, int, int]
    digest: str
    changed_at: datetime
    forms: Mapping[str, bytes]  # by content coding; "" is the file itself

    def etag(self, coding: str) -> str:
        """Return the strong tag of the file in one of its forms."""
        return f'"{self.digest}-{coding}"' if coding else f'"{self.digest}"'


class Shelf:
    """The folder of published feeds, read again only when a file has changed.

    Archives are fetched once by each reader, and may be gigabytes: they are not kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[str, Published] = {}

    def glance(self, name: str) -> Published | None:
        """Return the file if it was read before and is the same still: one `stat`."""
        known = self._known.get(name)
        if known is None:
            return None
        try:
            same = known.stamp == _stamp(os.stat(f"{self._folder}/{name}"))  # noqa: PTH116 - pathlib costs more than the call
        except OSError:
            return None
        return known if same else None

    def take(self, name: str) -> Published | None:
        """Return the file called `name`, or None when no such feed is published."""
        if not FILE.fullmatch(name):
            return None
        try:
            return self.glance(name) or self._read(name)
        except OSError:
            return None

    def _read(self, name: str) -> Published:
        path = self._folder / name
        with path.open("rb") as file:
            status = _stamp(os.fstat(file.fileno()))
            archived = name.startswith(ARCHIVES)
            fresh = _publish(path, status, file.read(), pack=not archived)
        if not archived:
            with self._lock:
                self._known[name] = fresh
        return fresh


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    """Return what changes whenever a file is replaced: inode, size and time."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def _publish(
    file: Path, stamp: tuple[int, int, int], data: bytes, *, pack: bool
) -> Published:
    """Return a file with its packed forms; those that are missing are made, or not."""
    found = {
        coding: _beside(file, coding) or (_pack(coding, data) if pack else b"")
        for coding in packed.CODINGS
    }
    forms = {coding: form for coding, form in found.items() if form}
    return Published(
        stamp=stamp,
        digest=hashlib.sha256(data).hexdigest()[:32],
        changed_at=datetime.fromtimestamp(stamp[2] // files.SECOND, UTC),
        forms={"": data, **forms},
    )


def _beside(file: Path, coding: str) -> bytes:
    """Return what publishing laid beside the file, or nothing."""
    ending, _ = packed.CODINGS[coding]
    beside = file.with_name(file.name + ending)
    try:
        return beside.read_bytes() if files.same_edition(file, beside) else b""
    except OSError:
        return b""


def _pack(coding: str, data: bytes) -> bytes:
    _, pack = packed.CODINGS[coding]
    return pack(data)
