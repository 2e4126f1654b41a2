"""Articles written down: the first time, and each time they change.

Every state an article was ever in stays as a numbered revision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from dispatch.errors import StoreError
from dispatch.model import Article, Finding
from dispatch.store import contents, labels
from dispatch.store.schema import article, revision
from dispatch.store.transaction import Tx
from dispatch.text import fingerprints

# Built once: a first visit may store thousands.
ADD = insert(article).returning(article.c.id)
RECORD = insert(revision)


@dataclass(frozen=True, slots=True)
class Revision:
    """A state that an article was in."""

    number: int
    headline: str
    seen_at: datetime
    reason: str


def of(tx: Tx, one: int) -> tuple[Revision, ...]:
    """Return every state an article was in, oldest first."""
    query = select(revision).where(revision.c.article == one)
    return tuple(
        Revision(row.number, row.content["headline"], row.seen_at, row.reason)
        for row in tx.execute(query.order_by(revision.c.number))
    )


def mint_tag_id(authority: str, *, now: datetime, random: str) -> str:
    """Return a new id for life (RFC 4151). `random` must be unguessably new."""
    return f"tag:{authority},{now:%Y-%m-%d}:article/{random}"


def add(tx: Tx, new: Article, findings: Iterable[Finding] = ()) -> Article:
    """Store a first revision; return the article with the id it was given."""
    changing = _values(new, findings)
    values = {
        **changing,
        "tag_id": new.tag_id,
        "published_at": new.published_at,
        "first_seen_at": new.first_seen_at,
        "revision": 1,
    }
    given = int(tx.execute(ADD, values).scalar_one())
    stored = replace(new, id=given, revision=1)
    labels.add(tx, stored)
    _record(tx, stored, changing, "first seen", new.first_seen_at)
    return stored


def change(
    tx: Tx,
    new: Article,
    findings: Iterable[Finding] = (),
    *,
    now: datetime,
    reason: str = "",
) -> Article:
    """Store `new` over the revision it was made from; return it as stored.

    `new.revision` is the revision it was made from. The id for life, the time of
    publication and the time it was first seen never change. Raises StoreError when
    somebody else changed the article in between: read it again.
    """
    changing = _values(new, findings)
    query = (
        update(article)
        .where(article.c.id == new.id, article.c.revision == new.revision)
        .values(**changing, revision=new.revision + 1)
    )
    if tx.execute(query).rowcount != 1:
        raise StoreError(f"Article {new.id} was changed by somebody else meanwhile.")
    stored = replace(new, revision=new.revision + 1)
    labels.replace(tx, stored)
    _record(tx, stored, changing, reason, now)
    return stored


def _values(one: Article, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the columns that may change, as far as an article says them."""
    content = one.content
    return {
        "source": one.source,
        "guid": one.guid,
        "section": content.section,
        "language": content.language,
        "content": contents.to_json(content),
        "findings": contents.findings_to_json(findings),
        "content_hash": one.content_hash,
        "unannounced": one.unannounced,
        "headline_source": content.headline_source.value,
        "search": " ".join(fingerprints.words(" ".join(_searchable(one)))),
        "updated_at": one.updated_at,
        "embargo_until": one.embargo_until,
        "baseline": one.baseline,
        "held": one.held,
        "withdrawn_at": one.withdrawn_at,
        "withdrawn_reason": one.withdrawn_reason,
        "merged_into": one.merged_into,
        "edited": sorted(one.edited),
    }


def _searchable(one: Article) -> tuple[str, ...]:
    return (one.content.headline, *one.content.bylines)


def _record(
    tx: Tx, one: Article, values: Mapping[str, Any], reason: str, now: datetime
) -> None:
    """Write the state down that the article was given with these columns."""
    tx.execute(
        RECORD,
        {
            "article": one.id,
            "number": one.revision,
            "content": values["content"],
            "content_hash": values["content_hash"],
            "seen_at": now,
            "reason": reason,
        },
    )
