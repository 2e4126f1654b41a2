"""File locks beside a SQLite file: one for every write, one for the daemon.

Debian 12's SQLite 3.40 can lose the WAL when two processes write and checkpoint
at once (fixed in 3.51.3), so each write transaction, checkpoint and close of any
process holds one `flock`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dispatch.errors import StoreError


@contextmanager
def exclusive(path: Path | None) -> Iterator[None]:
    """Hold the lock file at `path`, waiting for it; without a path, do nothing."""
    if path is None:
        yield
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be opened ({error.strerror}). Let the user that Dispatch "
            "runs as write to this folder."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # releases the lock


class HeldLock:
    """A lock kept for as long as the process runs, naming its holder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, holder: str) -> str:
        """Take the lock and write `holder` into it; else return who has it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._path.read_text(encoding="utf-8").strip() or "another process"
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, holder.encode(), 0)
        return ""

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)
