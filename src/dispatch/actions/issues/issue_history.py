"""What editors did to an issue, in sentences, and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.compose import edits as editors
from dispatch.compose.edits import Edited
from dispatch.model import Article, Choice, Edit, EditKind, Issue
from dispatch.store import Tx, articles, edits, entries, variants
from dispatch.text import plain

HEADLINE = 60  # characters of one in a sentence

SENTENCES = {
    EditKind.PIN: "made {stories} the lead",
    EditKind.ORDER: "put first {stories}",
    EditKind.DROP: "dropped {stories}",
    EditKind.DISCARD: "dropped for good {stories}",
    EditKind.RESTORE: "put back {stories}",
    EditKind.NOTE: "wrote the note “{words}”",
    EditKind.SUBJECT: "wrote the subject “{words}”",
    EditKind.UNDO: "took the last edit back",
    EditKind.HOLD: "held it",
    EditKind.APPROVE: "approved it",
    EditKind.SEND: "sent it before its time",
    EditKind.SKIP: "skipped it",
}
CLEARED = {
    EditKind.NOTE: "took the note out",
    EditKind.SUBJECT: "gave the subject back to the lead story",
}


@dataclass(frozen=True, slots=True)
class Contents:
    """The stories of an issue in the order they are shown, and what editors did.

    `more` have no room in it; `dropped` were taken out by editors.
    """

    shown: tuple[Article, ...]
    more: int
    dropped: tuple[Article, ...]
    wanted: Edited
    done: tuple[tuple[Edit, str], ...]


def contents(tx: Tx, issue: Issue) -> Contents:
    """Return what is in an issue. One that is yet to be composed shows none."""
    done = edits.of_issue(tx, issue.id)
    wanted = editors.fold(done)
    choice = Choice(from_position=issue.from_position)
    made = variants.one(tx, issue.id, choice, issue.revision)
    places = entries.between(
        tx, issue.newsletter, issue.from_position, issue.to_position
    )
    named = {number for one in done for number in one.articles}
    known = articles.by_ids(tx, [*named, *(one.article for one in places)])
    shown = made.articles if made else ()
    return Contents(
        shown=tuple(known[one] for one in shown if one in known),
        more=made.more if made else 0,
        dropped=tuple(known[one] for one in sorted(wanted.dropped) if one in known),
        wanted=wanted,
        done=tuple((one, sentence(one, known)) for one in done),
    )


def sentence(edit: Edit, known: "dict[int, Article]") -> str:
    """Say what was done, without who did it."""
    if not edit.words and edit.kind in CLEARED:
        return CLEARED[edit.kind]
    stories = _named([known[one] for one in edit.articles if one in known])
    words = plain.excerpt(edit.words, HEADLINE)
    said = SENTENCES[edit.kind].format(stories=stories, words=words)
    reason = edit.words if edit.kind is EditKind.SKIP else ""
    return f"{said}: {reason}" if reason else said


def _named(stories: Sequence[Article]) -> str:
    return ", ".join(
        f"“{plain.excerpt(one.content.headline, HEADLINE)}”" for one in stories
    )
