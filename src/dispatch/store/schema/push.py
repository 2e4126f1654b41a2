"""WebSub: our subscriptions at hubs, and what they pushed and nobody has read yet."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint

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
