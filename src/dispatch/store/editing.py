"""What the source last said in the fields that an editor set.

Collecting leaves such a field alone, and keeps the source's own words here, so that
they can be given back whenever the editor wants them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from dispatch.model import Article, Content
from dispatch.store import contents
from dispatch.store.schema import article
from dispatch.store.transaction import Tx
from dispatch.store.types import from_micros, to_micros

EMBARGO = "embargo_until"
CONTENT = ("headline", "deck", "summary", "section", "bylines")
FIELDS = (*CONTENT, EMBARGO)
TOGETHER = {"headline": ("headline", "headline_source")}


def remember(tx: Tx, id: int, given: Mapping[str, Any]) -> None:  # noqa: A002
    """Keep what a source gives in edited fields; what it gave in others stays."""
    if not given:
        return
    before = _stored(tx, id)
    after = {**before, **given}
    if after != before:
        tx.execute(update(article).where(article.c.id == id).values(given=after))


def forget(tx: Tx, id: int, field: str) -> None:  # noqa: A002
    """Keep nothing more for a field that follows its source again."""
    after = {name: value for name, value in _stored(tx, id).items() if name != field}
    tx.execute(update(article).where(article.c.id == id).values(given=after))


def given(tx: Tx, id: int) -> Mapping[str, Any]:  # noqa: A002
    """Return what the source last gave, as `values` made it, by field."""
    return _stored(tx, id)


def values(
    content: Content, embargo_until: datetime | None, fields: Iterable[str]
) -> Mapping[str, Any]:
    """Return some fields as JSON values; other fields than FIELDS are left out."""
    whole = contents.to_json(content)
    found: dict[str, Any] = {
        name: {part: whole[part] for part in TOGETHER.get(name, (name,))}
        for name in fields
        if name in CONTENT
    }
    if EMBARGO in fields:
        moment = None if embargo_until is None else to_micros(embargo_until)
        found[EMBARGO] = {EMBARGO: moment}
    return found


def restored(content: Content, value: Mapping[str, Any]) -> Content:
    """Return `content` with one field as `values` has it."""
    return contents.from_json({**contents.to_json(content), **value})


def embargo(value: Mapping[str, Any]) -> datetime | None:
    """Return the embargo that `values` made a value of."""
    micros = value[EMBARGO]
    return None if micros is None else from_micros(micros)


def is_kept(article: Article) -> bool:
    """Whether an editor set a field that its source goes on to give."""
    return not article.edited.isdisjoint(FIELDS)


def _stored(tx: Tx, id: int) -> dict[str, Any]:  # noqa: A002
    query = select(article.c.given).where(article.c.id == id)
    return dict(tx.execute(query).scalar_one_or_none() or {})
