"""Names of people and houses, told from prose by their capitals alone.

Used by credit lines (T4), bylines (T8) and headlines (T11), which all must know
where a name begins and ends. Works for any script with capital letters.
"""

import re

from dispatch.text import plain

PARTICLES = plain.lexicon(
    "de del della di da do dos das du la le las los van von der den ter ten zu y e bin "
    "bint ibn al el of the for and st"
)
SUFFIXES = plain.lexicon("jr jr. sr sr. ii iii iv phd ph.d. md m.d.")
APOSTROPHES = "'’‘\u02bc"
CLASS_YEAR = re.compile(rf"[{APOSTROPHES}]\d\d(?!\d|s)")
SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:and|&)\s|,|;|\s(?:and|AND|And|y|et|und|e|with)\s|&)\s*"
)
MOST_WORDS = 7


def is_name(text: str) -> bool:
    """Whether `text` reads as one name: "Ana Ruiz ’07", "the Center for Arts"."""
    words = text.replace("\u00a0", " ").split()
    if words and words[0].lower() == "the":
        words = words[1:]
    if not 1 <= len(words) <= MOST_WORDS or not _is_proper(words[0]):
        return False
    if words[-1].lower() in PARTICLES:
        return False
    return all(_is_part(word) for word in words[1:])


def are_names(text: str) -> bool:
    """Whether `text` is one name or a list of names."""
    return bool(split(text)) and all(is_name(name) for name in split(text))


def split(text: str) -> list[str]:
    """Cut "Ana Ruiz, Lee Park and Jo Poe" into names; "Jr." stays with its own."""
    names: list[str] = []
    for piece in SEPARATOR.split(text.replace("\u00a0", " ").strip()):
        if names and (piece.lower() in SUFFIXES or CLASS_YEAR.match(piece)):
            names[-1] += f", {piece}"
        elif piece:
            names.append(piece.strip())
    return names


def is_full(text: str) -> bool:
    """Whether `text` is a name of at least two proper words, as a person's is."""
    words = text.replace("\u00a0", " ").split()
    return is_name(text) and sum(_is_proper(word) for word in words) > 1


def _is_proper(word: str) -> bool:
    """Whether a word is a capitalised one: letters with dots, dashes, apostrophes."""
    first = word.lstrip(APOSTROPHES + '“"(')[:1]
    body = re.sub(rf"[.\-–/&)”\"{APOSTROPHES}]", "", word.lstrip('(“"'))
    return first.isupper() and body.isalnum() and not word.endswith(("?", "!", ":"))


def _is_part(word: str) -> bool:
    bare = word.strip(",()")
    return (
        _is_proper(bare)
        or bare.lower() in PARTICLES
        or bare.lower() in SUFFIXES
        or CLASS_YEAR.fullmatch(bare) is not None
    )
