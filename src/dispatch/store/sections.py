"""The sections that stored articles have: what readers may choose from."""

from sqlalchemy import select

from dispatch.store.schema import article
from dispatch.store.transaction import Tx

MOST = 200


def known(tx: Tx) -> tuple[str, ...]:
    """Return the sections of all articles, by name; at most 200."""
    rows = tx.execute(
        select(article.c.section)
        .where(article.c.section != "")
        .distinct()
        .order_by(article.c.section)
        .limit(MOST)
    )
    return tuple(row.section for row in rows)
