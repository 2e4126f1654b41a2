"""Put published files in place: whole or not at all, and only when they differ.

A reader, a web server or a backup that looks at any moment finds the old file or
the new one. A file whose bytes would not change is not touched: its time stands
for its ETag and Last-Modified. Its packed forms lie beside it and bear the same time:
one with another time is of an older edition.
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dispatch.errors import PublishError
from dispatch.publish import packed
from dispatch.publish.packed import Pack

SECOND = 1_000_000_000  # in nanoseconds, as files are dated

_FEED = r"((section|author|tag)/)?[a-z0-9][a-z0-9_-]*"
_NAME = re.compile(
    rf"({_FEED}|archive/{_FEED}/\d{{4}}-\d\d(-\d+)?)\.(rss|atom|json)|index\.opml"
)
_LEFT = re.compile(r"\.[a-z0-9][a-z0-9_-]*\.(rss|atom|json|opml)(\.(gz|br))?\.part")
FOLDERS = ("section", "author", "tag")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class Folder:
    """The output folder, held for one publisher. Made by `hold` only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(
        self, name: str, data: bytes, codings: Iterable[str] = packed.CODINGS
    ) -> bool:
        """Make `name` hold `data`, durably; return False if it did already.

        Its packed forms of these codings lie beside it. Raises PublishError (no
        permission, disk full, …): then the file is what it was before.
        """
        if not _NAME.fullmatch(name):
            raise PublishError(f"{name!r} is not a name for a published file.")
        target = self._path / name
        try:
            changed = not _holds(target, data)
            if changed:
                self._make_room(target.parent)
                self._replace(target, data)
                _sync(target.parent)  # the new name, too, survives a power cut
        except OSError as error:
            raise PublishError(sentence(target, error)) from error
        for ending, pack in map(packed.CODINGS.__getitem__, codings):
            self._pack(target, target.with_name(target.name + ending), pack, data)
        return changed

    def has(self, name: str) -> bool:
        """Whether a file of this name is there."""
        return (self._path / name).exists()

    def sweep(self) -> None:
        """Remove what a killed publisher left half-written."""
        for folder in (self._path, *(self._path / name for name in FOLDERS)):
            for left in folder.iterdir() if folder.is_dir() else ():
                if _LEFT.fullmatch(left.name):
                    left.unlink()

    def _make_room(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_room(folder.parent)
            folder.mkdir()
            _sync(folder.parent)  # the new folder, too, survives a power cut

    def _pack(self, target: Path, beside: Path, pack: Pack, data: bytes) -> None:
        """Lay a packed form beside `target`; without room for it, leave none."""
        try:
            if not same_edition(target, beside):
                self._replace(beside, pack(data))
                os.utime(beside, ns=(target.stat().st_mtime_ns,) * 2)
        except OSError:
            with suppress(OSError):
                beside.unlink()

    def _replace(self, target: Path, data: bytes) -> None:
        part = target.with_name(f".{target.name}.part")
        try:
            part.unlink(missing_ok=True)  # left by a killed publisher; we hold the lock
            _write(part, data)
            _date_later(part, target)
            part.replace(target)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise


@contextmanager
def hold(path: Path) -> Iterator[Folder]:
    """Make the folder if need be, and keep other publishers out of it meanwhile.

    Whoever reads the articles inside the block cannot be overtaken by one who has
    read older ones. Raises PublishError if the folder cannot be used.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise PublishError(sentence(path, error)) from error
    try:
        with suppress(OSError):  # a network share without locks: one publisher then
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        folder = Folder(path)
        try:
            folder.sweep()
        except OSError as error:
            raise PublishError(sentence(path, error)) from error
        yield folder
    finally:
        os.close(descriptor)  # releases the lock


def same_edition(target: Path, beside: Path) -> bool:
    """Whether a packed form is of the edition that is published now."""
    try:
        return beside.stat().st_mtime_ns == target.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def sentence(path: Path, error: OSError) -> str:
    """Return where, what, and what would do."""
    if error.errno in _FORBIDDEN:
        return (
            f"{path}: no permission to write. Let the user that runs Dispatch write "
            "to this folder, or set feeds.directory to another."
        )
    if error.errno in _FULL:
        return f"{path}: the disk is full. Make room; the last good files are in place."
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return f"{path}: is not a folder. Set feeds.directory to one."
    return f"{path}: cannot be written ({error.strerror})."


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holds(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _date_later(part: Path, target: Path) -> None:
    """Date `part` at least a second after what it replaces.

    Last-Modified counts in seconds: of two editions within one, a reader that asks
    for changes since then would never see the second.
    """
    with suppress(FileNotFoundError):
        before = target.stat().st_mtime_ns // SECOND
        if part.stat().st_mtime_ns // SECOND <= before:
            os.utime(part, ns=((before + 1) * SECOND,) * 2)


def _write(part: Path, data: bytes) -> None:
    """Write a new file that everybody may read, as far as the umask allows."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(part, flags, 0o666), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
