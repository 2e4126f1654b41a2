"""What an article is selected by besides its columns: its tags and its authors.

Written by `store.revisions` with every revision, read by `store.articles`.
"""

from sqlalchemy import delete, insert, text

from dispatch.model import Article
from dispatch.model.content import label_key
from dispatch.store.schema import label
from dispatch.store.transaction import Tx

TAG = "tag"
AUTHOR = "author"

ADD = insert(label)

# From key to key along the index: an archive has many labels, but few different ones.
KEYS = text("""
WITH RECURSIVE known (key) AS (
    SELECT min(key) FROM label WHERE kind = :kind
    UNION ALL
    SELECT (SELECT min(label.key) FROM label
            WHERE label.kind = :kind AND label.key > known.key)
    FROM known WHERE known.key IS NOT NULL
)
SELECT key FROM known WHERE key IS NOT NULL LIMIT :most
""")


def add(tx: Tx, one: Article) -> None:
    """Write the labels of an article that has none yet."""
    rows = [
        {
            "article": one.id,
            "kind": kind,
            "key": key,
            "published_at": one.published_at,
        }
        for kind, key in _of(one)
    ]
    if rows:
        tx.execute(ADD, rows)


def replace(tx: Tx, one: Article) -> None:
    """Write the labels anew that the article has now."""
    tx.execute(delete(label).where(label.c.article == one.id))
    add(tx, one)


def keys(tx: Tx, kind: str, most: int) -> tuple[str, ...]:
    """Return the first `most` tags or authors that stored articles have, by key."""
    return tuple(row.key for row in tx.execute(KEYS, {"kind": kind, "most": most}))


def _of(one: Article) -> list[tuple[str, str]]:
    both = ((TAG, one.content.tags), (AUTHOR, one.content.bylines))
    found = ((kind, label_key(name)) for kind, names in both for name in names)
    return list(dict.fromkeys(pair for pair in found if pair[1]))
