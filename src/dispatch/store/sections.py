"""What readers may choose from: sections and languages that stored articles have."""

from sqlalchemy import select

from dispatch.store.schema import article
from dispatch.store.transaction import Tx
from dispatch.text import languages

MOST = 200
RECENT = 1000  # articles


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


def tongues(tx: Tx, site: str) -> tuple[str, ...]:
    """Return the languages of the newest 1,000 articles, as base tags.

    One that names none is in `site`'s.
    """
    newest = (
        select(article.c.language)
        .order_by(article.c.published_at.desc())
        .limit(RECENT)
        .subquery()
    )
    rows = tx.execute(select(newest.c.language).distinct())
    found = {languages.base(row.language or site) for row in rows}
    return tuple(sorted(found - {""}))
