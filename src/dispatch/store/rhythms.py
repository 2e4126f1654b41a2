"""When a source's stories were published: the raw material of its rhythm."""

from datetime import datetime

from sqlalchemy import func, select

from dispatch.store.schema import article, item
from dispatch.store.transaction import Tx


def moments(tx: Tx, source: str, *, since: datetime) -> tuple[datetime, ...]:
    """Return when the stories that a source shows were published, since then.

    Stories that another source brought first count too: this one publishes them.
    """
    stories = select(item.c.article).where(
        item.c.source == source, item.c.article.is_not(None)
    )
    query = select(article.c.published_at).where(
        article.c.published_at > since, article.c.id.in_(stories)
    )
    return tuple(tx.execute(query).scalars())


def shown(tx: Tx, sources: frozenset[str]) -> dict[str, int]:
    """Return how many names each of these sources shows, as far as is known."""
    query = (
        select(item.c.source, func.count().label("number"))
        .where(item.c.source.in_(sources), item.c.missing_since.is_(None))
        .group_by(item.c.source)
    )
    return {row.source: int(row.number) for row in tx.execute(query)}
