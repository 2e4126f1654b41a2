"""Sources that a storm holds: since when, why, and the question that it makes."""

from datetime import datetime

from sqlalchemy import update

from dispatch.store import questions
from dispatch.store.schema import source
from dispatch.store.transaction import Tx


def hold(tx: Tx, name: str, why: str, *, now: datetime) -> None:
    """Hold a source, and ask what to do with its new stories."""
    tx.execute(
        update(source).where(source.c.name == name).values(held_at=now, held_why=why)
    )
    questions.ask(tx, kind=questions.STORM, source=name, detail=why, now=now)


def let_go(tx: Tx, name: str, answer: str, *, now: datetime) -> None:
    """Hold a source no longer; `answer` is what was decided."""
    tx.execute(
        update(source).where(source.c.name == name).values(held_at=None, held_why="")
    )
    for one in questions.standing(tx, questions.STORM):
        if one.source == name:
            questions.answer(tx, one.id, answer, now=now)
