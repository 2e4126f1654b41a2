"""Whether an issue may leave, and when: what editors said, and what silence means.

    approval        an editor says nothing      an editor holds it
    none            it leaves at its slot       it waits
    unless_held     it leaves at its slot, but  it waits
                    never sooner than `proof`
                    after the editors were asked
    required        it waits until it expires   it waits

Pure: the edits of an issue in, a reason or a moment out.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.model import Edit, EditKind, NewsletterSettings

WAITS = "waits for approval"
HELD = "an editor holds it"
UNREACHED = "no editor could be sent the proof"

BY_EDITORS = frozenset({WAITS, HELD})
"""Reasons that editors know of, or have been asked about."""

ON_TIME = timedelta(minutes=5)  # a proof that is later does not shorten the night


class Verdict(StrEnum):
    """What editors said last of the issue as it is now."""

    NOTHING = "nothing"
    HELD = "held"
    UNSEEN = "unseen"  # approved before there was anything to see
    APPROVED = "approved"


def verdict(edits: Iterable[Edit], revision: int) -> Verdict:
    """Return what was said last.

    A hold stands whatever becomes of the content. An approval is of what the editor
    saw: another revision has not been approved.
    """
    said = Verdict.NOTHING
    for one in edits:
        if one.kind is EditKind.HOLD:
            said = Verdict.HELD
        elif one.kind in {EditKind.APPROVE, EditKind.SEND}:
            said = _approved(one.revision, revision)
    return said


def _approved(seen: int, revision: int) -> Verdict:
    if seen == revision:
        return Verdict.APPROVED
    return Verdict.UNSEEN if seen == 0 and revision == 1 else Verdict.NOTHING


def why_held(
    newsletter: NewsletterSettings,
    said: Verdict,
    *,
    doubt: str = "",
) -> str:
    """Return why a composed issue waits for a human, or "".

    `doubt` is what speaks against an issue that nobody has approved.
    """
    match said:
        case Verdict.HELD:
            return HELD
        case Verdict.APPROVED:
            return ""
        case Verdict.UNSEEN:
            return doubt
        case Verdict.NOTHING:
            return doubt or (WAITS if newsletter.approval == "required" else "")


def leaves_at(
    newsletter: NewsletterSettings, slot: datetime, *, asked_at: datetime
) -> datetime:
    """Return when an issue leaves whose editors were asked at a moment.

    With `unless_held`, silence is consent only to who was asked in good time.
    """
    if newsletter.approval != "unless_held" or not newsletter.proof_to:
        return slot
    in_good_time = asked_at + newsletter.proof
    return slot if in_good_time <= slot + ON_TIME else in_good_time
