"""What becomes of stories that are gone from their source: `on_missing` says it.

A story whose file only has another name now, or that another source still has, is not
gone. When more than half of what a source showed goes at one visit, and at least
five, nobody is taken at their word: nothing is withdrawn, and one question is asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.actions.collection import editing
from dispatch.actions.collection.editing import COLLECTING, Hand
from dispatch.collect.decide import GONE
from dispatch.model import Article, SourceSettings
from dispatch.store import Tx, also_in, articles, items, questions
from dispatch.store.items import Item

FEWEST = 5


@dataclass(frozen=True, slots=True)
class Absence:
    """A source, the names it was known to show, and what it shows now.

    `present` is None where a visit does not list everything; `gone` are the names
    that the source itself says are no more.
    """

    source: SourceSettings
    known: Mapping[str, Item]
    present: frozenset[str] | None
    gone: frozenset[str]

    def left(self) -> set[str]:
        """Return the names that went since the last visit."""
        here = {name for name, one in self.known.items() if one.missing_since is None}
        went = set() if self.present is None else here - self.present
        return went | (here & self.gone)


def note(tx: Tx, absence: Absence, *, now: datetime) -> int:
    """Mark what is gone and what is back; return how many stories went just now."""
    if absence.present is None and not absence.gone:
        return 0
    name = absence.source.name
    if absence.present is not None:
        _welcome(tx, absence, absence.present, now)
    left = absence.left()
    if not left:
        return 0
    items.miss(tx, name, left, now=now)
    lost, drafts = _lost(tx, absence, left)
    _follow(tx, absence, lost, now)
    return len(lost) + drafts


def withdraw(tx: Tx, question: int, hand: Hand) -> tuple[int, ...]:
    """Answer a question of this kind: what is gone is withdrawn. Returns the articles.

    Those that came back in the meantime stay.
    """
    asked = questions.by_id(tx, question)
    if asked is None or not questions.answer(tx, question, "withdraw", now=hand.now):
        return ()
    wanted = _absent(tx, asked.source) if asked.article is None else {asked.article}
    gone = sorted(wanted - items.homes(tx, wanted))
    for number in gone:
        _withdraw(tx, articles.by_id(tx, number), hand)
    return tuple(gone)


def keep(tx: Tx, question: int, hand: Hand) -> bool:
    """Answer a question of this kind: what is gone from its source stays published."""
    asked = questions.by_id(tx, question)
    if asked is None or not questions.answer(tx, question, "keep", now=hand.now):
        return False
    if asked.article is not None:
        editing.keep(tx, asked.article, hand)
    return True


def _welcome(tx: Tx, absence: Absence, present: frozenset[str], now: datetime) -> None:
    """Note the names that are back; what was withdrawn for that is published again."""
    back = [
        one
        for name, one in absence.known.items()
        if one.missing_since is not None and name in present
    ]
    if not back:
        return
    name = absence.source.name
    items.find_again(tx, name, [one.locator for one in back])
    # A name that came back with another story is that story's now.
    now_there = items.some(tx, name, [one.locator for one in back]).values()
    numbers = [one.article for one in now_there if one.article is not None]
    if numbers:
        questions.withdraw(tx, questions.MISSING, articles=numbers, now=now)
    for article in articles.by_ids(tx, numbers).values():
        if article.withdrawn_reason == GONE and "withdrawn" not in article.edited:
            reason = "its source has it again"
            editing.restore(tx, article.id, Hand(COLLECTING, reason, now))


def _lost(
    tx: Tx, absence: Absence, left: Collection[str]
) -> tuple[dict[int, str], int]:
    """Return the articles without a name, each with its last, and how many drafts."""
    named = {
        one.article: place for place in left if (one := absence.known[place]).article
    }
    numbers = [number for number in named if number is not None]
    here = items.homes(tx, numbers)
    drafts = sum(absence.known[place].article is None for place in left)
    return {n: named[n] for n in numbers if n not in here}, drafts


def _follow(tx: Tx, absence: Absence, lost: Mapping[int, str], now: datetime) -> None:
    """Do what `on_missing` says."""
    # Of a mailbox only what a sender takes back is gone: that is a person's word.
    mailed = absence.source.kind == "mailbox"
    policy = "withdraw" if mailed else absence.source.on_missing
    if policy == "keep" or not lost:
        return
    shown = [n for n in lost if not also_in.of(tx, n)]
    before = sum(one.missing_since is None for one in absence.known.values())
    if len(lost) >= FEWEST and 2 * len(lost) > before:
        questions.ask(
            tx,
            kind=questions.MISSING,
            source=absence.source.name,
            detail=f"{len(lost)} of {before} stories are gone from it at once.",
            now=now,
        )
        return
    found = articles.by_ids(tx, shown)
    for number, article in found.items():
        if policy == "ask":
            _ask(tx, absence.source.name, article, lost[number], now)
        else:
            _withdraw(tx, article, Hand(COLLECTING, GONE, now))


def _ask(tx: Tx, source: str, article: Article, place: str, now: datetime) -> None:
    if article.withdrawn_at is None:
        questions.ask(
            tx,
            kind=questions.MISSING,
            article=article.id,
            source=source,
            detail=f"“{article.content.headline}” ({place}) is gone from its source.",
            now=now,
        )


def _withdraw(tx: Tx, article: Article | None, hand: Hand) -> None:
    if article is not None and article.withdrawn_at is None:
        editing.withdraw(tx, article.id, hand)


def _absent(tx: Tx, source: str) -> set[int]:
    """Return the articles of a source that it shows no longer under any name."""
    known = items.known(tx, source).values()
    return {one.article for one in known if one.article and one.missing_since}
