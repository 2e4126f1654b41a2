"""Who gets what of an issue that is yet to leave: for its editors to look at.

Most readers get what the proof shows. Whoever chose topics, a language or plain text,
or gets the newsletter less often, has another copy, made when the issue is planned.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.actions.issues.variants import would_be
from dispatch.compose import cadence, proof, story
from dispatch.compose.press import Press
from dispatch.model import Choice, Issue, MailFormat, NewsletterSettings, Variant
from dispatch.store import Store, Tx, audience
from dispatch.text import languages, plain

MOST = 12  # different copies that are named


@dataclass(frozen=True, slots=True)
class Copy:
    """What some readers get: how many, what is special about it, and its name."""

    choice: Choice
    readers: int
    words: str

    @property
    def people(self) -> str:
        """How many get it, in words."""
        return plain.count(self.readers, "reader")

    @property
    def name(self) -> str:
        """What the copy is called in an address."""
        return hashlib.sha256(self.choice.key.encode()).hexdigest()[:16]


def of(tx: Tx, issue: Issue, timezone: str) -> tuple[Copy, ...]:
    """Return the copies that differ from what the proof shows, most readers first."""
    begun = cadence.begun(issue.slot, timezone)
    usual = Choice(from_position=issue.from_position)
    found = audience.copies(tx, issue, begun, most=MOST + 1)
    others = [one for one in found if one[0] != usual][:MOST]
    return tuple(Copy(choice, count, _words(choice, issue)) for choice, count in others)


def find(tx: Tx, issue: Issue, timezone: str, name: str) -> Copy | None:
    """Return the copy of that name; None when nobody gets it any more."""
    return next((one for one in of(tx, issue, timezone) if one.name == name), None)


def look(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    issue: Issue,
    copy: Copy,
    *,
    now: datetime,
) -> Variant | None:
    """Return a copy as its readers would get it, their own links leading nowhere.

    None where it has nothing to read: they get no mail.
    """
    made = would_be(store, press, issue, newsletter, copy.choice, now=now)
    return None if made is None else proof.of_nobody(made.variant, made.frozen)


def _words(choice: Choice, issue: Issue) -> str:
    said = []
    if choice.topics:
        said.append(f"only {_and([story.section_name(one) for one in choice.topics])}")
    if choice.languages:
        said.append(f"in {_and([languages.own_name(one) for one in choice.languages])}")
    if choice.format is MailFormat.TEXT:
        said.append("plain text")
    if choice.from_position < issue.from_position:
        said.append("with what earlier issues had")
    if choice.from_position > issue.from_position:
        said.append("without what they have had")
    return ", ".join(said)


def _and(names: Sequence[str]) -> str:
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
