"""Plain text: clean it, put it on one line, shorten it, cut it into sentences.

Pure and total: any string in, a string out that is fit for XML and for a mail's
header. Curly quotes and the no-break space that holds a class year are kept.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise


def lexicon(words: str) -> frozenset[str]:
    """Return the words of a line as a set: how a list of words is written down."""
    return frozenset(words.split())


# What no plain text of ours may hold: controls, surrogates, marks that hide or
# turn text around (a headline must not be able to reverse the rest of a page),
# noncharacters (XML forbids them). Zero-width joiners are judged on their own.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
BREAK = re.compile("\r\n|[\r\x0c\x85\u2028\u2029]")
JOINER = re.compile("[\u200c\u200d]")
SPACE = re.compile(r"[^\S\u00a0\u202f]+")  # any white space but the no-break ones

SENTENCE_END = re.compile(
    r"[.!?…]+[\"'”’»)\]]*(?=[^\S\u00a0\u202f]+[\"'“‘«(\[¿¡—–-]?\s?[^\W_])"
)
ABBREVIATIONS = lexicon(
    "mr mrs ms mx dr prof st ste mt jr sr gov sen rep lt col gen sgt capt cmdr adm rev "
    "hon pres supt det fr sra srta ud uds vs v etc al ave blvd rd inc co corp ltd "
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thurs fri "
    "sat sun a.m p.m e.g i.e u.s u.k u.n d.c ph.d m.d b.a m.a ed pp cf ca"
)
NUMBERED = frozenset({"no", "nos", "vol", "art", "sec", "fig"})  # only before a number


def file_name(name: str) -> str:
    """Return a file's name as text: each byte that is no UTF-8 becomes �."""
    return name.encode("utf-8", "surrogateescape").decode(errors="replace")


def clean(text: str) -> str:
    """Return `text` in NFC without control and invisible characters.

    Line ends become newlines. Joiners stay where a script or an emoji needs
    them, between two characters beyond ASCII.
    """
    normal = unicodedata.normalize("NFC", BREAK.sub("\n", text))
    visible = FORBIDDEN.sub("", normal.replace("\x0b", "\n"))
    return unicodedata.normalize("NFC", JOINER.sub(_joiner, visible))


def squash(text: str) -> str:
    """Return `text`, cleaned, on one line; no-break spaces inside stay."""
    return SPACE.sub(" ", clean(text)).strip()


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 story, 9,012 stories."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def excerpt(text: str, limit: int) -> str:
    """Return `text` on one line of at most `limit` characters.

    What is too long is cut at the end of a word and ends in an ellipsis; a single
    word that is too long is cut anywhere.
    """
    line = squash(text)
    if len(line) <= limit:
        return line
    room = max(limit - 1, 0)
    head = line[: room + 1]
    cut = max(head.rfind(" "), 0) or room
    return (head[:cut].rstrip(" \u00a0,;:—–-(“‘«") + "…")[: max(limit, 0)]


def sentences(text: str) -> list[str]:
    """Cut a paragraph into sentences, each with its end mark and closing quote.

    Initials, titles (Mr., Gov.), months, a.m. and the like end none; a class year
    (’07) is no end and no opening quote.
    """
    line = squash(text)
    cuts = [0, *_ends(line), len(line)]
    parts = (line[a:b].strip() for a, b in pairwise(cuts))
    return [part for part in parts if part]


def _joiner(found: re.Match[str]) -> str:
    text, at = found.string, found.start()
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    between = len(around) > 1 and not any(map(str.isascii, around))
    return found[0] if between else ""


def _ends(line: str) -> Iterator[int]:
    """Yield where sentences end, after the end mark and what closes with it."""
    for found in SENTENCE_END.finditer(line):
        if found[0] == "." and _is_abbreviation(line, found.start()):
            continue
        if line[found.end() :].lstrip(" \"'“‘«([¿¡—–-")[:1].islower():
            continue
        yield found.end()


def _is_abbreviation(line: str, stop: int) -> bool:
    """Whether the full stop at `stop` belongs to the word before it."""
    word = re.split(r"[\s\u00a0(\[“‘\"/—–-]", line[max(stop - 12, 0) : stop])[-1]
    if len(word) == 1 and word.isupper():
        return True  # an initial
    known = word.casefold().strip("’'")
    if known in NUMBERED:
        return line[stop + 1 :].lstrip()[:1].isdigit()
    return known in ABBREVIATIONS
