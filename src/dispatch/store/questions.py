"""What waits for an editor. A question is asked once; its answer is kept for ever.

Kinds: `twin` (an article and the `other` one it may be), `missing` (an article that
is gone from its source, or many at once), `storm` (a source that is held).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update

from dispatch.store.schema import question
from dispatch.store.transaction import Tx

TWIN, MISSING, STORM = "twin", "missing", "storm"  # kinds
WITHDRAWN = "no longer in question"


@dataclass(frozen=True, slots=True)
class Question:
    """Something a person must decide. `answer` is empty as long as it stands."""

    id: int
    kind: str
    article: int | None
    other: int | None
    source: str
    detail: str
    asked_at: datetime
    answer: str = ""
    answered_at: datetime | None = None


def ask(
    tx: Tx,
    *,
    kind: str,
    article: int | None = None,
    source: str = "",
    detail: str = "",
    other: int | None = None,
    now: datetime,
) -> int:
    """Ask, and return the question's number.

    The same question that stands already is not asked twice; its detail is renewed.
    """
    same = _about(kind, article, other, source)
    standing_id = tx.execute(
        select(question.c.id).where(*same, question.c.answer == "").limit(1)
    ).scalar_one_or_none()
    if standing_id is not None:
        tx.execute(
            update(question).where(question.c.id == standing_id).values(detail=detail)
        )
        return int(standing_id)
    values = {
        "kind": kind,
        "article": article,
        "other": other,
        "source": source,
        "detail": detail,
        "asked_at": now,
    }
    return int(
        tx.execute(
            insert(question).values(values).returning(question.c.id)
        ).scalar_one()
    )


def by_id(tx: Tx, id: int) -> Question | None:  # noqa: A002
    """Return one question, answered or not, or None."""
    row = tx.execute(select(question).where(question.c.id == id)).one_or_none()
    return None if row is None else _question(row)


def standing(tx: Tx, kind: str = "") -> tuple[Question, ...]:
    """Return what waits for an answer, of one kind or of all, oldest first."""
    query = select(question).where(question.c.answer == "").order_by(question.c.id)
    if kind:
        query = query.where(question.c.kind == kind)
    return tuple(_question(row) for row in tx.execute(query))


def of(tx: Tx, article: int) -> tuple[Question, ...]:
    """Return every question about an article, answered or not, oldest first."""
    query = (
        select(question)
        .where((question.c.article == article) | (question.c.other == article))
        .order_by(question.c.id)
    )
    return tuple(_question(row) for row in tx.execute(query))


def waiting(tx: Tx, kind: str, article: int) -> tuple[Question, ...]:
    """Return the questions of one kind that stand about an article, oldest first.

    Those that ask about another article, which may be this one, are not among them.
    """
    query = (
        select(question)
        .where(
            question.c.article == article,
            question.c.kind == kind,
            question.c.answer == "",
        )
        .order_by(question.c.id)
    )
    return tuple(_question(row) for row in tx.execute(query))


def answer(tx: Tx, id: int, given: str, *, now: datetime) -> bool:  # noqa: A002
    """Note an answer. False when there is no such question that stands."""
    done = tx.execute(
        update(question)
        .where(question.c.id == id, question.c.answer == "")
        .values(answer=given, answered_at=now)
    )
    return done.rowcount == 1


def withdraw(
    tx: Tx, kind: str, *, articles: Iterable[int] = (), source: str = "", now: datetime
) -> None:
    """Take back questions of one kind that nobody need answer any more.

    Those about the given articles; without any, those about the whole source.
    """
    wanted = sorted(set(articles))
    about = (
        question.c.article.in_(wanted)
        if wanted
        else (question.c.source == source) & question.c.article.is_(None)
    )
    tx.execute(
        update(question)
        .where(question.c.kind == kind, question.c.answer == "", about)
        .values(answer=WITHDRAWN, answered_at=now)
    )


def _about(
    kind: str, article: int | None, other: int | None, source: str
) -> tuple[ColumnElement[bool], ...]:
    return (
        question.c.kind == kind,
        question.c.source == source,
        question.c.article.is_(article)
        if article is None
        else question.c.article == article,
        question.c.other.is_(other) if other is None else question.c.other == other,
    )


def _question(row: Row[Any]) -> Question:
    return Question(
        id=row.id,
        kind=row.kind,
        article=row.article,
        other=row.other,
        source=row.source,
        detail=row.detail,
        asked_at=row.asked_at,
        answer=row.answer,
        answered_at=row.answered_at,
    )
