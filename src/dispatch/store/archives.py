"""Closed archive documents of feeds at rest, and the stories they are made of.

A document keeps the bounds it was closed with. Stories are found by them, so that it
is the same when it is made again, but for what became of its stories.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from dispatch.model import Article, FeedArchive, FeedFormat, Place, Selection
from dispatch.model.content import label_key, section_key
from dispatch.store import articles, labels
from dispatch.store.schema import article, feed_archive, label, revision
from dispatch.store.stirred import SECTION
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

KEY = "feed archives"  # in `meta`: up to when changes were looked at

GET = text("SELECT value FROM meta WHERE key = :key")
PUT = text("""
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A story that an archive may hold, and that was changed since we last looked.

    `labels` are those it has and all it ever had, as (kind, key).
    """

    place: Place
    first_seen_at: datetime
    labels: frozenset[tuple[str, str]]


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
    late = _late(selection, one.since, after=one.before).where(
        _told(now), article.c.first_seen_at <= one.closed_at
    )
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
    query = _late(selection, last.until, after=last.closed_at).where(_told(now))
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
    revised = select(revision.c.article).where(
        revision.c.seen_at >= since, revision.c.number > 1
    )
    query = _matching(selection, last.until).where(
        article.c.id.in_(revised),
        article.c.updated_at >= since,
        article.c.updated_at > article.c.published_at,
        articles.visible(now),
    )
    latest = query.order_by(article.c.updated_at.desc(), article.c.id.desc())
    return articles.read(tx, latest.limit(limit))


def looked_at(tx: Tx) -> datetime | None:
    """Return up to when changes were looked at; None if there was no need yet."""
    value = tx.execute(GET, {"key": KEY}).scalar_one_or_none()
    return None if value is None else from_micros(int(value))


def look(tx: Tx, upto: datetime) -> None:
    """Remember that the archives show every change until then."""
    tx.execute(PUT, {"key": KEY, "value": str(to_micros(upto))})


def disturbed(tx: Tx, *, since: datetime, now: datetime) -> tuple[Disturbed, ...]:
    """Return stories that an archive may hold and that changed from `since` on.

    Also those that time alone has released.
    """
    ends = select(func.max(feed_archive.c.until_at)).scalar_subquery()
    revised = select(revision.c.article).where(revision.c.seen_at >= since)
    due = article.c.embargo_until
    rows = tx.execute(
        select(
            article.c.id,
            article.c.published_at,
            article.c.first_seen_at,
            article.c.section,
        ).where(
            article.c.published_at <= ends,
            or_(article.c.id.in_(revised), and_(due >= since, due <= now)),
        )
    ).all()
    return tuple(
        Disturbed(
            Place(row.published_at, row.id),
            row.first_seen_at,
            _labels(tx, row.id) | {(SECTION, row.section)},
        )
        for row in rows
    )


def _labels(tx: Tx, one: int) -> frozenset[tuple[str, str]]:
    """Return every label that a story has or had, in whatever revision."""
    now = select(label.c.kind, label.c.key).where(label.c.article == one)
    found = {(row.kind, row.key) for row in tx.execute(now)}
    ever = select(revision.c.content).where(revision.c.article == one)
    for row in tx.execute(ever):
        content = row.content
        found.add((SECTION, section_key(content.get("section", ""))))
        for kind, name in ((labels.TAG, "tags"), (labels.AUTHOR, "bylines")):
            found |= {(kind, label_key(word)) for word in content.get(name, ())}
    return frozenset(found)


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


def _matching(selection: Selection, before: Place) -> Select[Any]:
    return select(article).where(
        articles.matching(selection),
        *_between(article.c.published_at, article.c.id, None, before),
    )


def _late(selection: Selection, before: Place, *, after: datetime) -> Select[Any]:
    """Stories of places before one that were first seen after a moment."""
    seen = select(revision.c.article).where(
        revision.c.seen_at > after, revision.c.number == 1
    )
    return _matching(selection, before).where(article.c.id.in_(seen))


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
