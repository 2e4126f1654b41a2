"""What is wrong with a file, as a sentence: where, which key, what, what would do."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One problem. `key` is like newsletter.daily.schedule, or empty."""

    file: str
    key: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        key = "".join(c if c.isprintable() else "\ufffd" for c in self.key)
        where = f"{self.file}: {key}: " if key else f"{self.file}: "
        return " ".join(part for part in (where + self.what, self.remedy) if part)

    def to_json(self) -> dict[str, object]:
        """The same for a machine."""
        return {
            "file": self.file,
            "key": self.key,
            "problem": self.what,
            "remedy": self.remedy,
        }


class UnfitError(ValueError):
    """A value that is not what its key wants: what it is, and what would do."""

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".rstrip())

    def at(self, file: str, key: str) -> Fault:
        """Return the fault this is at `key`."""
        return Fault(file, key, self.what, self.remedy)


def lines(faults: Iterable[Fault]) -> str:
    """Return the faults one a line, as a ConfigError carries them."""
    return "\n".join(str(fault) for fault in faults)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence with the nearest known word, or with all of them."""
    words = sorted(known)
    near = difflib.get_close_matches(word.lower(), words, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"The settings here are: {', '.join(words)}."


def label(table: str, content: object, position: int) -> str:
    """Return how a repeated table is called: by its name, else by its number."""
    known = content if isinstance(content, dict) else {}
    name = known.get("name") or known.get("selector")
    if isinstance(name, str) and name:
        return f"{table}.{name}"
    return f"{table}[{position}]"


def shorten(value: object) -> str:
    """Return a value as it is quoted in a message: in full, unless it is long."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"  # noqa: PLR2004


def duplicates(values: Iterable[str]) -> Iterator[str]:
    """Yield each value that occurs more than once, once."""
    seen: set[str] = set()
    told: set[str] = set()
    for value in values:
        if value in seen and value not in told:
            told.add(value)
            yield value
        seen.add(value)
