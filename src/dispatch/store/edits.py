"""What editors did to issues: append only, and before there is an issue at all.

An edit of the next issue waits under its newsletter. Opening an issue adopts what
waits, in the same transaction; a slot that is skipped spends the wish to skip it.
Call under `newsletters.lock`, so that two editors' edits have an order.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from dispatch.model import Edit, EditKind
from dispatch.store.schema import edit, entry
from dispatch.store.transaction import Tx

WAITING = edit.c.issue.is_(None) & edit.c.slot.is_(None)


def record(tx: Tx, one: Edit) -> None:
    """Write one edit down."""
    values = {
        "newsletter": one.newsletter,
        "issue": one.issue or None,
        "kind": one.kind.value,
        "articles": list(one.articles),
        "words": one.words,
        "who": one.by,
        "at": one.at,
        "revision": one.revision,
    }
    tx.execute(insert(edit).values(values))


def of_issue(tx: Tx, issue: str) -> tuple[Edit, ...]:
    """Return what editors did to an issue, oldest first."""
    return _edits(tx, select(edit).where(edit.c.issue == issue))


def waiting(tx: Tx, newsletter: str) -> tuple[Edit, ...]:
    """Return the edits that wait for a newsletter's next issue, oldest first."""
    return _edits(tx, select(edit).where(edit.c.newsletter == newsletter, WAITING))


def adopt(tx: Tx, newsletter: str, issue: str) -> None:
    """Give an issue that has just been opened the edits that waited for it.

    A wish to skip is about a slot: it goes on waiting for one.
    """
    mine = (edit.c.newsletter == newsletter) & (edit.c.kind != EditKind.SKIP)
    tx.execute(update(edit).where(mine, WAITING).values(issue=issue))


def spend_skip(tx: Tx, newsletter: str, slot: datetime) -> None:
    """Note that a slot was skipped: the next one is not, unless asked again."""
    mine = (edit.c.newsletter == newsletter) & (edit.c.kind == EditKind.SKIP)
    tx.execute(update(edit).where(mine, WAITING).values(slot=slot))


def drop_for_good(
    tx: Tx, newsletter: str, articles: frozenset[int], *, now: datetime
) -> None:
    """Keep these articles' places in a newsletter out of every issue."""
    if not articles:
        return
    place = (entry.c.newsletter == newsletter) & entry.c.article.in_(sorted(articles))
    open_ = entry.c.dropped_at.is_(None)
    tx.execute(update(entry).where(place, open_).values(dropped_at=now))


def take_back(tx: Tx, newsletter: str, articles: frozenset[int]) -> None:
    """Let places that were dropped for good be shown again."""
    if not articles:
        return
    place = (entry.c.newsletter == newsletter) & entry.c.article.in_(sorted(articles))
    tx.execute(update(entry).where(place).values(dropped_at=None))


def _edits(tx: Tx, query: Select[Any]) -> tuple[Edit, ...]:
    return tuple(map(_edit, tx.execute(query.order_by(edit.c.id))))


def _edit(row: Row[Any]) -> Edit:
    return Edit(
        newsletter=row.newsletter,
        kind=EditKind(row.kind),
        by=row.who,
        at=row.at,
        articles=tuple(row.articles),
        words=row.words,
        issue=row.issue or "",
        revision=row.revision,
    )
