"""Class years, rule T13: Ruiz ’07, Park ’12 MBA ’15.

The apostrophe becomes U+2019, whatever was typed, and a no-break space ties the
year to the name or degree before it. It is never an opening quotation mark.
"""

import re

from dispatch.text import plain

NO_BREAK = "\u00a0"
APOSTROPHE = "’"
YEAR = re.compile(
    r"(?<![\w.\-’'])(?P<name>[^\W\d_][\w.\-’']*[)”]?,?)(?P<space>[^\S\n]+)['‘’\u02bc](?P<year>\d\d)"
    r"(?!\w)"
)
NOT_A_NAME = plain.lexicon("the of in since from class summer fall spring winter early")


def glue(text: str) -> str:
    """Return `text` with every class year tied to the name before it."""
    return YEAR.sub(_glued, text)


def starts_year(text: str) -> bool:
    """Whether `text` begins with a class year: no headline may be cut before it."""
    return re.match(r"[\s\u00a0]*['‘’\u02bc]\d\d(?!\w)", text) is not None


def _glued(found: re.Match[str]) -> str:
    name, year = found["name"], found["year"]
    if not name[0].isupper():
        return f"{name}{found['space']}{APOSTROPHE}{year}"
    if name.lower().rstrip(",") in NOT_A_NAME:
        return f"{name} {APOSTROPHE}{year}"
    return f"{name}{NO_BREAK}{APOSTROPHE}{year}"
