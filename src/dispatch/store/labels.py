"""What an article is selected by besides its columns: its tags and its authors.

Written by `store.revisions` with every revision, read by `store.articles`.
"""

from sqlalchemy import delete, insert

from dispatch.model import Article
from dispatch.model.content import label_key
from dispatch.store.schema import label
from dispatch.store.transaction import Tx

TAG = "tag"
AUTHOR = "author"

ADD = insert(label)


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


def _of(one: Article) -> list[tuple[str, str]]:
    both = ((TAG, one.content.tags), (AUTHOR, one.content.bylines))
    found = ((kind, label_key(name)) for kind, names in both for name in names)
    return list(dict.fromkeys(pair for pair in found if pair[1]))
