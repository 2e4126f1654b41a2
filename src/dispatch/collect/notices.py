"""Notices of the desk inside a story: corrections (T15), end marks, embargoes (T16)."""

import re

from dispatch.collect.fields import Fields
from dispatch.collect.manuscript import Block, Manuscript

CORRECTION = re.compile(
    r"(?:corrections?|clarifications?|correcci[oó]n|fe de errores|korrektur)"
    r"(?:[ ,(][^:\n]{0,40})?:\s+\S",
    re.IGNORECASE,
)
EDITORS_NOTE = re.compile(r"editor(?:['’]?s|s['’])\s+note\s*:\s+\S", re.IGNORECASE)
AMENDS = re.compile(
    r"\b(?:correct(?:ed|ion|s)?|earlier version|previous version|misstated|misspelled"
    r"|misidentified|in error|erroneously|has been (?:updated|amended))\b",
    re.IGNORECASE,
)
END = re.compile(
    r"[-–—]\s*30\s*[-–—]|#\s?#\s?#|\(?(?:ends?|fin)\)?|[-–—]+\s*ends?\s*[-–—]+",
    re.IGNORECASE,
)
EMBARGO = re.compile(
    r"(?:strictly\s+)?(?:embargo(?:ed)?|hold\s+for\s+release|not\s+for\s+publication"
    r"|do\s+not\s+publish)\b\s*(?:for\s+release\s+)?(?::|until|till|before)?:?\s*"
    r"(?:(?:until|till|before)\s+)?(?P<until>.{0,120})",
    re.IGNORECASE,
)
SHOUT = re.compile(
    r"(?:strictly\s+)?(?:EMBARGO|HOLD FOR|NOT FOR|DO NOT)|embargo", re.IGNORECASE
)
LONGEST = 120  # characters of a line that announces an embargo


def take(manuscript: Manuscript, fields: Fields) -> None:
    """Take every notice out of the story and into its field."""
    _cut_at_end_mark(manuscript, fields)
    kept, corrections = [], []
    for block in manuscript.blocks:
        if is_correction(_bare(block.text)):
            corrections.append(_bare(block.text))
        elif rest := _without_embargo(block, fields):
            kept.append(rest)
    manuscript.blocks[:] = kept
    fields.offer("correction", " ".join(corrections), "T15", 0.95)


def is_correction(text: str) -> bool:
    """Whether a paragraph tells readers that the story was wrong before."""
    if EDITORS_NOTE.match(text):
        return AMENDS.search(text) is not None
    return CORRECTION.match(text) is not None


def _cut_at_end_mark(manuscript: Manuscript, fields: Fields) -> None:
    for at, block in enumerate(manuscript.blocks):
        for number, line in enumerate(block.lines):
            if at + number and END.fullmatch(line.strip()) and _is_marked(line):
                below = manuscript.blocks[at + 1 :]
                above = Block(block.lines[:number])
                manuscript.blocks[at:] = [above] if number else []
                # A correction is told wherever it stands.
                manuscript.blocks += [b for b in below if is_correction(_bare(b.text))]
                fields.note("body", "T16", 0.9, f"the story ends at “{line.strip()}”")
                return


def _is_marked(line: str) -> bool:
    """Whether an end mark is meant as one: a word must be shouted or in brackets."""
    bare = line.strip()
    return not bare.isalpha() or bare.isupper()


def _without_embargo(block: Block, fields: Fields) -> Block | None:
    """Return the block without a first line that announces an embargo."""
    first = _bare(block.lines[0])
    found = EMBARGO.fullmatch(first) if SHOUT.match(first) else None
    if found is None or len(first) > LONGEST or not _announces(first):
        return block
    until = found["until"].strip(" .")
    fields.offer("embargo", until or "without a date", "T16", 0.95, first)
    rest = () if block.markup else block.lines[1:]
    return Block(rest) if rest else None


def _announces(line: str) -> bool:
    """Tell "EMBARGOED until Friday" from a sentence that begins with the word."""
    start = line.split(maxsplit=1)[0]
    return (
        start.isupper()
        or re.match(r"embargo(?:ed)?\s*(?::|until|till)", line, re.IGNORECASE)
        is not None
    )


def _bare(text: str) -> str:
    return re.sub(r"^[*_\s]+|[*_\s]+$", "", text.replace("**", "").replace("__", ""))
