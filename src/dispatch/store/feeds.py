"""Feeds at rest: an identity for life, and what was last published."""

import secrets
from collections.abc import Mapping

from sqlalchemy import delete, insert, select, text

from dispatch.model import FeedFile, FeedFormat, FeedIdentity, FeedIds
from dispatch.store import schema
from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

MINT = text("""
INSERT INTO feed (name, tag_id, ids, first_seen_at)
VALUES (:name, :tag_id, :ids, :now)
ON CONFLICT (name) DO NOTHING
""")

# `changed_at` stays as long as the bytes do.
RECORD = text("""
INSERT INTO feed_file (feed, format, sha256, entries, changed_at, error)
VALUES (:feed, :format, :sha256, :entries, :now, '')
ON CONFLICT (feed, format) DO UPDATE SET
    changed_at = CASE WHEN feed_file.sha256 = excluded.sha256
                      THEN feed_file.changed_at ELSE excluded.changed_at END,
    sha256 = excluded.sha256, entries = excluded.entries, error = ''
""")

ENTITLE = text("""
UPDATE feed SET title = :title, made_of = :made_of WHERE name = :feed
""")

FAIL = text("""
INSERT INTO feed_file (feed, format, sha256, entries, changed_at, error)
VALUES (:feed, :format, '', 0, :now, :error)
ON CONFLICT (feed, format) DO UPDATE SET error = excluded.error
""")


def ensure(tx: Tx, name: str, *, ids: FeedIds, authority: str) -> FeedIdentity:
    """Return the feed's identity, minting it when it is new.

    Its id and the kind of its entries' ids are those of the first time for ever:
    compare `ids` to learn whether the config has come to disagree.
    """
    now = tx.now()
    tag = f"tag:{authority},{now:%Y-%m-%d}:feed/{secrets.token_hex(8)}"
    values = {"name": name, "tag_id": tag, "ids": ids, "now": to_micros(now)}
    tx.execute(MINT, values)
    return identities(tx)[name]


def rename(tx: Tx, old: str, new: str) -> None:
    """Give a feed another name. Its id and its archives stay with it.

    What was published is forgotten: it is to be made again, under other addresses.
    """
    feed, archive = schema.feed, schema.feed_archive
    [row] = tx.execute(select(feed).where(feed.c.name == old)).mappings()
    held = tx.execute(select(archive).where(archive.c.feed == old)).mappings().all()
    for table in (archive, schema.feed_file):
        tx.execute(delete(table).where(table.c.feed == old))
    tx.execute(delete(feed).where(feed.c.name == old))
    tx.execute(insert(feed).values({**row, "name": new, "title": "", "made_of": ""}))
    for one in held:
        tx.execute(insert(archive).values({**one, "feed": new}))


def is_known(tx: Tx, name: str) -> bool:
    """Whether a feed of this name was ever published."""
    found = tx.execute(select(schema.feed.c.name).where(schema.feed.c.name == name))
    return found.one_or_none() is not None


def identities(tx: Tx) -> dict[str, FeedIdentity]:
    """Return every feed that was ever published, by name."""
    rows = tx.execute(select(schema.feed).order_by(schema.feed.c.name))
    return {
        row.name: FeedIdentity(row.name, row.tag_id, row.ids, row.first_seen_at)
        for row in rows
    }


def made_of(tx: Tx) -> dict[str, str]:
    """Return what stands for all that each feed's files were made of, by name."""
    rows = tx.execute(select(schema.feed.c.name, schema.feed.c.made_of))
    return {row.name: row.made_of for row in rows}


def record(
    tx: Tx,
    name: str,
    *,
    sha256: Mapping[FeedFormat, str],
    entries: int,
    title: str = "",
    made_of: str = "",
) -> None:
    """Write down what a feed's files hold now; forget an earlier error.

    `made_of` stands for all that they depend on: the same again need not be made.
    """
    now = to_micros(tx.now())
    tx.execute(ENTITLE, {"feed": name, "title": title, "made_of": made_of})
    for form, digest in sha256.items():
        values = {"feed": name, "format": form.value, "sha256": digest}
        tx.execute(RECORD, {**values, "entries": entries, "now": now})


def record_error(tx: Tx, name: str, error: str) -> None:
    """Write down why a feed could not be published; its files stay as recorded."""
    now = to_micros(tx.now())
    for form in FeedFormat:
        values = {"feed": name, "format": form.value, "error": error, "now": now}
        tx.execute(FAIL, values)


def files(tx: Tx) -> tuple[FeedFile, ...]:
    """Return every file of every feed, by feed and format, removed feeds included."""
    table = schema.feed_file
    rows = tx.execute(select(table).order_by(table.c.feed, table.c.format))
    return tuple(
        FeedFile(
            feed=row.feed,
            format=FeedFormat(row.format),
            sha256=row.sha256,
            entries=row.entries,
            changed_at=row.changed_at,
            error=row.error,
        )
        for row in rows
    )


def titles(tx: Tx) -> dict[str, str]:
    """Return what every published feed is called, by name, removed feeds included."""
    rows = tx.execute(
        select(schema.feed.c.name, schema.feed.c.title)
        .where(schema.feed.c.title != "")
        .order_by(schema.feed.c.name)
    )
    return {row.name: row.title for row in rows}
