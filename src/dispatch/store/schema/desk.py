"""What editors did to articles, and what readers of a newsletter must be told."""

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
)

from dispatch.store.schema.columns import table, words
from dispatch.store.types import Moment, WholeNumber, Words

# Append only: who did what to an article, and why.
act = table(
    "act",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("act", Words, nullable=False),
    words("who"),
    words("reason"),
    Column("at", Moment, nullable=False),
    Index(None, "article"),
)

# A revision that readers of the one before should hear of.
correction = table(
    "correction",
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("revision", WholeNumber, nullable=False),
    Column("kind", Words, nullable=False),
    words("was"),  # the headline before, where it changed
    words("note"),  # the correction's own words, or why it was withdrawn
    Column("noted_at", Moment, nullable=False),
    PrimaryKeyConstraint("article", "revision"),
)

# Which issue of a newsletter told of it.
correction_carried = table(
    "correction_carried",
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("article", WholeNumber, nullable=False),
    Column("revision", WholeNumber, nullable=False),
    Column("issue", Words, ForeignKey("issue.id"), nullable=False),
    PrimaryKeyConstraint("newsletter", "article", "revision"),
    ForeignKeyConstraint(
        ["article", "revision"], ["correction.article", "correction.revision"]
    ),
    Index(None, "issue"),
)
