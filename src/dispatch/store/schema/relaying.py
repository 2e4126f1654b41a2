"""How each relay fares, and what of its rates is used: shared by all who deliver."""

from sqlalchemy import Column

from dispatch.store.schema.columns import count, table, words
from dispatch.store.types import Moment, WholeNumber, Words

# The row without domain is the relay itself; others are domains it is careful with.
relay_state = table(
    "relay_state",
    Column("relay", Words, primary_key=True),
    Column("domain", Words, primary_key=True),
    Column("rest_until", Moment),
    words("why"),
    count("failures"),
    Column("since", Moment),  # of the first failure in a row
    # Speeds are thousandths of a message a second; 0 is none.
    count("ceiling"),
    count("ceiling_was"),
    Column("ceiling_at", Moment),
    count("latency"),  # microseconds that a message takes a connection, lately
)

# A bucket is full again at `full_at`; appointments are given until `queued_until`.
relay_pace = table(
    "relay_pace",
    Column("relay", Words, primary_key=True),
    Column("domain", Words, primary_key=True),
    Column("rate", Words, primary_key=True),
    Column("full_at", Moment, nullable=False),
    Column("queued_until", Moment),
)

relay_use = table(
    "relay_use",
    Column("relay", Words, primary_key=True),
    Column("minute", WholeNumber, primary_key=True),  # since 1970
    count("messages"),
)
