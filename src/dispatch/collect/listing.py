"""What lies in a drop folder, listed by polling, so that network shares work.

Nothing is opened here. Links that lead out of the folder are refused, folders are
visited once, and what editors' programs leave behind (`~`, .swp, .part) is passed.
"""

import os
import stat
import unicodedata
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from dispatch.model import Problem
from dispatch.text import plain

MOST_FILES = 20_000
DEEPEST = 16
LEFTOVERS = (
    "~",
    ".swp",
    ".swx",
    ".tmp",
    ".part",
    ".partial",
    ".crdownload",
    ".filepart",
)
SYSTEM = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file: its place below the folder (NFC, with `/`) and its state."""

    relpath: str
    path: Path
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
        return os.path.splitext(self.relpath)[1].lower()  # noqa: PTH122 - a text, not a path

    @property
    def stem(self) -> str:
        """Place and name without extension: what a story and its picture share."""
        return os.path.splitext(self.relpath)[0].casefold()  # noqa: PTH122 - a text, not a path


@dataclass(slots=True)
class Listing:
    """Every file that counts. `complete` unless some folder could not be read."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    complete: bool = True


def look(root: Path, ignore: tuple[str, ...]) -> Listing:
    """List `root`, sorted by place. Raises OSError when the root cannot be read."""
    real = root.resolve(strict=True)
    listing = Listing()
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, str, int]] = [(real, "", 0)]
    while waiting:
        folder, prefix, depth = waiting.pop()
        try:
            with os.scandir(folder) as scanned:
                children = sorted(scanned, key=lambda one: one.name)
        except OSError as error:
            if not prefix:
                raise
            _cannot_list(listing, prefix, error)
            continue
        for child in children:
            relpath = prefix + child.name
            if not is_ignored(relpath, ignore):
                below = _visit(child, relpath, real, seen, listing)
                if below and depth < DEEPEST:
                    waiting.append((Path(child.path), f"{relpath}/", depth + 1))
    listing.entries.sort(key=lambda entry: entry.relpath)
    return listing


def is_ignored(relpath: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file or folder is none of ours.

    A pattern with a slash is held against the whole place, one without against the
    name alone, at any depth. Dotfiles and leftovers never count.
    """
    name = relpath.rsplit("/", 1)[-1]
    if name.startswith(".") or name.lower().endswith(LEFTOVERS):
        return True
    if name.lower() in SYSTEM or name.startswith("~$"):
        return True
    return any(_matches(relpath, name, pattern) for pattern in patterns)


def _matches(relpath: str, name: str, pattern: str) -> bool:
    if "/" in pattern.rstrip("/"):
        anchored = pattern.lstrip("/")
        return fnmatchcase(relpath, anchored) or fnmatchcase(f"{relpath}/", anchored)
    return fnmatchcase(name, pattern.rstrip("/"))


def _visit(
    child: os.DirEntry[str],
    relpath: str,
    root: Path,
    seen: set[tuple[int, int]],
    listing: Listing,
) -> bool:
    """Note a file; return whether this is a folder to go into."""
    shown = plain.squash(relpath)
    if not _is_sayable(relpath):
        say = "has a name that is not readable text; rename it"
        listing.problems.append(Problem(shown, say))
        return False
    try:
        if child.is_symlink() and not Path(child.path).resolve(
            strict=True
        ).is_relative_to(root):
            say = "is a link that leads out of the folder; copy the file itself here"
            listing.problems.append(Problem(shown, say))
            return False
        state = child.stat()
    except (OSError, RuntimeError):
        _note_unless_gone(child, shown, listing)
        return False
    inode = (state.st_dev, state.st_ino)
    if stat.S_ISDIR(state.st_mode):
        new = inode not in seen
        seen.add(inode)
        return new
    if stat.S_ISREG(state.st_mode):
        _add(
            Entry(
                unicodedata.normalize("NFC", relpath),
                Path(child.path),
                state.st_size,
                state.st_mtime_ns,
                inode,
            ),
            listing,
        )
    return False


def _add(entry: Entry, listing: Listing) -> None:
    if len(listing.entries) < MOST_FILES:
        listing.entries.append(entry)
    elif listing.complete:
        listing.complete = False
        say = f"holds more than {MOST_FILES:,} files; the rest is not looked at"
        listing.problems.append(Problem(".", say))


def _note_unless_gone(child: os.DirEntry[str], shown: str, listing: Listing) -> None:
    """A file that vanished meanwhile is no problem; a link to nowhere is."""
    if child.is_symlink():
        say = "is a link that leads nowhere; remove it or put the file back"
        listing.problems.append(Problem(shown, say))


def _cannot_list(listing: Listing, prefix: str, error: OSError) -> None:
    listing.complete = False
    say = f"cannot be listed ({error.strerror}); give Dispatch the right to read it"
    listing.problems.append(Problem(plain.squash(prefix), say))


def _is_sayable(relpath: str) -> bool:
    """Whether a name is valid Unicode without control characters."""
    return plain.clean(relpath) == unicodedata.normalize("NFC", relpath) and (
        "\n" not in relpath and "\t" not in relpath
    )
