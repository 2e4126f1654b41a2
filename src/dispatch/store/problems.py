"""Bad input that was set aside: each fault is named once, until it is mended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text

from dispatch.model import Problem
from dispatch.store.schema import problem
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

PUT = text(
    "INSERT INTO problem (source, place, what, first_at, last_at)"
    " VALUES (:source, :place, :what, :now, :now)"
    " ON CONFLICT (source, place) DO UPDATE SET last_at = excluded.last_at,"
    " what = excluded.what,"
    " first_at = CASE WHEN problem.what = excluded.what"
    " THEN problem.first_at ELSE excluded.first_at END"
)


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A fault of one source that still stands: where, what, since when."""

    source: str
    where: str
    what: str
    first_at: datetime
    last_at: datetime


def standing(tx: Tx, source: str | None = None) -> tuple[SourceProblem, ...]:
    """Return what is wrong now, in one source or in all."""
    query = select(problem).order_by(problem.c.source, problem.c.place)
    if source is not None:
        query = query.where(problem.c.source == source)
    return tuple(
        SourceProblem(row.source, row.place, row.what, row.first_at, row.last_at)
        for row in tx.execute(query)
    )


def settle(
    tx: Tx,
    source: str,
    found: Iterable[Problem],
    *,
    now: datetime,
    gone: Iterable[str] = (),
) -> tuple[Problem, ...]:
    """Note what is wrong; return what was not known before: only that is news.

    Places in `gone` are good again or exist no longer.
    """
    before = {(one.where, one.what) for one in standing(tx, source)}
    # One row per place: several faults of one place are told together.
    told: dict[str, str] = {}
    for one in found:
        if one.what not in told.get(one.where, ""):
            told[one.where] = _together(told.get(one.where, ""), one.what)
    for place in set(gone) - told.keys():
        tx.execute(
            delete(problem).where(problem.c.source == source, problem.c.place == place)
        )
    for place, what in told.items():
        tx.execute(
            PUT, {"source": source, "place": place, "what": what, "now": to_micros(now)}
        )
    return tuple(
        Problem(place, what)
        for place, what in told.items()
        if (place, what) not in before
    )


def _together(before: str, what: str) -> str:
    """Join what is wrong with one place: whole sentences, or phrases by a semicolon."""
    if not before:
        return what
    return f"{before} {what}" if before.endswith((".", "!")) else f"{before}; {what}"
