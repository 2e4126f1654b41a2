"""Answer whether two stories are one: merge them, or tell them apart for good."""

from dataclasses import dataclass, replace

from dispatch.actions.collection import aftermath
from dispatch.errors import UsageError
from dispatch.model import Article, Clock, Hold
from dispatch.store import (
    Store,
    Tx,
    acts,
    also_in,
    articles,
    entries,
    items,
    questions,
    revisions,
)
from dispatch.store.questions import Question


@dataclass(frozen=True, slots=True)
class TwinReport:
    """What was answered, and what followed, in sentences."""

    article: int
    other: int
    answer: str
    said: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return list(self.said)

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "article": self.article,
            "other": self.other,
            "answer": self.answer,
            "said": list(self.said),
        }


def merge(
    store: Store,
    article: int,
    into: int,
    *,
    by: str,
    clock: Clock,
    reason: str = "the same story",
) -> TwinReport:
    """Make `article` part of `into`, which keeps its words, its id and its date.

    The merged story is published no longer; its keys, its places in newsletters and
    what its source shows from now on are the other's. Whoever was mailed one is not
    mailed the other. Raises UsageError for what cannot be merged.
    """

    def unit(tx: Tx) -> TwinReport:
        now = clock.now()
        old, heir = _pair(tx, article, into)
        new = replace(old, merged_into=heir.id, held="")
        stored = revisions.change(
            tx, new, articles.findings(tx, old.id), now=now, reason="merged"
        )
        told = aftermath.settle(tx, old, stored, now=now)
        _hand_over(tx, stored, heir, clock)
        _answer(tx, old.id, heir.id, "merge", clock)
        questions.withdraw(tx, questions.TWIN, articles=[old.id], now=now)
        acts.record(tx, old.id, f"merged into {heir.id}", by=by, reason=reason, now=now)
        first = f"Story {old.id} is part of story {heir.id} now."
        return TwinReport(old.id, heir.id, "merge", (first, *told))

    return store.write(unit)


def separate(
    store: Store,
    article: int,
    other: int,
    *,
    by: str,
    clock: Clock,
    reason: str = "two stories",
) -> TwinReport:
    """Say that two stories are two. It is remembered, and never asked again.

    The one that was held for this is published. Raises UsageError when nobody asked.
    """

    def unit(tx: Tx) -> TwinReport:
        now = clock.now()
        asked = _asked(tx, article, other)
        if asked is None or asked.article is None:
            raise UsageError(
                f"Nobody asked whether stories {article} and {other} are the same."
            )
        _answer(tx, article, other, "separate", clock)
        waiting = asked.article
        acts.record(
            tx, waiting, f"told apart from {asked.other}", by=by, reason=reason, now=now
        )
        told = _release(tx, waiting, clock)
        first = f"Stories {article} and {other} are two."
        return TwinReport(waiting, asked.other or other, "separate", (first, *told))

    return store.write(unit)


def _pair(tx: Tx, article: int, into: int) -> tuple[Article, Article]:
    old, heir = articles.by_id(tx, article), articles.by_id(tx, into)
    for number, one in ((article, old), (into, heir)):
        if one is None:
            raise UsageError(f"There is no story {number}.")
        if one.merged_into is not None:
            raise UsageError(
                f"Story {number} is part of story {one.merged_into} already."
            )
    if old is None or heir is None or old.id == heir.id:
        raise UsageError("A story cannot be merged into itself.")
    return old, heir


def _hand_over(tx: Tx, merged: Article, heir: Article, clock: Clock) -> None:
    """Give the heir what the merged story had: where it is found, and its places."""
    now = clock.now()
    for place in items.locators(tx, merged.source, merged.id):
        url = merged.content.url
        also_in.put(tx, heir.id, merged.source, place, url, now=now)
    for known in also_in.of(tx, merged.id):
        also_in.put(tx, heir.id, known.source, known.locator, known.url, now=now)
    articles.point_to(tx, merged.id, heir.id)
    entries.inherit(tx, heir.id, merged.id)


def _release(tx: Tx, id: int, clock: Clock) -> tuple[str, ...]:  # noqa: A002
    """Publish what was held for nothing but this question, and others unanswered."""
    old = articles.by_id(tx, id)
    if (
        old is None
        or old.held != Hold.TWIN
        or questions.waiting(tx, questions.TWIN, id)
    ):
        return ()
    now = clock.now()
    stored = revisions.change(
        tx,
        replace(old, held=""),
        articles.findings(tx, id),
        now=now,
        reason="told apart",
    )
    return (f"Story {id} is published.", *aftermath.settle(tx, old, stored, now=now))


def _asked(tx: Tx, one: int, two: int) -> Question | None:
    """Return the question about two stories, the newest first."""
    wanted = {one, two}
    found = [
        q
        for q in questions.of(tx, one)
        if q.kind == questions.TWIN and {q.article, q.other} == wanted
    ]
    return found[-1] if found else None


def _answer(tx: Tx, one: int, two: int, given: str, clock: Clock) -> None:
    asked = _asked(tx, one, two)
    if asked is not None:
        questions.answer(tx, asked.id, given, now=clock.now())
