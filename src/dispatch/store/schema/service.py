"""What the program itself remembers: notes, workers, alerts."""

from sqlalchemy import Column

from dispatch.store.schema.columns import count, table
from dispatch.store.types import Moment, WholeNumber, Words

meta = table(
    "meta",
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
)


worker = table(
    "worker",
    Column("id", Words, primary_key=True),  # host:pid:random
    Column("host", Words, nullable=False),
    Column("pid", WholeNumber, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    Column("stopped_at", Moment),
)

alert = table(
    "alert",
    Column("key", Words, primary_key=True),
    Column("message", Words, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("told_at", Moment),
    count("count", 1),
)
