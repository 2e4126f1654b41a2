"""What editors want of an issue, made of everything they did to it. Pure.

Edits are written down one after the other and never changed: this module says what
they come to, so that two editors at once, an undo and a second thought all have one
meaning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dispatch.model import Article, Edit, EditKind
from dispatch.text import plain

K = EditKind

CONTENT = frozenset({K.PIN, K.ORDER, K.DROP, K.DISCARD, K.RESTORE, K.NOTE, K.SUBJECT})
"""What changes the issue's content, and what `undo` takes back."""

LONGEST_SUBJECT = 150  # characters
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Edited:
    """What the editors want. `first` are the stories to show first, the lead at once.

    `dropped` are not in this issue; those of them that are `discarded` are in no
    later one either.
    """

    first: tuple[int, ...] = ()
    dropped: frozenset[int] = frozenset()
    discarded: frozenset[int] = frozenset()
    note: str = ""
    subject: str = ""

    @property
    def touched(self) -> bool:
        """Whether there is anything to take back."""
        return self != UNTOUCHED

    @property
    def written(self) -> str:
        """All that editors wrote into the mail."""
        return self.subject + self.note

    @property
    def postponed(self) -> frozenset[int]:
        """The stories that go into the next issue instead."""
        return self.dropped - self.discarded


UNTOUCHED = Edited()


def fold(edits: Iterable[Edit]) -> Edited:
    """Return what these edits, oldest first, come to."""
    standing: list[Edit] = []
    for one in edits:
        if one.kind in CONTENT:
            standing.append(one)
        elif one.kind is K.UNDO and standing:
            standing.pop()
    wanted = Edited()
    for one in standing:
        wanted = _with(wanted, one)
    return wanted


def wants_skip(edits: Iterable[Edit]) -> Edit | None:
    """Return the edit that asks for no issue this time, if one does."""
    return next((one for one in edits if one.kind is K.SKIP), None)


def apply(articles: Sequence[Article], wanted: Edited) -> tuple[Article, ...]:
    """Return the stories that stay, those to be shown first before the others."""
    rank = {number: place for place, number in enumerate(wanted.first)}
    staying = [one for one in articles if one.id not in wanted.dropped]
    return tuple(sorted(staying, key=lambda one: rank.get(one.id, len(rank))))


def subject(text: str) -> str:
    """Return a subject as it was typed, on one line.

    Raises ValueError with a sentence for one that no mailbox would show.
    """
    return _bounded("A subject", plain.squash(text), LONGEST_SUBJECT)


def note(text: str) -> str:
    """Return an editor's note as plain text. Raises ValueError when it is too long."""
    lines = (plain.squash(line) for line in text.splitlines())
    return _bounded("A note", "\n".join(lines).strip(), LONGEST_NOTE)


def _bounded(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(
            f"{what} has at most {most:,} characters; this one has {len(text):,}."
        )
    return text


def _with(wanted: Edited, edit: Edit) -> Edited:  # noqa: PLR0911 - one per kind
    named = frozenset(edit.articles)
    match edit.kind:
        case K.PIN | K.ORDER:
            return _first(wanted, edit)
        case K.DROP:
            discarded = wanted.discarded - named
            return replace(wanted, dropped=wanted.dropped | named, discarded=discarded)
        case K.DISCARD:
            return replace(
                wanted,
                dropped=wanted.dropped | named,
                discarded=wanted.discarded | named,
            )
        case K.RESTORE:
            return _restored(wanted, named)
        case K.NOTE:
            return replace(wanted, note=edit.words)
        case K.SUBJECT:
            return replace(wanted, subject=edit.words)
        case _:
            return wanted


def _first(wanted: Edited, edit: Edit) -> Edited:
    """Put stories before all others; who is pinned cannot be dropped as well."""
    named = tuple(dict.fromkeys(edit.articles))
    others = tuple(one for one in wanted.first if one not in named)
    back = replace(
        wanted,
        dropped=wanted.dropped - set(named),
        discarded=wanted.discarded - set(named),
    )
    return replace(back, first=named + (others if edit.kind is K.PIN else ()))


def _restored(wanted: Edited, named: frozenset[int]) -> Edited:
    return replace(
        wanted,
        first=tuple(one for one in wanted.first if one not in named),
        dropped=wanted.dropped - named,
        discarded=wanted.discarded - named,
    )
