"""The bytes of pictures that arrived beside stories, each stored once."""

from collections.abc import Iterable

from sqlalchemy import select, text

from dispatch.model import Media
from dispatch.store.schema import media
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

PUT = text(
    "INSERT INTO media (sha256, media_type, data, seen_at)"
    " VALUES (:sha256, :media_type, :data, :seen_at)"
    " ON CONFLICT (sha256) DO NOTHING"
)


def put(tx: Tx, pictures: Iterable[Media]) -> None:
    """Store pictures; those that are there already stay as they are."""
    seen_at = to_micros(tx.now())
    for one in pictures:
        tx.execute(
            PUT,
            {
                "sha256": one.sha256,
                "media_type": one.media_type,
                "data": one.data,
                "seen_at": seen_at,
            },
        )


def get(tx: Tx, sha256: str) -> Media | None:
    """Return a stored picture, or None."""
    row = tx.execute(select(media).where(media.c.sha256 == sha256)).one_or_none()
    return None if row is None else Media(row.sha256, row.media_type, row.data)
