"""What collecting cannot settle alone: questions, other sources' copies, storms."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint

from dispatch.store.schema.columns import table, words
from dispatch.store.types import Json, Moment, WholeNumber, Words

# What waits for an editor, and what was answered: nothing is asked twice.
question = table(
    "question",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("kind", Words, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id")),
    Column("other", WholeNumber, ForeignKey("article.id")),
    words("source"),
    words("detail"),
    Column("asked_at", Moment, nullable=False),
    words("answer"),
    Column("answered_at", Moment),
    Index(None, "article", "kind"),
    Index(None, "source", "kind"),
)

# Where else a story is found: another source, under that source's name for it.
also_in = table(
    "also_in",
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("source", Words, nullable=False),
    Column("locator", Words, nullable=False),
    words("url"),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("article", "source", "locator"),
)

# Stories that a storm brought: whole, and no article yet.
parked = table(
    "parked",
    Column("source", Words, nullable=False),
    Column("locator", Words, nullable=False),
    Column("stamp", Words, nullable=False),
    Column("story", Json, nullable=False),
    Column("parked_at", Moment, nullable=False),
    PrimaryKeyConstraint("source", "locator"),
)

# Some of the sentences of every story that is not old, as hashes: what two stories
# share leads from one to the other.
trace = table(
    "trace",
    Column("value", WholeNumber, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    PrimaryKeyConstraint("value", "article"),
    Index(None, "article"),
)

# Stories that a newsletter does not carry, since it had them under another id.
left_out = table(
    "left_out",
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("had", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("newsletter", "article"),
)
