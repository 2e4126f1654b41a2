"""WebSub, both ways: what hubs push to us, and what we tell hubs of our own feeds."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from dispatch.store.schema.columns import count, table, words
from dispatch.store.types import Bytes, Moment, WholeNumber, Words

push = table(
    "push",
    Column("source", Words, primary_key=True),
    Column("hub", Words, nullable=False),
    Column("topic", Words, nullable=False),
    Column("token", Words, nullable=False),
    Column("secret", Words, nullable=False),
    words("asked"),
    Column("asked_at", Moment),
    Column("verified_at", Moment),
    Column("lease_until", Moment),
    Column("next_at", Moment),
    Column("pushed_at", Moment),
    Column("broken_at", Moment),
    count("failures"),
    count("ignored"),
    words("error"),
    UniqueConstraint("token"),
)

pushed = table(
    "pushed",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("source", Words, ForeignKey("push.source"), nullable=False),
    Column("received_at", Moment, nullable=False),
    words("content_type"),
    Column("body", Bytes, nullable=False),
    Index(None, "source"),
)

# A hub of our own feeds; one that answers has no row.
silent_hub = table(
    "silent_hub",
    Column("hub", Words, primary_key=True),
    count("failures"),
    Column("since", Moment, nullable=False),
    Column("next_at", Moment, nullable=False),
    words("error"),
)

# The edition of a feed's file that a hub was told of.
ping = table(
    "ping",
    Column("hub", Words, nullable=False),
    Column("feed", Words, nullable=False),
    Column("format", Words, nullable=False),
    Column("sha256", Words, nullable=False),
    Column("told_at", Moment, nullable=False),
    words("error"),  # what the hub had against it
    PrimaryKeyConstraint("hub", "feed", "format"),
)
