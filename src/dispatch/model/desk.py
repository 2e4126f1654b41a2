"""What an editor's desk remembers: corrections to tell, and edits to issues."""

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


class EditKind(StrEnum):
    """One thing that an editor does to an issue that has not been planned."""

    PIN = "pin"  # make it the lead
    ORDER = "order"  # these first, in this order
    DROP = "drop"  # not in this issue; the next has it
    DISCARD = "discard"  # in no issue of this newsletter
    RESTORE = "restore"  # take a story's pin or drop back
    NOTE = "note"
    SUBJECT = "subject"
    UNDO = "undo"  # take back the last of the above
    HOLD = "hold"
    APPROVE = "approve"
    SEND = "send"  # approve, and do not wait for the slot
    SKIP = "skip"  # no issue this time; its stories go into the next


@dataclass(frozen=True, slots=True)
class Edit:
    """What an editor did to an issue, written down for ever.

    `issue` is empty while the issue is yet to be opened; `revision` is the one that
    the editor saw, 0 before there was any.
    """

    newsletter: str
    kind: EditKind
    by: str
    at: datetime
    articles: tuple[int, ...] = ()
    words: str = ""
    issue: str = ""
    revision: int = 0
