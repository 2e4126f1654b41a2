"""What stories share with each other: some of their sentences, as numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, select

from dispatch.store.schema import article, trace
from dispatch.store.transaction import Tx

BATCH = 500


def put(tx: Tx, id: int, values: Iterable[int]) -> None:  # noqa: A002
    """Note the traces of an article, instead of those it had."""
    tx.execute(delete(trace).where(trace.c.article == id))
    add(tx, id, values)


def add(tx: Tx, id: int, values: Iterable[int]) -> None:  # noqa: A002
    """Note the traces of an article that has none."""
    rows = [{"value": value, "article": id} for value in sorted(set(values))]
    if rows:
        tx.execute(insert(trace), rows)


def leads(tx: Tx, values: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return the articles that have each of these traces; an heir for a merged one."""
    found: dict[int, set[int]] = defaultdict(set)
    wanted = sorted(set(values))
    heir = func.coalesce(article.c.merged_into, article.c.id)
    for batch in _batches(wanted):
        rows = tx.execute(
            select(trace.c.value, heir.label("heir"))
            .join(article, article.c.id == trace.c.article)
            .where(trace.c.value.in_(batch))
        )
        for row in rows:
            found[int(row.value)].add(int(row.heir))
    return {value: frozenset(ids) for value, ids in found.items()}


def _batches(wanted: Sequence[int]) -> Iterable[Sequence[int]]:
    return (wanted[n : n + BATCH] for n in range(0, len(wanted), BATCH))
