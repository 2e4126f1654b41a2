"""What programs leave in a folder that nobody wrote as a story.

Lock files, half-copied files, thumbnails and the notes of operating systems are
passed without a word. A copy that a shared drive made because two people saved at
once holds somebody's work: it is named, and never taken as a story of its own.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from fnmatch import translate

from dispatch.text import plain

ENDINGS = (
    "~",
    ".swp",
    ".swo",
    ".swx",
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".opdownload",
    ".download",
    ".filepart",
    ".bak",
    ".lock",
)
# Dotfiles are lock files (.~lock.x#), forks (._x), .DS_Store, .fuse_hidden, .nfs …;
# #x# is Emacs's, ~$x Word's.
BEGINNINGS = re.compile(r"\.|~\$|~WR[LDF]\d|#.*#$", re.DOTALL)
SYSTEM = plain.lexicon(
    "thumbs.db ehthumbs.db desktop.ini icon\r @eadir #recycle $recycle.bin __macosx "
    "lost+found"
) | {"icon\r", "system volume information"}
COPY_WORDS = (
    r"(?:conflicted copy|conflicting copy|case conflict|copie en conflit|konfliktkopie"
    r"|in konflikt stehende kopie|copia en conflicto|copia in conflitto"
    r"|cópia em conflito|sfconflict)"
)
CONFLICTS = (
    re.compile(rf"(?P<of>.+?)[ _]*\([^()]*\b{COPY_WORDS}\b[^()]*\)", re.IGNORECASE),
    re.compile(r"(?P<of>.+?)\.sync-conflict-\d{8}-\d{6}(?:-\w+)?", re.IGNORECASE),
    re.compile(r"(?P<of>.+?)_conflict-\d{8}-\d{6}", re.IGNORECASE),
    re.compile(r"(?P<of>.+?)\.conflict(?:ed)?(?:[ -]?\d+)?", re.IGNORECASE),
)
SUSPECT = re.compile(r"confli|konflikt|-(?:DESKTOP|LAPTOP|PC)-", re.IGNORECASE)
# OneDrive appends the machine's name, which a story's name may end in as well.
MACHINE = re.compile(r"(?P<of>.+?)-(?:DESKTOP|LAPTOP|PC)-[A-Z0-9]{5,8}")


class Ignore:
    """The patterns of a source's `ignore`, made ready for many names.

    A pattern with a slash is held against the whole place, one without against the
    name alone, at any depth. `drafts/**` also means the folder itself.
    """

    def __init__(self, patterns: tuple[str, ...]) -> None:
        """Compile; a pattern is a shell's, with * ? [abc]."""
        whole = [one for one in patterns if "/" in one.rstrip("/")]
        names = [one.rstrip("/") for one in patterns if one not in whole]
        self._patterns = patterns
        self._names = _any_of(names)
        self._places = _any_of([one.lstrip("/") for one in whole])

    def name(self, name: str) -> bool:
        """Whether a file or folder of this name is none of ours, wherever it lies."""
        low = name.lower()
        return (
            BEGINNINGS.match(name) is not None
            or low.endswith(ENDINGS)
            or low in SYSTEM
            or (self._names is not None and self._names.match(name) is not None)
        )

    def place(self, relpath: str) -> bool:
        """Whether a pattern with a slash passes this place over."""
        return self._places is not None and (
            self._places.match(relpath) is not None
            or self._places.match(f"{relpath}/") is not None
        )

    def reason(self, relpath: str) -> str:
        """Say why a file is passed over, as a phrase; "" for one that is not."""
        parts = relpath.split("/")
        for depth, name in enumerate(parts, 1):
            place = "/".join(parts[:depth])
            found = next((p for p in self._patterns if _Only(p).any(name, place)), "")
            if found:
                return f"`ignore` has the pattern {found!r}, which {place} matches"
            if self.name(name):
                return f"{name} is what a program leaves behind, or a hidden file"
        return ""


class _Only(Ignore):
    """One pattern by itself, to tell which of them it was."""

    def __init__(self, pattern: str) -> None:
        super().__init__((pattern,))

    def any(self, name: str, relpath: str) -> bool:
        named = self._names is not None and self._names.match(name) is not None
        return named or self.place(relpath)


@dataclass(frozen=True, slots=True)
class Beside:
    """The names that lie in one folder, of all places there are."""

    places: Container[str]
    folder: str  # with its slash, or empty

    def __contains__(self, name: object) -> bool:
        """Whether a file of this name lies there."""
        return f"{self.folder}{name}" in self.places


def conflict(name: str, siblings: Container[str]) -> str:
    """Return the name of the file that `name` is a conflict copy of, or "".

    `siblings` are the names beside it; only a machine's name at the end, which
    proves nothing alone, needs the other file to be there.
    """
    stem, dot, extension = name.rpartition(".")
    if not dot or SUSPECT.search(stem) is None:
        return ""
    for pattern in CONFLICTS:
        if found := pattern.fullmatch(stem):
            return f"{found['of']}.{extension}"
    machine = MACHINE.fullmatch(stem)
    other = f"{machine['of']}.{extension}" if machine else ""
    return other if other and other in siblings else ""


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(translate, patterns))) if patterns else None
