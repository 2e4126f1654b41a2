"""An editor's hand on a story: edit, hold, withdraw, restore; and the same by source.

Every change is a revision and an act, with who and why. What follows for issues and
for those who had the story already is `aftermath`'s, whoever the cause is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dispatch.actions.collection import aftermath
from dispatch.errors import UsageError
from dispatch.model import Article, Collected, HeadlineSource, Hold
from dispatch.store import Tx, acts, articles, editing, questions, revisions
from dispatch.text import fingerprints

COLLECTING = "collecting"  # who did it, when no person did


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does something, why, and when. `reason` may be empty where it says so."""

    by: str
    reason: str
    now: datetime

    @property
    def is_editor(self) -> bool:
        """Whether a person does it, so that collecting is to leave it alone."""
        return self.by != COLLECTING


@dataclass(frozen=True, slots=True)
class Done:
    """A story as it is now, and what followed, a sentence each."""

    article: Article
    followed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """The fields an editor sets, and those that follow their source again."""

    values: Mapping[str, Any] = field(default_factory=dict)
    undo: tuple[str, ...] = ()


def withdraw(tx: Tx, id: int, hand: Hand) -> Done:  # noqa: A002 - as the store's
    """Take a story back; readers are told the reason.

    It leaves feeds and unsent issues; its page says that it is gone. Collecting never
    brings back what an editor took back. Raises UsageError when it is so already.
    """
    old = _existing(tx, id)
    if old.withdrawn_at is not None:
        raise UsageError(f"Story {id} is withdrawn already: {old.withdrawn_reason}.")
    _answer(tx, id, questions.MISSING, "withdraw", hand)
    new = replace(old, withdrawn_at=hand.now, withdrawn_reason=hand.reason)
    return _store(tx, old, _mark(new, hand, {"withdrawn"}), hand, "withdrawn")


def hold(tx: Tx, id: int, hand: Hand) -> Done:  # noqa: A002
    """Keep a story back until it is restored; readers are told nothing.

    Raises UsageError for one that is withdrawn.
    """
    old = _existing(tx, id)
    if old.withdrawn_at is not None:
        raise UsageError(f"Story {id} is withdrawn, which is more than held.")
    new = replace(old, held=hand.reason)
    return _store(tx, old, _mark(new, hand, {"held"}), hand, "held")


def restore(tx: Tx, id: int, hand: Hand) -> Done:  # noqa: A002
    """Bring back a story that was held or withdrawn, under the same id.

    Whoever was mailed it is not mailed it again. An editor's word holds against a
    source that held or cancelled it, and answers whether it is another's. Collecting
    brings back what is withdrawn; what is held stays held. Raises UsageError when
    there is nothing to undo.
    """
    old = _existing(tx, id)
    undone = {
        name
        for name, applies in (
            ("withdrawn", old.withdrawn_at is not None),
            ("held", bool(old.held) and hand.is_editor),
        )
        if applies
    }
    if not undone:
        raise UsageError(f"Story {id} is neither held nor withdrawn.")
    held = old.held
    if hand.is_editor:
        _answer(tx, id, questions.TWIN, "separate", hand)
        held = ""
    new = replace(old, withdrawn_at=None, withdrawn_reason="", held=held)
    by_source = undone - old.edited
    new = replace(new, edited=old.edited - undone)
    return _store(tx, old, _mark(new, hand, by_source), hand, "restored")


def edit(tx: Tx, id: int, wishes: Wishes, hand: Hand) -> Done:  # noqa: A002
    """Set fields, and give others back to their source, in one revision.

    Fields are those of `store.editing.FIELDS`. Collecting leaves an edited field
    alone. A headline releases a story that was held for want of one. The time of
    publication never moves. Raises UsageError for a field that nobody edited.
    """
    old = _existing(tx, id)
    new = old
    fresh = [name for name in wishes.values if name not in old.edited]
    editing.remember(tx, id, editing.values(old.content, old.embargo_until, fresh))
    for name in wishes.values:
        new = _set(tx, new, name, wishes.values[name])
    for name in wishes.undo:
        new = _give_back(tx, new, name)
    if new == old:
        raise UsageError(f"Story {id} is so already: nothing was changed.")
    what = [
        *(f"{spoken(name)} edited" for name in wishes.values),
        *(f"{spoken(name)} given back to the source" for name in wishes.undo),
    ]
    return _store(tx, old, new, hand, ", ".join(what))


def spoken(name: str) -> str:
    """Return what editors call a field."""
    return {"bylines": "byline", editing.EMBARGO: "embargo"}.get(name, name)


def keep(tx: Tx, id: int, hand: Hand) -> None:  # noqa: A002
    """Note that a story stays though it is gone from its source."""
    _existing(tx, id)
    acts.record(tx, id, "kept", by=hand.by, reason=hand.reason, now=hand.now)


def observe(tx: Tx, article: Article, story: Collected) -> None:
    """Remember what a source says now in the fields that an editor set."""
    if editing.is_kept(article):
        given = editing.values(story.content, story.embargo_until, article.edited)
        editing.remember(tx, article.id, given)


def follow(
    tx: Tx, before: Article, after: Article, *, now: datetime
) -> tuple[str, ...]:
    """Let everything follow a change that collecting has stored.

    Returns what became of issues, a sentence each.
    """
    for act, reason, applies in (
        (
            "withdrawn",
            after.withdrawn_reason,
            after.withdrawn_at is not None and before.withdrawn_at is None,
        ),
        (
            "restored",
            "its source has it again",
            after.withdrawn_at is None and before.withdrawn_at is not None,
        ),
        ("held", after.held, bool(after.held) and not before.held),
        ("released", "by its source", bool(before.held) and not after.held),
    ):
        if applies:
            acts.record(tx, after.id, act, by=COLLECTING, reason=reason, now=now)
    return aftermath.settle(tx, before, after, now=now)


def _answer(tx: Tx, id: int, kind: str, answer: str, hand: Hand) -> None:  # noqa: A002
    """Answer what stands to be answered about a story."""
    for one in questions.waiting(tx, kind, id):
        questions.answer(tx, one.id, answer, now=hand.now)


def _existing(tx: Tx, id: int) -> Article:  # noqa: A002
    found = articles.by_id(tx, id)
    if found is None:
        raise UsageError(f"There is no story {id}.")
    if found.merged_into is not None:
        raise UsageError(
            f"Story {id} is the same as story {found.merged_into}: that one counts."
        )
    return found


def _store(tx: Tx, old: Article, new: Article, hand: Hand, act: str) -> Done:
    """Write a revision and an act down, and let issues follow."""
    content = new.content
    changed = replace(new, content_hash=fingerprints.content_hash(content))
    if replace(content, section=old.content.section) != old.content:
        changed = replace(changed, updated_at=max(old.updated_at, hand.now))
    findings = articles.findings(tx, old.id)
    stored = revisions.change(tx, changed, findings, now=hand.now, reason=act)
    acts.record(tx, old.id, act, by=hand.by, reason=hand.reason, now=hand.now)
    return Done(stored, aftermath.settle(tx, old, stored, now=hand.now))


def _mark(article: Article, hand: Hand, names: set[str]) -> Article:
    """Note that a person decided this, so that collecting leaves it so."""
    if not hand.is_editor:
        return article
    return replace(article, edited=article.edited | names)


def _set(tx: Tx, article: Article, name: str, value: Any) -> Article:
    edited = article.edited | {name}
    if name == editing.EMBARGO:
        return replace(article, embargo_until=value, edited=edited)
    changes = {name: value}
    if name == "headline":
        changes["headline_source"] = HeadlineSource.EDITED
    held = article.held
    if name == "headline" and held == Hold.HEADLINE:
        asked = questions.waiting(tx, questions.TWIN, article.id)
        held = Hold.TWIN.value if asked else ""
    content = replace(article.content, **changes)
    return replace(article, content=content, edited=edited, held=held)


def _give_back(tx: Tx, article: Article, name: str) -> Article:
    if name not in article.edited:
        raise UsageError(f"Nobody edited the {spoken(name)} of story {article.id}.")
    followed = replace(article, edited=article.edited - {name})
    value = editing.given(tx, article.id).get(name)
    editing.forget(tx, article.id, name)
    if value is None:  # a decision, or edited before the source's words were kept
        return followed
    if name == editing.EMBARGO:
        return replace(followed, embargo_until=editing.embargo(value))
    return replace(followed, content=editing.restored(article.content, value))
