"""What a source last showed under each of its own names (path, guid)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, text, update

from dispatch.store.schema import article, item
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

BATCH = 500
RECORD = text(
    "INSERT INTO item (source, locator, stamp, article, seen_at)"
    " VALUES (:source, :locator, :stamp, :article, :seen_at)"
    " ON CONFLICT (source, locator) DO UPDATE SET stamp = excluded.stamp,"
    " article = excluded.article, seen_at = excluded.seen_at, missing_since = NULL"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One name of a source. `article` is None for what is no article (a draft)."""

    locator: str
    stamp: str
    article: int | None
    missing_since: datetime | None


def known(tx: Tx, source: str) -> dict[str, Item]:
    """Return everything a source ever showed, by its own name for it."""
    rows = tx.execute(
        select(item.c.locator, item.c.stamp, item.c.article, item.c.missing_since)
        .where(item.c.source == source)
        .order_by(item.c.locator)
    )
    return {row.locator: _item(row) for row in rows}


def one(tx: Tx, source: str, locator: str) -> Item | None:
    """Return what a source last showed under one name, or None."""
    row = tx.execute(
        select(
            item.c.locator, item.c.stamp, item.c.article, item.c.missing_since
        ).where(item.c.source == source, item.c.locator == locator)
    ).one_or_none()
    return None if row is None else _item(row)


def some(tx: Tx, source: str, locators: Iterable[str]) -> dict[str, Item]:
    """Return what a source last showed under each of these names."""
    wanted = sorted(set(locators))
    found: dict[str, Item] = {}
    for start in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(
                item.c.locator, item.c.stamp, item.c.article, item.c.missing_since
            ).where(
                item.c.source == source,
                item.c.locator.in_(wanted[start : start + BATCH]),
            )
        )
        found.update((row.locator, _item(row)) for row in rows)
    return found


def names(tx: Tx, source: str, articles: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return the names under which a source showed each of these articles."""
    wanted = sorted(set(articles))
    found: dict[int, set[str]] = {one: set() for one in wanted}
    for start in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(item.c.article, item.c.locator).where(
                item.c.article.in_(wanted[start : start + BATCH]),
                item.c.source == source,
            )
        )
        for row in rows:
            found[row.article].add(row.locator)
    return {one: frozenset(places) for one, places in found.items()}


def newest(tx: Tx, source: str, limit: int) -> tuple[int, ...]:
    """Return the articles of a source that were published last, newest first."""
    heir = func.coalesce(article.c.merged_into, article.c.id)
    rows = tx.execute(
        select(heir.label("id"), func.max(article.c.published_at).label("at"))
        .join(item, item.c.article == article.c.id)
        .where(item.c.source == source)
        .group_by(heir)
        .order_by(func.max(article.c.published_at).desc(), heir.desc())
        .limit(limit)
    )
    return tuple(int(row.id) for row in rows)


def homes(tx: Tx, articles: Iterable[int]) -> frozenset[int]:
    """Return those of these articles that some source still shows."""
    wanted = sorted(set(articles))
    found: set[int] = set()
    for start in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(item.c.article).where(
                item.c.article.in_(wanted[start : start + BATCH]),
                item.c.missing_since.is_(None),
            )
        )
        found.update(int(one) for one in rows.scalars())
    return frozenset(found)


def locators(tx: Tx, source: str, article: int) -> frozenset[str]:
    """Return the names under which a source showed an article."""
    query = select(item.c.locator).where(
        item.c.article == article, item.c.source == source
    )
    return frozenset(tx.execute(query).scalars())


def record(
    tx: Tx,
    source: str,
    locator: str,
    *,
    stamp: str,
    article: int | None,
    now: datetime,
) -> None:
    """Note what a source shows under a name now."""
    tx.execute(
        RECORD,
        {
            "source": source,
            "locator": locator,
            "stamp": stamp,
            "article": article,
            "seen_at": to_micros(now),
        },
    )


def miss(tx: Tx, source: str, locators: Iterable[str], *, now: datetime) -> None:
    """Note that these names are gone. Since when is kept from the first time."""
    _mark(tx, source, locators, now)


def find_again(tx: Tx, source: str, locators: Iterable[str]) -> None:
    """Note that these names, missing before, are back."""
    _mark(tx, source, locators, None)


def _item(row: Row[Any]) -> Item:
    return Item(row.locator, row.stamp, row.article, row.missing_since)


def _mark(tx: Tx, source: str, locators: Iterable[str], since: datetime | None) -> None:
    wanted = sorted(locators)
    before = item.c.missing_since
    for start in range(0, len(wanted), BATCH):
        tx.execute(
            update(item)
            .where(
                item.c.source == source,
                item.c.locator.in_(wanted[start : start + BATCH]),
                before.is_(None) if since else before.is_not(None),
            )
            .values(missing_since=since)
        )
