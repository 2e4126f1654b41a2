"""How much room the disk under the database has left."""

import shutil
import threading
import time
from pathlib import Path

MEGABYTE = 1024 * 1024
EVERY = 1.0  # seconds between two looks


class Room:
    """Watches the disk of `folder`; None for a database on a server of its own.

    With less than `least` bytes free nothing more is begun: a message whose end cannot
    be written down must not leave. Any thread may ask.
    """

    def __init__(self, folder: Path | None, least: int) -> None:
        self._folder = folder
        self._least = least
        self._lock = threading.Lock()
        self._looked = -EVERY
        self._said = ""

    @property
    def shortage(self) -> str:
        """Say what is short, in a sentence that anybody may read; empty: nothing."""
        now = time.monotonic()
        with self._lock:
            if self._folder is not None and now - self._looked >= EVERY:
                self._looked = now
                self._said = _look(self._folder, self._least)
            return self._said


def _look(folder: Path, least: int) -> str:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return "The disk cannot be looked at."
    if free >= least:
        return ""
    return (
        f"Less than {least // MEGABYTE:,} MB are free on the disk of the database: no "
        "mail is begun until there is room again (store.min_free)."
    )
