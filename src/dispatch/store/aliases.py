"""Every key that articles were ever seen under. A key belongs to one article."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, text, tuple_

from dispatch.model import Alias
from dispatch.store.schema import alias, article
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

BATCH = 400  # values of one IN (…)
ADD = """
INSERT INTO alias (kind, scope, value, article, seen_at)
VALUES (:kind, :scope, :value, :article, :seen_at)
ON CONFLICT (kind, scope, value) DO """
KEEP = text(ADD + "NOTHING")
MOVE = text(ADD + "UPDATE SET article = excluded.article, seen_at = excluded.seen_at")


def owners(tx: Tx, wanted: Iterable[Alias]) -> dict[Alias, int]:
    """Return the article each key belongs to; a merged article's heir instead."""
    keys = sorted({(one.kind, one.scope, one.value) for one in wanted})
    columns = (alias.c.kind, alias.c.scope, alias.c.value)
    found: dict[Alias, int] = {}
    for start in range(0, len(keys), BATCH):
        rows = tx.execute(
            select(*columns, alias.c.article, article.c.merged_into)
            .join(article, article.c.id == alias.c.article)
            .where(tuple_(*columns).in_(keys[start : start + BATCH]))
        )
        found.update(
            (Alias(row.kind, row.value, row.scope), row.merged_into or row.article)
            for row in rows
        )
    return found


def of_each(tx: Tx, articles: Iterable[int]) -> dict[int, frozenset[Alias]]:
    """Return every key of each of these articles."""
    wanted = sorted(set(articles))
    found: dict[int, set[Alias]] = {one: set() for one in wanted}
    for start in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(alias.c.article, alias.c.kind, alias.c.value, alias.c.scope).where(
                alias.c.article.in_(wanted[start : start + BATCH])
            )
        )
        for row in rows:
            found[row.article].add(Alias(row.kind, row.value, row.scope))
    return {one: frozenset(keys) for one, keys in found.items()}


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
    keys: Collection[Alias],
    *,
    now: datetime,
    taking: frozenset[str] = frozenset(),
) -> None:
    """Give an article its keys. One that another has stays there.

    Keys of the kinds in `taking` move here from whoever had them.
    """
    for statement, mine in (
        (MOVE, [one for one in keys if one.kind in taking]),
        (KEEP, [one for one in keys if one.kind not in taking]),
    ):
        rows = [
            {
                "kind": one.kind,
                "scope": one.scope,
                "value": one.value,
                "article": article,
                "seen_at": to_micros(now),
            }
            for one in mine
        ]
        if rows:
            tx.execute(statement, rows)
