"""What has changed in the newsroom of late: the articles, and what they belong to.

Publishing asks, so that an article makes only its own feeds anew.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, and_, select, union

from dispatch.store.schema import article, label, revision
from dispatch.store.transaction import Tx

SECTION = "section"


@dataclass(frozen=True, slots=True)
class Stirred:
    """Articles that were written, changed or came due, and the labels they have now.

    A label that an article has lost is not among them: who showed the article under
    it knows the article.
    """

    articles: frozenset[int]
    labels: frozenset[tuple[str, str]]  # kind ("section", "tag", "author") and key


def since(tx: Tx, moment: datetime, *, now: datetime) -> Stirred:
    """Return what was written from `moment` on, and what time alone has released."""
    chosen = _chosen(moment, now).subquery()
    ids = select(chosen.c.id)
    sections = tx.execute(
        select(article.c.id, article.c.section).where(article.c.id.in_(ids))
    ).all()
    labels = tx.execute(
        select(label.c.kind, label.c.key).where(label.c.article.in_(ids)).distinct()
    )
    return Stirred(
        frozenset(row.id for row in sections),
        frozenset((row.kind, row.key) for row in labels)
        | frozenset((SECTION, row.section) for row in sections if row.section),
    )


def _chosen(moment: datetime, now: datetime) -> CompoundSelect[tuple[int]]:
    return union(
        select(revision.c.article.label("id")).where(revision.c.seen_at >= moment),
        *(
            select(article.c.id).where(and_(due >= moment, due <= now))
            for due in (article.c.published_at, article.c.embargo_until)
        ),
    )
