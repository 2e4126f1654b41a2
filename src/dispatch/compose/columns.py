"""Plain text in columns: wrapped at 72, wide characters counted as two."""

import re
import unicodedata
from collections.abc import Iterator

WIDTH = 72
EMPTY_LINES = re.compile(r"\n\s*\n")
FIRST_STRONG, POP = "\u2068", "\u2069"


def width(text: str) -> int:
    """Return how many columns `text` takes in a terminal."""
    return sum(_columns(character) for character in text)


def wrap(text: str, columns: int = WIDTH, indent: str = "", first: str = "") -> str:
    """Break each line of `text` at spaces; what has none, as a URL, stays whole.

    Scripts written without spaces are broken between characters. Lines begin with
    `indent`, the first one with `first` if that is given.
    """
    room = columns - width(indent or first)
    lines = [one for line in text.split("\n") for one in _lines(line, room)]
    heads = [first or indent, *[indent] * (len(lines) - 1)]
    pairs = zip(heads, lines, strict=True)
    return "\n".join((head + line).rstrip() for head, line in pairs)


def isolate(text: str) -> str:
    """Keep a title of another direction from turning the line around it."""
    return f"{FIRST_STRONG}{text}{POP}"


def paragraphs(text: str) -> tuple[str, ...]:
    """Cut `text` where lines are empty."""
    return tuple(part.strip() for part in EMPTY_LINES.split(text) if part.strip())


def underline(text: str, character: str = "=") -> str:
    """Return a rule as wide as `text`."""
    return character * min(width(text), WIDTH)


def _lines(text: str, room: int) -> Iterator[str]:
    line = ""
    for word in _words(text):
        if line and width((line + word).rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += word if line else word.lstrip()
    yield line


def _words(text: str) -> Iterator[str]:
    """Cut after spaces, and around every wide character."""
    word = ""
    for character in text:
        if _columns(character) > 1 and word:
            yield word
            word = ""
        word += character
        if character == " " or _columns(character) > 1:
            yield word
            word = ""
    yield word


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
