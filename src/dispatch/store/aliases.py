"""Every key that articles were ever seen under. A key belongs to one article."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, text, tuple_

from dispatch.model import Alias
from dispatch.store.schema import alias, article
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

ADD = """
INSERT INTO alias (kind, scope, value, article, seen_at)
VALUES (:kind, :scope, :value, :article, :seen_at)
ON CONFLICT (kind, scope, value) DO """
KEEP = text(ADD + "NOTHING")
MOVE = text(ADD + "UPDATE SET article = excluded.article, seen_at = excluded.seen_at")


def owners(tx: Tx, wanted: Iterable[Alias]) -> dict[Alias, int]:
    """Return the article each key belongs to; a merged article's heir instead."""
    keys = [(one.kind, one.scope, one.value) for one in wanted]
    if not keys:
        return {}
    columns = (alias.c.kind, alias.c.scope, alias.c.value)
    rows = tx.execute(
        select(*columns, alias.c.article, article.c.merged_into)
        .join(article, article.c.id == alias.c.article)
        .where(tuple_(*columns).in_(keys))
    )
    return {
        Alias(row.kind, row.value, row.scope): row.merged_into or row.article
        for row in rows
    }


def of(tx: Tx, article: int) -> frozenset[Alias]:
    """Return every key of one article."""
    rows = tx.execute(
        select(alias.c.kind, alias.c.value, alias.c.scope).where(
            alias.c.article == article
        )
    )
    return frozenset(Alias(row.kind, row.value, row.scope) for row in rows)


def add(
    tx: Tx,
    article: int,
    keys: Iterable[Alias],
    *,
    now: datetime,
    taking: frozenset[str] = frozenset(),
) -> None:
    """Give an article its keys. One that another has stays there.

    Keys of the kinds in `taking` move here from whoever had them.
    """
    for one in keys:
        tx.execute(
            MOVE if one.kind in taking else KEEP,
            {
                "kind": one.kind,
                "scope": one.scope,
                "value": one.value,
                "article": article,
                "seen_at": to_micros(now),
            },
        )
