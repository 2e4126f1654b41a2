"""What an editor's desk remembers: corrections that readers are to be told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CorrectionKind(StrEnum):
    """What changed in a story after it was mailed; the most telling counts."""

    NOTE = "note"  # the story says itself what was wrong
    HEADLINE = "headline"
    TEXT = "text"  # more than a fifth of its words
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Correction:
    """A revision of an article that readers of the one before should hear of.

    `was` is the headline before, where it changed. `note` is the correction in the
    story's own words, or why it was withdrawn.
    """

    article: int
    revision: int
    kind: CorrectionKind
    noted_at: datetime
    was: str = ""
    note: str = ""
