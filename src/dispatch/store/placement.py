"""Where an article went: its entries, and the issues that carry them."""

from dataclasses import dataclass

from sqlalchemy import and_, select

from dispatch.model import IssueState
from dispatch.store.schema import entry, issue
from dispatch.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Placement:
    """An article's place in a newsletter; `issue` is empty until one is made.

    `dropped` says that editors keep it out: of this issue, or for good.
    """

    newsletter: str
    position: int
    issue: str = ""
    state: IssueState | None = None
    dropped: bool = False


def of_article(tx: Tx, article: int) -> tuple[Placement, ...]:
    """Return every place an article has, with each issue that covers it."""
    covers = and_(
        issue.c.newsletter == entry.c.newsletter,
        issue.c.from_position < entry.c.position,
        issue.c.to_position >= entry.c.position,
    )
    rows = tx.execute(
        select(
            entry.c.newsletter,
            entry.c.position,
            entry.c.dropped_at,
            issue.c.id,
            issue.c.state,
        )
        .select_from(entry.outerjoin(issue, covers))
        .where(entry.c.article == article)
        .order_by(entry.c.newsletter, issue.c.slot)
    )
    return tuple(
        Placement(
            row.newsletter,
            row.position,
            row.id or "",
            IssueState(row.state) if row.state else None,
            row.dropped_at is not None,
        )
        for row in rows
    )
