"""Articles at rest: what readers may see, what an operator looks for.

`store.revisions` writes what collecting finds and editors change; this module reads.
An article that was merged into another stays, and points there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    true,
    update,
)

from dispatch.model import (
    Article,
    Finding,
    HeadlineSource,
    Hold,
    Media,
    Selection,
)
from dispatch.store import contents, labels, pictures, revisions
from dispatch.store.schema import alias, article, label
from dispatch.store.transaction import Tx
from dispatch.text import fingerprints, urls

BATCH = 500  # parameters of one IN (…)
MOST_GONE = 5_000  # looked at for one feed
MOST_IN_WINDOW = 500  # more would be a burden to every reader's program
MOST_DIGITS = 18  # of a number that both databases can hold

add = revisions.add
change = revisions.change


def visible(now: datetime) -> ColumnElement[bool]:
    """The condition under which readers may see an article at `now`."""
    return and_(
        article.c.withdrawn_at.is_(None),
        article.c.merged_into.is_(None),
        article.c.held == "",
        article.c.published_at <= now,
        or_(article.c.embargo_until.is_(None), article.c.embargo_until <= now),
    )


def mourned() -> ColumnElement[bool]:
    """The condition that readers saw an article, and that it was withdrawn since."""
    return and_(
        article.c.withdrawn_at > article.c.first_seen_at,
        article.c.withdrawn_at > article.c.published_at,
        or_(
            article.c.embargo_until.is_(None),
            article.c.withdrawn_at > article.c.embargo_until,
        ),
        article.c.merged_into.is_(None),
        article.c.held == "",
    )


def matching(selection: Selection) -> ColumnElement[bool]:
    """The condition that an article belongs to `selection`."""
    conditions: list[ColumnElement[bool]] = [
        column.in_(values)
        for column, values in (
            (article.c.section, selection.sections),
            (article.c.source, selection.sources),
        )
        if values
    ]
    conditions += [
        article.c.id.in_(
            select(label.c.article).where(label.c.kind == kind, label.c.key.in_(keys))
        )
        for kind, keys in (
            (labels.TAG, selection.tags),
            (labels.AUTHOR, selection.authors),
        )
        if keys
    ]
    if selection.languages:
        conditions.append(or_(*map(_spoken, selection.languages)))
    return and_(true(), *conditions)


def _spoken(language: str) -> ColumnElement[bool]:
    """An article is in `language`, or in a regional form of it."""
    lowered = func.lower(article.c.language)
    if not language:
        return lowered == ""
    return or_(lowered == language, lowered.startswith(f"{language}-", autoescape=True))


def by_id(tx: Tx, id: int) -> Article | None:  # noqa: A002 - as every store module
    """Return one article in whatever state it is, or None."""
    row = tx.execute(select(article).where(article.c.id == id)).one_or_none()
    return None if row is None else from_row(row)


def by_ids(tx: Tx, ids: Iterable[int]) -> dict[int, Article]:
    """Return the articles that exist among `ids`, by id."""
    wanted = list(dict.fromkeys(ids))
    found: dict[int, Article] = {}
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        rows = tx.execute(select(article).where(article.c.id.in_(batch)))
        found.update((row.id, from_row(row)) for row in rows)
    return found


def published(
    tx: Tx, selection: Selection, *, now: datetime, limit: int
) -> tuple[Article, ...]:
    """Return the newest articles that readers may see, newest first.

    Equal times keep the order in which the articles were first seen, reversed.
    """
    return read(tx, _published(selection, now).limit(limit))


def window(
    tx: Tx, selection: Selection, *, now: datetime, limit: int, span: timedelta
) -> tuple[Article, ...]:
    """Return the newest `limit` and all that came within `span` before the newest.

    So a reader's program that looks in once in `span` misses nothing, however much
    there was. It depends on the articles, not on the clock; at most MOST_IN_WINDOW.
    """
    newest = published(tx, selection, now=now, limit=limit)
    if len(newest) < limit:
        return newest
    since = newest[0].published_at - span
    if newest[-1].published_at < since:
        return newest
    query = _published(selection, now).where(article.c.published_at >= since)
    rest = query.offset(limit).limit(max(0, MOST_IN_WINDOW - limit))
    return (*newest, *read(tx, rest))


def stamps(
    tx: Tx, selection: Selection, *, now: datetime, limit: int, span: timedelta
) -> tuple[tuple[int, int], ...]:
    """Return number and revision of what `window` returns, without reading it."""
    columns = article.c.id, article.c.revision, article.c.published_at
    query = _published(selection, now).with_only_columns(*columns)
    rows = tx.execute(query.limit(max(limit, MOST_IN_WINDOW))).all()
    since = rows[0].published_at - span if rows else now
    return tuple(
        (row.id, row.revision)
        for place, row in enumerate(rows)
        if place < limit or row.published_at >= since
    )


def withdrawn(
    tx: Tx, selection: Selection, *, since: datetime, limit: int
) -> tuple[Article, ...]:
    """Return the newest articles that readers saw, and that went after `since`.

    Asked for by themselves first: few go, and in one question with the order and the
    selection SQLite reads every article there is.
    """
    found: list[Article] = []
    gone = tx.execute(_gone(since)).scalars().all()
    for start in range(0, len(gone), BATCH):
        among = article.c.id.in_(gone[start : start + BATCH])
        found += read(tx, select(article).where(among, mourned(), matching(selection)))
    found.sort(key=lambda one: (one.published_at, one.id), reverse=True)
    return tuple(found[:limit])


def _gone(since: datetime) -> Select[tuple[int]]:
    """Those withdrawn last, by the index of them; of a purge the newest part."""
    late = select(article.c.id).where(article.c.withdrawn_at > since)
    return late.order_by(article.c.withdrawn_at.desc()).limit(MOST_GONE)


def recent(tx: Tx, limit: int) -> tuple[Article, ...]:
    """Return the newest articles, hidden ones too, newest first."""
    return read(tx, _newest_first().limit(limit))


def count(tx: Tx) -> int:
    """Return how many articles are stored, merged ones not counted."""
    query = select(func.count()).where(article.c.merged_into.is_(None))
    return int(tx.execute(query).scalar_one())


def count_by_source(tx: Tx) -> dict[str, int]:
    """Return how many articles each source has, merged ones not counted."""
    query = (
        select(article.c.source, func.count().label("articles"))
        .where(article.c.merged_into.is_(None))
        .group_by(article.c.source)
    )
    return {str(row.source): int(row.articles) for row in tx.execute(query)}


def search(tx: Tx, words: str, limit: int) -> tuple[Article, ...]:
    """Return articles whose headline or bylines hold every word, newest first.

    Case, accents' composition and punctuation do not matter; part of a word is
    enough. No words find nothing.
    """
    wanted = fingerprints.words(words)
    if not wanted:
        return ()
    conditions = [article.c.search.contains(word, autoescape=True) for word in wanted]
    return read(tx, _newest_first().where(*conditions).limit(limit))


def find(tx: Tx, reference: str, limit: int = 10) -> tuple[Article, ...]:
    """Return what an operator means: a number, a path, a URL or headline words."""
    if reference.isdecimal() and len(reference) <= MOST_DIGITS:
        one = by_id(tx, int(reference))
        return () if one is None else (one,)
    values = [reference, urls.canonical(reference) or reference]
    named = select(alias.c.article).where(
        alias.c.kind.in_(["path", "id", "guid", "url"]), alias.c.value.in_(values)
    )
    exact = read(tx, _newest_first().where(article.c.id.in_(named)).limit(limit))
    return exact or search(tx, reference, limit)


def point_to(tx: Tx, merged: int, heir: int) -> None:
    """Let what points to a merged article point to its heir: no chain is followed."""
    tx.execute(
        update(article).where(article.c.merged_into == merged).values(merged_into=heir)
    )


def needing_headline(tx: Tx) -> tuple[Article, ...]:
    """Return the articles readers may see, now or later, under a generated headline.

    Also those that wait for nothing but a headline.
    """
    query = _newest_first().where(
        article.c.headline_source == HeadlineSource.GENERATED,
        article.c.withdrawn_at.is_(None),
        article.c.merged_into.is_(None),
        article.c.held.in_(["", Hold.HEADLINE]),
    )
    return read(tx, query)


def findings(tx: Tx, id: int) -> tuple[Finding, ...]:  # noqa: A002
    """Return why the article's fields are what they are; empty for no article."""
    query = select(article.c.findings).where(article.c.id == id)
    stored = tx.execute(query).scalar_one_or_none()
    return contents.findings_from_json(stored or ())


def media(tx: Tx, sha256: str) -> Media | None:
    """Return the bytes of a stored picture, or None."""
    return pictures.get(tx, sha256)


def from_row(row: Row[Any]) -> Article:
    """Build the value of a row that holds every column of `article`."""
    return Article(
        id=row.id,
        tag_id=row.tag_id,
        source=row.source,
        content=contents.from_json(row.content),
        published_at=row.published_at,
        updated_at=row.updated_at,
        first_seen_at=row.first_seen_at,
        content_hash=row.content_hash,
        revision=row.revision,
        guid=row.guid,
        baseline=row.baseline,
        embargo_until=row.embargo_until,
        held=row.held,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        merged_into=row.merged_into,
        edited=frozenset(row.edited),
        unannounced=row.unannounced,
    )


def _published(selection: Selection, now: datetime) -> Select[Any]:
    """The articles of `selection` that readers may see, newest first."""
    query, at, number = in_order(selection)
    return query.where(visible(now)).order_by(at.desc(), number.desc())


def in_order(
    selection: Selection,
) -> tuple[Select[Any], ColumnElement[datetime], ColumnElement[int]]:
    """The articles of `selection`, and the two columns to put them in order by.

    One tag or author alone leads: its index has them in that order.
    """
    for kind, keys, rest in (
        (labels.TAG, selection.tags, replace(selection, tags=())),
        (labels.AUTHOR, selection.authors, replace(selection, authors=())),
    ):
        if len(keys) == 1:
            query = select(article).join(label, label.c.article == article.c.id)
            led = query.where(label.c.kind == kind, label.c.key == keys[0])
            return led.where(matching(rest)), label.c.published_at, label.c.article
    every = select(article).where(matching(selection))
    return every, article.c.published_at, article.c.id


def _newest_first() -> Select[Any]:
    return select(article).order_by(article.c.published_at.desc(), article.c.id.desc())


def read(tx: Tx, query: Select[Any]) -> tuple[Article, ...]:
    """Return the articles whose whole rows a query gives."""
    rows: Sequence[Row[Any]] = tx.execute(query).all()
    return tuple(from_row(row) for row in rows)
