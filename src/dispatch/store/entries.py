"""Entries: an article's place in a newsletter, given once, when it becomes eligible."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select, text, update

from dispatch.model import Article, Entry, Selection
from dispatch.store import articles, repeats
from dispatch.store.schema import article, entry, left_out
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

MOST = 2000  # of one slot; more wait for the next
BATCH = 500

ADD = text("""
INSERT INTO entry (newsletter, position, article, eligible_at, headline)
VALUES (:newsletter, :position, :article, :now, :headline)
ON CONFLICT (newsletter, article) DO NOTHING
""")


def candidates(
    tx: Tx,
    newsletter: str,
    selection: Selection,
    *,
    since: datetime,
    published_from: datetime,
    upto: datetime,
) -> tuple[Article, ...]:
    """Return the articles without a place that may be eligible, oldest first.

    Readers may see them at `upto`; they were first seen after `since`, or published
    from `published_from` on; they are in the selection and no baseline.
    `compose.eligible` says the same in words and has the final say.
    """
    placed = select(entry.c.article).where(
        entry.c.newsletter == newsletter, entry.c.article == article.c.id
    )
    repeated = select(left_out.c.article).where(
        left_out.c.newsletter == newsletter, left_out.c.article == article.c.id
    )
    condition = and_(
        articles.visible(upto),
        articles.matching(selection),
        article.c.baseline == 0,  # IS wants a literal on PostgreSQL
        or_(article.c.first_seen_at > since, article.c.published_at >= published_from),
        ~placed.exists(),
        ~repeated.exists(),
    )
    newest = article.c.published_at.desc(), article.c.id.desc()
    rows = tx.execute(select(article).where(condition).order_by(*newest).limit(MOST))
    return tuple(articles.from_row(row) for row in reversed(rows.all()))


def add(tx: Tx, newsletter: str, ids: Sequence[int], *, now: datetime) -> int:
    """Give articles the next places, in this order; return how many were new.

    What the newsletter had under another id is left out (`store.repeats`).
    The caller holds `newsletters.lock`, so that positions are given one by one.
    """
    placed = _placed(tx, newsletter, ids)
    new = [one for one in dict.fromkeys(ids) if one not in placed]
    first = last_position(tx, newsletter) + 1
    rows = [
        {
            "newsletter": newsletter,
            "position": position,
            "article": one,
            "now": to_micros(now),
            "headline": mark.headline,
        }
        for position, (one, mark) in enumerate(
            repeats.sift(tx, newsletter, new, now=now).items(), first
        )
    ]
    if rows:
        tx.execute(ADD, rows)
    return len(rows)


def between(tx: Tx, newsletter: str, after: int, upto: int) -> tuple[Entry, ...]:
    """Return the entries with after < position <= upto, in order."""
    query = (
        select(entry)
        .where(entry.c.newsletter == newsletter)
        .where(entry.c.position > after, entry.c.position <= upto)
        .order_by(entry.c.position)
    )
    return tuple(Entry(r.newsletter, r.position, r.article) for r in tx.execute(query))


def stories(
    tx: Tx, newsletter: str, after: int, upto: int, *, by: datetime
) -> tuple[Article, ...]:
    """Return the articles at after < position <= upto that readers may see at `by`.

    In order of position. Left out is what was withdrawn, held or dropped for good, and
    what came during a pause of the newsletter that ended fresh.
    """
    query = (
        select(article)
        .join(entry, entry.c.article == article.c.id)
        .where(
            entry.c.newsletter == newsletter,
            entry.c.position > after,
            entry.c.position <= upto,
            entry.c.dropped_at.is_(None),
            entry.c.passed_over == 0,
            articles.visible(by),
        )
        .order_by(entry.c.position)
    )
    return tuple(articles.from_row(row) for row in tx.execute(query))


def inherit(tx: Tx, heir: int, merged: int) -> None:
    """Give an article the places of one that was merged into it, where it has none."""
    had = select(entry.c.newsletter).where(entry.c.article == heir)
    tx.execute(
        update(entry)
        .where(entry.c.article == merged, entry.c.newsletter.not_in(had))
        .values(article=heir)
    )


def pass_over(tx: Tx, newsletter: str, after: int) -> int:
    """Let no issue carry the entries behind a position; return the last of them."""
    tx.execute(
        update(entry)
        .where(entry.c.newsletter == newsletter, entry.c.position > after)
        .values(passed_over=1)
    )
    return last_position(tx, newsletter)


def last_position(tx: Tx, newsletter: str) -> int:
    """Return the newest position given, 0 for none."""
    query = select(func.max(entry.c.position)).where(entry.c.newsletter == newsletter)
    return tx.execute(query).scalar() or 0


def _placed(tx: Tx, newsletter: str, ids: Sequence[int]) -> set[int]:
    """Return those that have a place."""
    found: set[int] = set()
    for start in range(0, len(ids), BATCH):
        query = select(entry.c.article).where(
            entry.c.newsletter == newsletter,
            entry.c.article.in_(ids[start : start + BATCH]),
        )
        found.update(int(one) for one in tx.execute(query).scalars())
    return found
