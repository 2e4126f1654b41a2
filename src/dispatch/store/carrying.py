"""Which issues carry an article, and giving them another revision.

When an article may be shown no longer, or may be shown again, an issue that has not
left is composed anew. Content is frozen under the newsletter's lock, and so is what
happens here: no issue is made of a story in the very moment that it goes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Row, func, select, update

from dispatch.errors import UsageError
from dispatch.model import IssueState
from dispatch.store import articles, newsletters
from dispatch.store.schema import article, entry, issue, variant
from dispatch.store.transaction import Tx

BATCH = 500  # parameters of one IN (…)


@dataclass(frozen=True, slots=True)
class Carrier:
    """An issue that covers an article's place, and what its content is like.

    `shows` and `overflows` speak of its newest content; `bodies` are the messages of
    any revision that show the article.
    """

    id: str
    newsletter: str
    state: IssueState
    composed: bool = False
    shows: bool = False
    overflows: bool = False
    bodies: frozenset[str] = frozenset()


def of(tx: Tx, one: int) -> tuple[Carrier, ...]:
    """Return the issues that cover an article's places, oldest first.

    Locks their newsletters until the end of the transaction.
    """
    places = select(entry.c.newsletter).where(entry.c.article == one)
    for newsletter in sorted(tx.execute(places).scalars()):
        newsletters.lock(tx, newsletter)
    return seen(tx, one)


def seen(tx: Tx, one: int) -> tuple[Carrier, ...]:
    """Return the issues that cover an article's places, only to be looked at."""
    covers = (
        (issue.c.newsletter == entry.c.newsletter)
        & (issue.c.reaches_to < entry.c.position)
        & (issue.c.to_position >= entry.c.position)
    )
    rows = tx.execute(
        select(issue.c.id, issue.c.newsletter, issue.c.state)
        .join(entry, covers)
        .where(entry.c.article == one)
        .order_by(issue.c.slot, issue.c.id)
    ).all()
    return tuple(_carrier(tx, row, one) for row in rows)


def revise(
    tx: Tx,
    one: str,
    to: IssueState,
    *,
    reason: str,
    now: datetime,
    among: Collection[IssueState] = frozenset(IssueState),
) -> None:
    """Give an issue its next revision, whose content is yet to be made.

    Raises UsageError when its state is not, or no longer, `among` these.
    """
    changed = tx.execute(
        update(issue)
        .where(issue.c.id == one, issue.c.state.in_(among))
        .values(
            state=to,
            revision=issue.c.revision + 1,
            changed_at=now,
            held_reason=reason,
        )
    )
    if not changed.rowcount:
        raise UsageError(f"{one} was changed meanwhile; look at it again.")


def hidden(tx: Tx, ids: Iterable[int], *, by: datetime) -> frozenset[int]:
    """Return those of `ids` that readers may not see at the moment `by`."""
    wanted = sorted(set(ids))
    seen: set[int] = set()
    for start in range(0, len(wanted), BATCH):
        batch = article.c.id.in_(wanted[start : start + BATCH])
        query = select(article.c.id).where(batch, articles.visible(by))
        seen.update(tx.execute(query).scalars())
    return frozenset(wanted) - seen


def shown(tx: Tx, ids: Iterable[str]) -> dict[str, frozenset[int]]:
    """Return which articles the mails of each issue show, in any revision."""
    found: dict[str, frozenset[int]] = dict.fromkeys(ids, frozenset())
    query = select(variant.c.issue, variant.c.articles)
    for row in tx.execute(query.where(variant.c.issue.in_(sorted(found)))):
        found[row.issue] |= frozenset(row.articles)
    return found


def broken(tx: Tx, ids: Iterable[str], *, by: datetime) -> frozenset[str]:
    """Return those of these issues that lost a story: withdrawn, held, under embargo.

    A story that became part of another can still be read there.
    """
    stories = shown(tx, ids)
    unseen = hidden(tx, chain.from_iterable(stories.values()), by=by)
    merged = {
        one.id
        for one in articles.by_ids(tx, unseen).values()
        if one.merged_into is not None
    }
    lost = unseen - merged
    return frozenset(id_ for id_, each in stories.items() if each & lost)


def place_anew(tx: Tx, newsletter: str, one: int, *, now: datetime) -> None:
    """Move an article's place behind all others: the next issue covers it."""
    last = select(func.max(entry.c.position)).where(entry.c.newsletter == newsletter)
    newest = tx.execute(last).scalar() or 0
    tx.execute(
        update(entry)
        .where(entry.c.newsletter == newsletter, entry.c.article == one)
        .values(position=newest + 1, passed_over=0, eligible_at=now)
    )


def _carrier(tx: Tx, row: Row[Any], one: int) -> Carrier:
    made = tx.execute(
        select(
            variant.c.revision, variant.c.articles, variant.c.more, variant.c.body
        ).where(variant.c.issue == row.id)
    ).all()
    newest = max((each.revision for each in made), default=0)
    last = [each for each in made if each.revision == newest]
    return Carrier(
        id=row.id,
        newsletter=row.newsletter,
        state=IssueState(row.state),
        composed=bool(made),
        shows=any(one in each.articles for each in last),
        overflows=any(each.more for each in last),
        bodies=frozenset(each.body for each in made if one in each.articles),
    )
