"""What readers had from other newsletters: the stories in mails that went to them.

A story counts as had when it is in a mail to the same address that was accepted, or is
on its way. One that was refused, has expired or was skipped brought nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from dispatch.store.schema import article, entry, issue, mailing, variant
from dispatch.store.transaction import Tx
from dispatch.store.types import WholeNumber, Words

REACH = timedelta(days=62)  # before the issue: as far as mail once a month goes
BATCH = 500
MOST_HEIRS = 5  # of an article that was merged, and merged again

HAD = text("""
SELECT u.id, d.body
  FROM subscription u
  JOIN subscriber p ON p.id = u.subscriber
  JOIN delivery d ON d.recipient = p.address
 WHERE u.id IN :readers AND d.mailing IN :mailings AND d.body IN :bodies
   AND d.state IN ('accepted', 'pending', 'claimed', 'dot', 'deferred', 'unknown')
""").bindparams(
    bindparam("readers", type_=WholeNumber, expanding=True),
    bindparam("mailings", type_=WholeNumber, expanding=True),
    bindparam("bodies", type_=Words, expanding=True),
)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Mails of other newsletters that show stories of an issue.

    `places` has the positions of its stories; `stories` those in each message, and
    `mailings` where to look for who was sent it.
    """

    places: Mapping[int, int] = field(default_factory=dict)
    stories: Mapping[str, frozenset[int]] = field(default_factory=dict)
    mailings: tuple[int, ...] = ()


def places(tx: Tx, newsletter: str, upto: int, *, slot: datetime) -> dict[int, int]:
    """Return the positions of the articles that an issue of `slot` may show."""
    query = select(entry.c.article, entry.c.position).where(
        entry.c.newsletter == newsletter,
        entry.c.position <= upto,
        entry.c.eligible_at > slot - REACH,
    )
    return {row.article: row.position for row in tx.execute(query)}


def read(
    tx: Tx, others: Collection[str], places: Mapping[int, int], *, slot: datetime
) -> Elsewhere:
    """Return the mails of newsletters that show what has a place; once for an issue."""
    query = (
        select(mailing.c.id, variant.c.body, variant.c.articles)
        .join_from(variant, issue, issue.c.id == variant.c.issue)
        .join(mailing, mailing.c.issue == issue.c.id)
        .where(issue.c.newsletter.in_(sorted(others)), issue.c.slot > slot - REACH)
    )
    rows = tx.execute(query).all()
    heirs = _heirs(tx, {one for row in rows for one in row.articles} - places.keys())
    stories: dict[str, frozenset[int]] = {}
    mailings = set()
    for row in rows:
        shown = {heirs.get(one, one) for one in row.articles} & places.keys()
        if shown:
            stories[row.body] = stories.get(row.body, frozenset()) | shown
            mailings.add(row.id)
    return Elsewhere(places, stories, tuple(sorted(mailings)))


def had(tx: Tx, found: Elsewhere, readers: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return the stories that each of these subscriptions had from elsewhere."""
    if not found.mailings or not readers:
        return {}
    values = {
        "readers": list(readers),
        "mailings": found.mailings,
        "bodies": sorted(found.stories),
    }
    bodies: dict[int, list[str]] = defaultdict(list)
    for row in tx.execute(HAD, values):
        bodies[row.id].append(row.body)
    return {
        reader: frozenset().union(*(found.stories[body] for body in theirs))
        for reader, theirs in bodies.items()
    }


def newer(found: Elsewhere, had: Iterable[int], start: int) -> tuple[int, ...]:
    """Return those of `had` that would come to a reader who has read up to `start`."""
    return tuple(sorted(one for one in had if found.places[one] > start))


def _heirs(tx: Tx, ids: Collection[int]) -> dict[int, int]:
    """Return the article that each merged one is now part of."""
    heirs: dict[int, int] = {}
    waiting = set(ids)
    for _generation in range(MOST_HEIRS):
        merged = _merged(tx, sorted(waiting))
        if not merged:
            break
        heirs = {one: merged.get(heir, heir) for one, heir in heirs.items()} | {
            one: heir for one, heir in merged.items() if one not in heirs
        }
        waiting = set(merged.values())
    return heirs


def _merged(tx: Tx, ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(ids), BATCH):
        query = select(article.c.id, article.c.merged_into).where(
            article.c.id.in_(ids[start : start + BATCH]),
            article.c.merged_into.is_not(None),
        )
        found.update((row.id, row.merged_into) for row in tx.execute(query))
    return found
