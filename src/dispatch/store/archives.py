"""Closed archive documents of feeds at rest, and the stories they are made of.

A document keeps the bounds it was closed with. Stories are found by them, so that it
is the same when it is made again, but for what became of its stories.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    delete,
    insert,
    or_,
    select,
    update,
)

from dispatch.model import Article, FeedArchive, FeedFormat, Place, Selection
from dispatch.store import articles
from dispatch.store.disturbed import unsought
from dispatch.store.schema import article, feed_archive, revision
from dispatch.store.transaction import Tx

MOST_IDS = 20_000  # parameters of one statement, within what both databases take


def of(tx: Tx, feed: str) -> tuple[FeedArchive, ...]:
    """Return the archives of a feed, oldest first."""
    query = _archives(feed).order_by(feed_archive.c.number)
    return tuple(_from_row(row) for row in tx.execute(query))


def newest(tx: Tx, feed: str) -> FeedArchive | None:
    """Return the archive of a feed that was closed last."""
    query = _archives(feed).order_by(feed_archive.c.number.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    return None if row is None else _from_row(row)


def close(tx: Tx, one: FeedArchive) -> None:
    """Write down an archive whose files are in place."""
    tx.execute(
        insert(feed_archive).values(
            feed=one.feed,
            name=one.name,
            number=one.number,
            since_at=one.since.at,
            since_article=one.since.article,
            until_at=one.until.at,
            until_article=one.until.article,
            before=one.before,
            closed_at=one.closed_at,
            style=one.style,
            older=one.older,
            newer=one.newer,
            entries=one.entries,
            sha256=_digests(one),
        )
    )


def amend(tx: Tx, one: FeedArchive) -> None:
    """Write down what an archive holds now that a story of it has changed."""
    mine = (feed_archive.c.feed == one.feed, feed_archive.c.name == one.name)
    values = {"entries": one.entries, "sha256": _digests(one)}
    tx.execute(update(feed_archive).where(*mine).values(**values))


def forget(tx: Tx, feed: str) -> None:
    """Forget all archives of a feed: they are about to be closed anew."""
    tx.execute(delete(feed_archive).where(feed_archive.c.feed == feed))


def stories(
    tx: Tx, one: FeedArchive, selection: Selection, *, now: datetime
) -> tuple[Article, ...]:
    """Return what an archive holds: what readers may see, and what was withdrawn."""
    query, at, number = articles.in_order(selection)
    held = query.where(
        _told(now),
        *_between(at, number, one.since, one.until),
        article.c.first_seen_at <= one.closed_at,
    )
    seen = revision.c.seen_at
    came = (revision.c.number == 1, seen > one.before, seen <= one.closed_at)
    ids = _revised(tx, one.since, *came)
    if not ids:
        return articles.read(tx, held)
    late = _of_these(ids, selection).where(_told(now))
    return articles.read(tx, held) + articles.read(tx, late)


def open_stretch(
    tx: Tx,
    selection: Selection,
    since: Place | None,
    until: Place,
    *,
    now: datetime,
    limit: int,
) -> tuple[Article, ...]:
    """Return the oldest stories from one place up to another, oldest first.

    Those that readers may see, and those that were withdrawn.
    """
    query, at, number = articles.in_order(selection)
    chosen = query.where(_told(now), *_between(at, number, since, until))
    return articles.read(tx, chosen.order_by(at, number).limit(limit))


def latecomers(
    tx: Tx, selection: Selection, last: FeedArchive, *, now: datetime, limit: int
) -> tuple[Article, ...]:
    """Return stories of closed months that came after the last closing."""
    first = (revision.c.number == 1, revision.c.seen_at > last.closed_at)
    ids = _revised(tx, last.until, *first)
    if not ids:
        return ()
    query = _of_these(ids, selection).where(_told(now))
    return articles.read(tx, query.order_by(article.c.id).limit(limit))


def corrected(
    tx: Tx,
    selection: Selection,
    last: FeedArchive,
    *,
    since: datetime,
    now: datetime,
    limit: int,
) -> tuple[Article, ...]:
    """Return archived stories that readers should read again, latest first."""
    later = (revision.c.number > 1, revision.c.seen_at >= since)
    ids = _revised(tx, last.until, *later)
    if not ids:
        return ()
    query = _of_these(ids, selection).where(
        article.c.updated_at >= since,
        article.c.updated_at > article.c.published_at,
        articles.visible(now),
    )
    latest = query.order_by(article.c.updated_at.desc(), article.c.id.desc())
    return articles.read(tx, latest.limit(limit))


def _told(now: datetime) -> ColumnElement[bool]:
    """Readers may see an article, or saw it before it was withdrawn."""
    return or_(articles.visible(now), articles.mourned())


def _between(
    at: ColumnElement[datetime],
    number: ColumnElement[int],
    since: Place | None,
    until: Place,
) -> Sequence[ColumnElement[bool]]:
    """A place is in a stretch; the first of each pair of conditions finds the index."""
    ahead = at <= until.at, or_(at < until.at, number < until.article)
    if since is None:
        return ahead
    return (*ahead, at >= since.at, or_(at > since.at, number >= since.article))


def _revised(tx: Tx, before: Place, *how: ColumnElement[bool]) -> list[int]:
    """Return which stories of places before one have a revision like that.

    Asked first, and by itself: there are few, and mostly none.
    """
    at, number = unsought(article.c.published_at), article.c.id
    revised = select(revision.c.article).where(*how)
    query = select(number).where(
        number.in_(revised), *_between(at, number, None, before)
    )
    return [row.id for row in tx.execute(query)]


def _of_these(ids: Sequence[int], selection: Selection) -> Select[Any]:
    return select(article).where(
        article.c.id.in_(ids[-MOST_IDS:]), articles.matching(selection)
    )


def _archives(feed: str) -> Select[Any]:
    return select(feed_archive).where(feed_archive.c.feed == feed)


def _digests(one: FeedArchive) -> dict[str, str]:
    return {form.value: digest for form, digest in one.sha256.items()}


def _from_row(row: Any) -> FeedArchive:
    return FeedArchive(
        feed=row.feed,
        name=row.name,
        number=row.number,
        since=Place(row.since_at, row.since_article),
        until=Place(row.until_at, row.until_article),
        before=row.before,
        closed_at=row.closed_at,
        style=row.style,
        older=row.older,
        newer=row.newer,
        entries=row.entries,
        sha256={FeedFormat(form): one for form, one in row.sha256.items()},
    )
