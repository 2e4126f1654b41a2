"""Corrections to stories that were mailed, and the issues that told of them.

Each is told once in every newsletter that had mailed the story: an issue takes what
no other issue of its newsletter carries, and keeps it when it is composed anew.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select, text

from dispatch.model import (
    Correction,
    CorrectionKind,
    Issue,
    IssueState,
    MailingKind,
)
from dispatch.store import carrying, schema
from dispatch.store.transaction import Tx

CORRECTION, CARRIED = schema.correction, schema.correction_carried
ISSUE, ENTRY = schema.issue, schema.entry
MOST = 20  # rows that one issue takes; the rest waits for the next
KEPT = timedelta(days=92)  # even a monthly newsletter has had its chance by then

CARRY = text("""
INSERT INTO correction_carried (newsletter, article, revision, issue)
VALUES (:newsletter, :article, :revision, :issue)
ON CONFLICT (newsletter, article, revision) DO UPDATE SET issue = excluded.issue
""")


def note(tx: Tx, found: Correction) -> None:
    """Write a correction down, to be offered to the next issues."""
    values = {
        "article": found.article,
        "revision": found.revision,
        "kind": found.kind.value,
        "was": found.was,
        "note": found.note,
        "noted_at": found.noted_at,
    }
    tx.execute(insert(CORRECTION).values(values))


def of(tx: Tx, article: int) -> tuple[Correction, ...]:
    """Return the corrections of an article, oldest first."""
    query = select(CORRECTION).where(CORRECTION.c.article == article)
    return _corrections(tx, query)


def carriers(tx: Tx, article: int) -> tuple[tuple[int, str], ...]:
    """Return which issues told of an article's corrections: (revision, issue)."""
    rows = tx.execute(
        select(CARRIED.c.revision, CARRIED.c.issue)
        .where(CARRIED.c.article == article)
        .order_by(CARRIED.c.revision, CARRIED.c.issue)
    )
    return tuple((row.revision, row.issue) for row in rows)


def of_issue(tx: Tx, issue: str) -> tuple[Correction, ...]:
    """Return the corrections that an issue carries."""
    query = select(CORRECTION).join(
        CARRIED,
        (CARRIED.c.article == CORRECTION.c.article)
        & (CARRIED.c.revision == CORRECTION.c.revision),
    )
    return _corrections(tx, query.where(CARRIED.c.issue == issue))


def missed(tx: Tx, issue: Issue, start: int) -> tuple[Correction, ...]:
    """Return what issues told that a reader, who had all up to `start`, did not get.

    Only of stories that they had: others come to them as they are now.
    """
    query = (
        select(CORRECTION)
        .join(
            CARRIED,
            (CARRIED.c.article == CORRECTION.c.article)
            & (CARRIED.c.revision == CORRECTION.c.revision),
        )
        .join(ISSUE, ISSUE.c.id == CARRIED.c.issue)
        .join(
            ENTRY,
            (ENTRY.c.newsletter == CARRIED.c.newsletter)
            & (ENTRY.c.article == CARRIED.c.article),
        )
        .where(
            CARRIED.c.newsletter == issue.newsletter,
            ISSUE.c.to_position > start,
            ISSUE.c.slot < issue.slot,
            ENTRY.c.position <= start,
        )
    )
    return _corrections(tx, query)


def waiting(tx: Tx, newsletter: str, *, now: datetime) -> tuple[Correction, ...]:
    """Return what the next issue of a newsletter is to tell its readers.

    Of stories that an issue of it had frozen before they changed, and that no other
    issue has told. An issue that never left has told nothing.
    """
    told = (
        select(CARRIED.c.issue)
        .join(ISSUE, ISSUE.c.id == CARRIED.c.issue)
        .where(
            CARRIED.c.newsletter == newsletter,
            CARRIED.c.article == CORRECTION.c.article,
            CARRIED.c.revision == CORRECTION.c.revision,
            or_(
                ISSUE.c.planned.is_not(None),
                ISSUE.c.state.not_in([IssueState.CANCELLED, IssueState.EXPIRED]),
            ),
        )
    )
    query = (
        select(CORRECTION, ISSUE.c.id.label("mailed"))
        .join(ENTRY, ENTRY.c.article == CORRECTION.c.article)
        .join(
            ISSUE,
            (ISSUE.c.newsletter == ENTRY.c.newsletter)
            & (ISSUE.c.reaches_to < ENTRY.c.position)
            & (ISSUE.c.to_position >= ENTRY.c.position),
        )
        .where(
            ENTRY.c.newsletter == newsletter,
            CORRECTION.c.noted_at > now - KEPT,
            CORRECTION.c.noted_at
            > func.coalesce(ISSUE.c.frozen_at, ISSUE.c.created_at),
            ISSUE.c.planned > 0,
            ~told.exists(),
        )
        .order_by(CORRECTION.c.noted_at, CORRECTION.c.article, CORRECTION.c.revision)
    )
    rows = tx.execute(query).all()
    shown = carrying.shown(tx, {row.mailed for row in rows})
    found = [_correction(row) for row in rows if row.article in shown[row.mailed]]
    return tuple(dict.fromkeys(found))[:MOST]


def since_mailed(tx: Tx, issue: str) -> tuple[Correction, ...]:
    """Return the corrections to stories of an issue that came after it was planned."""
    planned = select(func.min(schema.mailing.c.created_at)).where(
        schema.mailing.c.issue == issue,
        schema.mailing.c.kind == MailingKind.ISSUE.value,
    )
    stories = sorted(carrying.shown(tx, [issue])[issue])
    return _corrections(
        tx,
        select(CORRECTION).where(
            CORRECTION.c.article.in_(stories),
            CORRECTION.c.noted_at > planned.scalar_subquery(),
        ),
    )


def carry(tx: Tx, newsletter: str, issue: str, found: Iterable[Correction]) -> None:
    """Note that `issue` tells its newsletter's readers of these corrections."""
    rows = [
        {
            "newsletter": newsletter,
            "article": one.article,
            "revision": one.revision,
            "issue": issue,
        }
        for one in found
    ]
    if rows:
        tx.execute(CARRY, rows)


def _corrections(tx: Tx, query: Select[Any]) -> tuple[Correction, ...]:
    in_order = query.order_by(CORRECTION.c.article, CORRECTION.c.revision)
    return tuple(map(_correction, tx.execute(in_order)))


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        article=row.article,
        revision=row.revision,
        kind=CorrectionKind(row.kind),
        noted_at=row.noted_at,
        was=row.was,
        note=row.note,
    )
