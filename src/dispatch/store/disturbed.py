"""Which stories of closed archives have changed, and up to when we looked.

Publishing asks, so that a correction makes its own archives anew and no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, text, union

from dispatch.model import Place
from dispatch.model.content import label_key, section_key
from dispatch.store import labels
from dispatch.store.schema import article, feed_archive, label, revision
from dispatch.store.stirred import SECTION
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

KEY = "feed archives"  # in `meta`: up to when changes were looked at

AT_ONCE = 10_000  # ids in one statement

GET = text("SELECT value FROM meta WHERE key = :key")
PUT = text("""
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")


# A story's number, its revision, and whether no embargo is on it any more.
Edition = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A story that an archive may hold, and that was changed since we last looked."""

    place: Place
    revision: int
    first_seen_at: datetime
    section: str
    released: bool  # no embargo is on it any more

    @property
    def edition(self) -> Edition:
        """What stands for the story as it is now."""
        return self.place.article, self.revision, self.released


def looked_at(tx: Tx) -> datetime | None:
    """Return up to when changes were looked at; None if there was no need yet."""
    value = tx.execute(GET, {"key": KEY}).scalar_one_or_none()
    return None if value is None else from_micros(int(value))


def look(tx: Tx, upto: datetime) -> None:
    """Remember that the archives show every change until then."""
    tx.execute(PUT, {"key": KEY, "value": str(to_micros(upto))})


def since(tx: Tx, *, moment: datetime, now: datetime) -> tuple[Disturbed, ...]:
    """Return stories that an archive may hold and that changed from `moment` on.

    Also those that time alone has released.
    """
    ends = select(func.max(feed_archive.c.until_at)).scalar_subquery()
    due = article.c.embargo_until
    chosen = union(
        select(revision.c.article.label("id")).where(revision.c.seen_at >= moment),
        select(article.c.id).where(and_(due >= moment, due <= now)),
    ).subquery()
    rows = tx.execute(
        select(
            article.c.id,
            article.c.published_at,
            article.c.revision,
            article.c.first_seen_at,
            article.c.section,
            article.c.embargo_until,
        ).where(
            article.c.id.in_(select(chosen.c.id)),
            unsought(article.c.published_at) <= ends,
        )
    ).all()
    return tuple(
        Disturbed(
            Place(row.published_at, row.id),
            row.revision,
            row.first_seen_at,
            row.section,
            row.embargo_until is None or row.embargo_until <= now,
        )
        for row in rows
    )


def unsought(column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The column, but no index of it: few rows are chosen by something else.

    Without it, SQLite reads every story that is older than the newest archive.
    """
    return column.op("+")(text("0"))


def labels_of(
    tx: Tx, stories: Sequence[Disturbed]
) -> Mapping[int, frozenset[tuple[str, str]]]:
    """Return the labels that each story has and all it ever had, as (kind, key)."""
    found = {
        one.place.article: {(SECTION, one.section)} if one.section else set()
        for one in stories
    }
    changed = [one.place.article for one in stories if one.revision > 1]
    for ids in _in_parts(list(found)):
        now = select(label.c.article, label.c.kind, label.c.key)
        for row in tx.execute(now.where(label.c.article.in_(ids))):
            found[row.article].add((row.kind, row.key))
    for ids in _in_parts(changed):
        ever = select(revision.c.article, revision.c.content)
        for row in tx.execute(ever.where(revision.c.article.in_(ids))):
            found[row.article].update(_said(row.content))
    return {article: frozenset(ones) for article, ones in found.items()}


def _in_parts(ids: list[int]) -> Iterator[list[int]]:
    """Yield as many at once as a statement takes on both databases."""
    return (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def _said(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the labels that a revision gave its story."""
    yield SECTION, section_key(content.get("section", ""))
    for kind, name in ((labels.TAG, "tags"), (labels.AUTHOR, "bylines")):
        for word in content.get(name, ()):
            yield kind, label_key(word)
