"""What lies in a drop folder, listed by polling, so that network shares work.

Nothing is opened here. Links that lead out of the folder are refused, folders are
visited once, and what editors' programs leave behind is passed (`leftovers`).

A visit to 100,000 files that nobody touched should cost little more than asking the
disk for them, so the walk builds no object per file: it keeps what the disk gave
and takes a `digest` of it. Who finds the digest as it was need not go on.
"""

import itertools
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from dispatch.collect.leftovers import Ignore
from dispatch.model import Problem
from dispatch.text import plain

MOST_FILES = 250_000
DEEPEST = 16


class Entry(NamedTuple):
    """A regular file: its place below the folder (NFC, with `/`) and its state."""

    relpath: str
    path: str
    size: int
    mtime_ns: int
    inode: tuple[int, int]

    @property
    def stamp(self) -> str:
        """What changes whenever the file may have changed."""
        return f"{self.size}-{self.mtime_ns}"

    @property
    def extension(self) -> str:
        """The file's extension in lower case, with its dot."""
        return self.relpath[self.relpath.rfind(".") :].lower()

    @property
    def stem(self) -> str:
        """Place and name without extension: what a story and its picture share."""
        return self.relpath[: self.relpath.rfind(".")].casefold()


@dataclass(slots=True)
class Listing:
    """Every file that counts. `complete` unless some folder could not be read.

    `mounts` are the places where another disk begins. `digest` is a hash of all
    places, sizes and times, and of the problems: equal as long as nobody wrote.
    """

    files: list[tuple[str, os.DirEntry[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)
    complete: bool = True
    digest: str = ""

    @property
    def entries(self) -> list[Entry]:
        """The files, sorted by place."""
        return sorted(_entry(place, child) for place, child in self.files)


def look(root: Path, ignore: tuple[str, ...]) -> Listing:
    """List what is below `root`. Raises OSError when it cannot be read."""
    return _Walk(root.resolve(strict=True), Ignore(ignore)).listing()


class _Walk:
    """One walk through the folder."""

    def __init__(self, root: Path, ignore: Ignore) -> None:
        self._root = root
        self._ignore = ignore
        self._seen: set[tuple[int, int]] = set()
        self._hashes: list[bytes] = []
        self._found = Listing()

    def listing(self) -> Listing:
        """Go through every folder. Raises OSError for the first one only."""
        found, device = self._found, self._root.stat().st_dev
        waiting = [(str(self._root), "", 0)]
        while waiting:
            folder, prefix, depth = waiting.pop()
            folders = self._folder(folder, prefix)
            if self._is_too_much():
                break
            for child, place in folders:
                state = child.stat()
                if state.st_dev != device:
                    found.mounts.append(place)
                if depth < DEEPEST and self._is_new(state):
                    waiting.append((child.path, f"{place}/", depth + 1))
        self._hash([f"{one.where}\0{one.what}" for one in found.problems])
        found.digest = blake2b(
            b"".join(sorted(self._hashes)), digest_size=16
        ).hexdigest()
        return found

    def _folder(self, folder: str, prefix: str) -> list[tuple[os.DirEntry[str], str]]:
        """Keep the files of one folder; return the folders in it, by place."""
        try:
            with os.scandir(folder) as scanned:
                children = list(itertools.islice(scanned, 2 * MOST_FILES))
        except OSError as error:
            if not prefix:
                raise
            self._cannot_list(prefix, error)
            return []
        folders = []
        lines = []
        files = self._found.files
        for child, place in self._counting(children, prefix):
            try:
                if child.is_dir():
                    folders.append((child, place))
                    continue
                state = child.stat()
            except OSError:
                continue  # gone meanwhile
            if stat.S_ISREG(state.st_mode):
                files.append((place, child))
                lines.append(f"{place}\0{state.st_size}-{state.st_mtime_ns}")
        self._hash(lines)
        return sorted(folders, key=lambda one: one[1])

    def _counting(
        self, children: Iterable[os.DirEntry[str]], prefix: str
    ) -> Iterator[tuple[os.DirEntry[str], str]]:
        """Yield what is ours in one folder, with its place."""
        ignored, passed = self._ignore.name, self._ignore.place
        for child in children:
            name = child.name
            place = prefix + name
            if ignored(name) or passed(place):
                continue
            if not (name.isascii() and name.isprintable()):
                if not self._is_sayable(place):
                    continue
                place = unicodedata.normalize("NFC", place)
            if child.is_symlink() and not self._leads_to_a_file(child, place):
                continue
            yield child, place

    def _is_new(self, state: os.stat_result) -> bool:
        """Whether a folder was not visited yet, under whatever name."""
        inode = (state.st_dev, state.st_ino)
        new = inode not in self._seen
        self._seen.add(inode)
        return new

    def _is_too_much(self) -> bool:
        found = self._found
        if len(found.files) <= MOST_FILES:
            return False
        del found.files[MOST_FILES:]
        found.complete = False
        self._tell(".", f"holds more than {MOST_FILES:,} files; not all are looked at")
        return True

    def _leads_to_a_file(self, child: os.DirEntry[str], place: str) -> bool:
        """Whether a link is as good as a file of the folder's own.

        One to a folder inside is passed: what it holds is listed where it lies.
        """
        try:
            target = Path(child.path).resolve(strict=True)
        except (OSError, RuntimeError):
            self._tell(place, "is a link that leads nowhere; remove it or mend it")
            return False
        if not target.is_relative_to(self._root):
            say = "is a link that leads out of the folder; copy the file itself here"
            self._tell(place, say)
            return False
        return target.is_file()

    def _is_sayable(self, place: str) -> bool:
        """Whether a name is valid Unicode without control characters."""
        composed = unicodedata.normalize("NFC", place)
        if plain.clean(place) == composed and not set("\n\t") & set(place):
            return True
        say = "has a name that is not readable text; rename it"
        self._tell(plain.file_name(place), say)
        return False

    def _cannot_list(self, prefix: str, error: OSError) -> None:
        self._found.complete = False
        reason = error.strerror or type(error).__name__
        say = f"cannot be listed ({reason}); give Dispatch the right to read it"
        self._tell(prefix, say)

    def _tell(self, place: str, say: str) -> None:
        self._found.problems.append(Problem(plain.squash(place), say))

    def _hash(self, lines: list[str]) -> None:
        text = "\n".join(sorted(lines)).encode("utf-8", "surrogateescape")
        self._hashes.append(blake2b(text, digest_size=16).digest())


def _entry(place: str, child: os.DirEntry[str]) -> Entry:
    state = child.stat()  # kept from the walk: asks no disk
    return Entry(
        place,
        child.path,
        state.st_size,
        state.st_mtime_ns,
        (state.st_dev, state.st_ino),
    )
