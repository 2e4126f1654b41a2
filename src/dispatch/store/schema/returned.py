"""What came back: one row for each message and class, and a count of all reports."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint, text

from dispatch.model import BounceClass, BounceFate
from dispatch.store.schema.columns import count, one_of, table, words
from dispatch.store.types import Moment, WholeNumber, Words

# A row of its own: it never changes the state of the delivery.
bounce = table(
    "bounce",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("delivery", WholeNumber, ForeignKey("delivery.id"), nullable=False),
    Column("kind", Words, nullable=False),
    count("weight", 1),
    words("issue"),
    words("domain"),
    Column("subscription", WholeNumber, ForeignKey("subscription.id")),
    count("code"),
    words("enhanced"),
    words("text"),
    words("via"),
    Column("at", Moment, nullable=False),
    words("fate"),
    Column("decided_at", Moment),
    UniqueConstraint("delivery", "kind"),
    one_of("kind", BounceClass),
    one_of("fate", BounceFate),
    Index(None, "issue", "domain"),
    Index(None, "subscription"),
    Index(
        "ix_bounce_open",
        "at",
        sqlite_where=text("fate IN ('', 'held')"),
        postgresql_where=text("fate IN ('', 'held')"),
    ),
    Index(None, "at"),
)

# Reports that led to no row, and those that did, by what became of them.
intake = table(
    "intake",
    Column("outcome", Words, primary_key=True),
    count("count"),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
)
