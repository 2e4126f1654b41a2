"""Nothing is mailed twice, even where identity failed: the last look before a place.

An article gets no place in a newsletter that had the same headline, in the same
words, on the same page or over the same text, within 90 days. It is remembered why;
`why` says so.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import exists, insert, select

from dispatch.model import Article
from dispatch.store import articles
from dispatch.store.schema import article, entry, left_out
from dispatch.store.transaction import Tx
from dispatch.text import fingerprints, urls

REACH = timedelta(days=90)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Mark:
    """What two articles share when a newsletter must not carry both."""

    headline: str
    page: str
    body: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A newsletter that does not carry an article, since it had another already."""

    newsletter: str
    had: int
    at: datetime


def mark(one: Article) -> Mark:
    """Return the mark of an article; an empty headline is like no other."""
    content = one.content
    words = fingerprints.words(content.headline)
    return Mark(
        fingerprints.fingerprint(content.headline)[:32] if words else "",
        urls.canonical(content.url),
        fingerprints.fingerprint(content.html),
    )


def sift(
    tx: Tx, newsletter: str, ids: Iterable[int], *, now: datetime
) -> dict[int, Mark]:
    """Return those that the newsletter has not had, in order, each with its mark.

    The others are noted as left out.
    """
    found = articles.by_ids(tx, ids)
    marks = {number: mark(one) for number, one in found.items()}
    had = _had(tx, newsletter, {one.headline for one in marks.values()}, now - REACH)
    alike: dict[str, dict[int, Mark]] = defaultdict(dict)  # by headline
    for number, theirs in had.items():
        alike[theirs.headline][number] = theirs
    fresh: dict[int, Mark] = {}
    for number in dict.fromkeys(ids):
        if number not in marks:
            continue
        mine = marks[number]
        twin = next(
            (
                other
                for other, theirs in alike[mine.headline].items()
                if other != number and _same(mine, theirs)
            ),
            None,
        )
        if twin is None:
            fresh[number] = alike[mine.headline][number] = mine
        else:
            _leave_out(tx, newsletter, number, twin, now)
    return fresh


def of(tx: Tx, id: int) -> tuple[LeftOut, ...]:  # noqa: A002
    """Return the newsletters that left an article out."""
    query = (
        select(left_out).where(left_out.c.article == id).order_by(left_out.c.newsletter)
    )
    return tuple(LeftOut(r.newsletter, r.had, r.at) for r in tx.execute(query))


def _same(one: Mark, two: Mark) -> bool:
    if not one.headline or one.headline != two.headline:
        return False
    return one.body == two.body or (one.page == two.page != "")


def _had(
    tx: Tx, newsletter: str, headlines: Iterable[str], since: datetime
) -> dict[int, Mark]:
    """Return what the newsletter had under one of these headlines, as it is now."""
    wanted = sorted(set(headlines) - {""})
    found: dict[int, str] = {}
    for start in range(0, len(wanted), BATCH):
        rows = tx.execute(
            select(entry.c.article, entry.c.headline)
            .join(article, article.c.id == entry.c.article)
            .where(
                entry.c.newsletter == newsletter,
                entry.c.headline.in_(wanted[start : start + BATCH]),
                entry.c.eligible_at >= since,
                article.c.withdrawn_at.is_(None),
            )
        )
        found.update((int(row.article), str(row.headline)) for row in rows)
    stored = articles.by_ids(tx, found)
    return {
        number: replace(mark(one), headline=found[number])
        for number, one in stored.items()
    }


def _leave_out(tx: Tx, newsletter: str, one: int, had: int, now: datetime) -> None:
    known = select(
        exists().where(left_out.c.newsletter == newsletter, left_out.c.article == one)
    )
    if not tx.execute(known).scalar_one():
        tx.execute(
            insert(left_out).values(newsletter=newsletter, article=one, had=had, at=now)
        )
