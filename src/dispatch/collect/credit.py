"""Credit lines, rule T4: the line a newsroom puts before a story for its picture.

A credit is a short line of one of a few shapes around a capitalised name; a
sentence never is. What is found belongs to the lead image and to nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.collect import class_years, names

LONGEST = 110  # characters
MOST_WORDS = 12
KINDS = (
    r"(?:(?:staff|file|courtesy|cover|lead)\s+)?(?:photo(?:graph|graphy|s|graphs|graphie)?"
    r"|images?|pictures?|illustrations?|graphics?|art|artwork|cartoons?|drawings?"
    r"|videos?|screenshots?|screengrabs?|design|maps?|charts?|fotos?|bild|ilustraci[oó]n)"
)
ROLES = (
    r"(?:(?:staff|contributing|senior|associate|chief|head|guest)\s+)?"
    r"(?:photographer|photojournalist|illustrator|artist|cartoonist|photo\s+editor"
    r"|multimedia\s+editor|design\s+editor)s?"
)
DESKS = (
    r"(?:contributing|staff|senior|associate)\s+"
    r"(?:writer|reporter|editor|columnist|producer|videographer|designer)s?"
)
AGENCIES = (
    r"(?:AP(?:\s+Photo)?|Associated\s+Press|Reuters|AFP|EFE|dpa|UPI"
    r"|Getty(?:\s+Images)?|Wikimedia(?:\s+Commons)?|Flickr|Unsplash|Pexels|Pixabay"
    r"|Creative\s+Commons|Shutterstock|iStock)"
)
SHAPES: tuple[tuple[str, str], ...] = (
    ("agency first", rf"{AGENCIES}\s*[/|]\s*(?P<who>.+)"),
    ("agency", rf"(?P<who>.+?)\s*(?:/|\||,|\s(?i:via)\s)\s*{AGENCIES}"),
    (
        "courtesy of",
        rf"(?i:{KINDS}\s+)?(?i:courtesy)(?:\s+(?i:of)\s+|\s*:\s*)(?P<who>.+)",
    ),
    ("courtesy", rf"(?i:{KINDS})\s+(?i:courtesy)\s+(?P<who>.+)"),
    (
        "kind by",
        rf"(?i:{KINDS})\s*(?:(?i:by|credit|de|von|par|por)\b\s*:?)\s*(?P<who>.+)",
    ),
    ("kind", rf"(?i:{KINDS})\s*[:/|]\s*(?P<who>.+)"),
    ("name/kind", rf"(?P<who>.+?)\s*[/|]\s*(?i:{KINDS}(?:\s+by)?)"),
    ("name/role", rf"(?P<who>.+?)\s*[/|]\s*(?i:{ROLES}|{DESKS})"),
    ("name, role", rf"(?P<who>.+?)\s*,\s*(?i:{ROLES})"),
    ("name/house", r"(?P<full>[^/|]+?)\s*[/|]\s*(?P<house>[^/|]+)"),
    ("credit", r"(?i:(?:photo\s+)?credits?)\s*:\s*(?P<who>.+)"),
)
PATTERNS = tuple((name, re.compile(shape)) for name, shape in SHAPES)
PLACEHOLDER = re.compile(r"\b(?:NAMES?|FIRST\s+LAST|FIRSTNAME|PHOTOGRAPHER|TK|XXX+)\b")
SENTENCE_END = re.compile(r"[.!?]$")
RIGHTFUL_DOT = re.compile(r"(?:\b(?:Jr|Sr|Inc|Co|St|Ltd|[^\W\d_]))\.$")


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit as readers shall see it; `placeholder` for one nobody filled in."""

    text: str
    shape: str
    placeholder: bool = False


def match(line: str) -> Credit | None:
    """Return the credit that `line` is, or None where it is anything else."""
    text = " ".join(line.split()).strip("*_").strip()
    bare = text[1:-1].strip() if _in_brackets(text) else text
    if SENTENCE_END.search(bare) and not RIGHTFUL_DOT.search(bare):
        bare = bare[:-1] if bare.endswith(".") else ""
    if not bare or len(bare) > LONGEST or len(bare.split()) > MOST_WORDS:
        return None
    return next(_credits(bare), None)


def _in_brackets(text: str) -> bool:
    return text[:1] + text[-1:] in {"()", "[]"}


def _credits(bare: str) -> Iterator[Credit]:
    for shape, pattern in PATTERNS:
        found = pattern.fullmatch(bare)
        if found is None or not _is_credit(found):
            continue
        yield Credit(
            text=class_years.glue(_in_order(bare, shape, found)),
            shape=shape,
            placeholder=PLACEHOLDER.search(found[1]) is not None,
        )


def _is_credit(found: re.Match[str]) -> bool:
    """Whether the captured words are names; a person's house wants a full name."""
    parts = found.groupdict()
    if "full" in parts:
        return names.is_full(parts["full"]) and names.is_name(parts["house"])
    who = parts["who"]
    if who.lower().startswith("the ") and not names.is_full(who[4:]):
        return False  # "Art by the River" is a headline
    return names.are_names(who)


def _in_order(bare: str, shape: str, found: re.Match[str]) -> str:
    """Return the line as it says, but "Ana Ruiz/Photo by" the right way round."""
    if shape == "name/kind" and bare.lower().endswith(" by"):
        kind = re.split(r"[/|]", bare)[-1].strip()
        return f"{kind[:1].upper()}{kind[1:]} {found['who']}"
    return bare
