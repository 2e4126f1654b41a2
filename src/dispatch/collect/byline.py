"""Bylines, rule T8: who wrote it, above the story or in the tagline below it."""

import re
from dataclasses import dataclass

from dispatch.collect import names

LONGEST = 120  # characters
ROLE = (
    r"(?:(?:senior|staff|contributing|associate|assistant|guest|special|chief|city"
    r"|news|arts|culture|sports?|opinions?|features?|campus|managing|science|university"
    r"|student|beat|freelance|to\sthe|for\sthe)\s+)*"
    r"(?:reporters?|writers?|editors?|columnists?|correspondents?|critics?|contributors?"
    r"|redacci[oó]n|editor-in-chief|publishers?|staff|interns?)"
)
HOUSE = r"(?:of|for|to)\s+the\s+.+"
BY = re.compile(
    r"(?:by|por|par|von|di)\b\s*:?\s+(?P<who>.+?)"
    rf"(?:\s*[|,/–—-]\s*(?P<role>{ROLE}|{HOUSE}))?",
    re.IGNORECASE,
)
ROLE_LINE = re.compile(rf"(?:the\s+)?{ROLE}(?:,?\s+{HOUSE})?", re.IGNORECASE)
WITH_ROLE = re.compile(rf"(?P<who>.+?)\s*[|,/–—-]\s*(?:{ROLE})", re.IGNORECASE)
BOARD = re.compile(
    r"the\s+(?:\S+\s+){0,4}(?:board|staff|editors|newsroom)", re.IGNORECASE
)
TAGLINE = re.compile(
    r"(?:contact|e-?mail|reach|write\s+to|contacta\s+a)\s+(?P<who>.+?)\s+(?:at|en)\s+"
    r"[^\s@]+@[^\s@]+(?:\s+and\s+[^\s@]+@[^\s@]+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Byline:
    """The names, and how many lines they were said in."""

    names: tuple[str, ...]
    lines: int = 1


def match(line: str, below: str = "") -> Byline | None:
    """Return the byline that starts with `line`; `below` is the line after it.

    "By Ana Ruiz", "By Ana Ruiz and Lee Park | Staff Reporters", "Ana Ruiz, Staff
    Writer", or a name above a line that is a role.
    """
    text = _bare(line)
    if not text or len(text) > LONGEST:
        return None
    role_below = ROLE_LINE.fullmatch(_bare(below)) is not None
    if found := BY.fullmatch(text):
        people = _people(found["who"])
        return Byline(people, 1 + role_below) if people else None
    if (found := WITH_ROLE.fullmatch(text)) and names.is_full(found["who"]):
        return Byline(_people(found["who"]))
    if role_below and _all_full(text):
        return Byline(_people(text), 2)
    return None


def tagline(block: str) -> tuple[str, ...]:
    """Return the names in "Contact NAME at USER@HOST.", or none."""
    found = TAGLINE.fullmatch(_bare(block).rstrip(" ."))
    return _people(found["who"]) if found and len(block) < 2 * LONGEST else ()


def _people(who: str) -> tuple[str, ...]:
    if BOARD.fullmatch(who):
        return (who[:1].upper() + who[1:],)
    if not names.are_names(who) or who.lower().startswith("the "):
        return ()
    return tuple(_calm(name) for name in names.split(who))


def _calm(name: str) -> str:
    """Return a shouted name in the usual letters; "J.P. ROE" keeps its initials."""
    if not name.isupper() or len(name.split()) < 2:  # noqa: PLR2004 - a word alone is an acronym
        return name
    return re.sub(r"[^\W\d_]{2,}", lambda word: word[0].capitalize(), name)


def _all_full(text: str) -> bool:
    people = names.split(text)
    return bool(people) and all(names.is_full(name) for name in people)


def _bare(line: str) -> str:
    plain_line = re.sub(r"\[([^\]]{1,80})\]\([^)]{1,200}\)", r"\1", line)
    return " ".join(plain_line.strip(" *_\t").split())
