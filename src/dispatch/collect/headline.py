"""Headlines: marked (T5), the first line (T6), a file's name (T11a).

What rule T11c makes from the lede is in `lede`.
"""

import re

from dispatch.collect import byline, credit, lede, names
from dispatch.collect.manuscript import Manuscript
from dispatch.text import plain

LONGEST = 110  # characters
FEWEST_WORDS, MOST_WORDS = 3, 16
UNSPACED = re.compile(  # Thai to Khmer, kana, Han: scripts without spaces
    r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
A_WORD = 3  # characters of such a script
RATIO = 2  # what follows a headline is at least so much longer
DECK_LONGEST = 160
UNDERLINE = re.compile(r"([=\-~^\"'*#+])\1{2,}")
ATX = re.compile(r"#\s+(?P<text>.*?)\s*#*")
GENERIC = plain.lexicon(
    "untitled article document draft final copy new story doc text version text file "
    "edit edited rev revised clean web print fixed upload unnamed post item page"
)
FULL_STOPS = ("\u3002", "\uff01", "\uff1f", "\u3001", "\uff0c")  # of East Asia
TITLE_SUFFIX = re.compile(r"\s+[|–—»·]\s+[^|–—»·]+$")


def take_marked(manuscript: Manuscript) -> str:
    """Take a Markdown or reStructuredText title off the top, rule T5."""
    if not manuscript.blocks:
        return ""
    block = manuscript.blocks[0]
    if block.tag in {"h1", "h2"}:
        return manuscript.take()
    lines = [line.strip() for line in block.lines[:3]]
    if found := ATX.fullmatch(lines[0]):
        manuscript.take()
        return found["text"]
    underlined = len(lines) > 1 and UNDERLINE.fullmatch(lines[1])
    boxed = len(lines) > 2 and lines[0] == lines[2] and UNDERLINE.fullmatch(lines[0])  # noqa: PLR2004 - line, title, line
    if boxed and not UNDERLINE.fullmatch(lines[1]):
        taken = [manuscript.take() for _ in range(3)]
        return taken[1]
    if underlined and _may_be_underlined(lines[0]):
        title = manuscript.take()
        manuscript.take()
        return title
    return ""


def is_headline(manuscript: Manuscript) -> bool:
    """Whether the first line is a headline by rule T6, seen with what follows it."""
    line = manuscript.line
    if not _is_headline_like(line, 2 if _may_be_two_words(manuscript) else 3):
        return False
    below = manuscript.following(4)
    if manuscript.stands_alone:
        return any(len(text) >= RATIO * len(line) for text in below)
    below = below[: 1 + sum(map(_is_furniture, below))]
    return any(
        _is_furniture(text) or len(text) >= max(RATIO * len(line), LONGEST)
        for text in below
    )


def is_deck(manuscript: Manuscript) -> bool:
    """Whether the line below a headline is its deck, rule T7."""
    line = manuscript.line
    below = manuscript.following(3)
    return (
        manuscript.stands_alone
        and len(line) <= DECK_LONGEST
        and count_words(line) >= FEWEST_WORDS
        and not line.endswith((".", "!", "?", "”", '"', ":", ",", *FULL_STOPS))
        and not _is_furniture(line)
        and any(len(text) >= RATIO * len(line) // 2 for text in below)
    )


def count_words(line: str) -> int:
    """Return how many words a line has; without spaces, as many as it may well be."""
    return max(len(line.split()), len(UNSPACED.findall(line)) // A_WORD)


def from_slug(slug: str) -> str:
    """Return the words of a file's name as a headline, or nothing, rule T11a.

    It takes three real words; `article12`, dates and hashes say nothing.
    """
    bare = re.sub(r"\d{4}-?\d\d-?\d\d", " ", slug)
    words = [word for word in re.split(r"[\s_\-.+]+", bare) if word]
    while words and (words[-1].isdigit() or words[-1].lower() in GENERIC):
        words.pop()
    real = [w for w in words if _is_word(w) and w.lower() not in GENERIC]
    if len(real) < FEWEST_WORDS or len(real) < len(words) - 1:
        return ""
    line = " ".join(words)
    return line[:1].upper() + line[1:] if len(line) <= LONGEST else ""


def from_page_title(title: str) -> str:
    """Return an HTML title without the site's name behind it."""
    bare = TITLE_SUFFIX.sub("", title)
    if len(bare.split()) < 2:  # noqa: PLR2004 - the name of a site, or nothing
        bare = title
    return "" if all(word.lower() in GENERIC for word in bare.split()) else bare


def _may_be_two_words(manuscript: Manuscript) -> bool:
    """Whether "Letters policy" may be a headline: alone, and nobody's name."""
    line = manuscript.line
    named = names.is_full(line) or UNSPACED.search(line) is not None
    return manuscript.stands_alone and not named


def _is_headline_like(line: str, fewest: int) -> bool:
    return (
        len(line) <= LONGEST
        and fewest <= count_words(line) <= MOST_WORDS
        and not line.endswith((".", ";", ",", ":", "—", "–", *FULL_STOPS))
        and not line.startswith((">", "- ", "* ", "#", "[", "!["))
        and (line[:1].isalnum() or line[:1] in "“‘'\"¿¡«$「『《【")
        and not line[:1].islower()
        and not _is_furniture(line)
        and not lede.dateline(line)
        and "@" not in line
    )


def _is_furniture(line: str) -> bool:
    """Whether a line belongs to the picture or the writer, not to the story."""
    return credit.match(line) is not None or byline.match(line) is not None


def _may_be_underlined(line: str) -> bool:
    return 0 < len(line) <= LONGEST and not line.endswith((".", ",", ";"))


def _is_word(word: str) -> bool:
    letters = word.replace("'", "").replace("’", "")
    if not letters.isalpha():
        return False
    hexadecimal = re.fullmatch(r"[0-9a-f]{6,}", letters.lower()) is not None
    return (
        not hexadecimal
        and re.search(r"[aeiouyáéíóúàèäöüâêô]", letters.lower()) is not None
    )
