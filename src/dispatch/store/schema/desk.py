"""What editors did to articles and issues, and what readers must be told."""

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)

from dispatch.model import EditKind
from dispatch.store.schema.columns import count, one_of, table, words
from dispatch.store.types import Json, Moment, WholeNumber, Words

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

# Append only: who did what to an issue. Without an issue it waits for the next one;
# one that made the editors' newsletter skip a slot names that slot instead.
edit = table(
    "edit",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("issue", Words, ForeignKey("issue.id")),
    Column("slot", Moment),
    Column("kind", Words, nullable=False),
    Column("articles", Json, nullable=False),
    words("words"),
    words("who"),
    Column("at", Moment, nullable=False),
    count("revision", 1),
    one_of("kind", EditKind),
    Index(None, "issue"),
    Index(
        "ix_edit_waiting",
        "newsletter",
        sqlite_where=text("issue IS NULL AND slot IS NULL"),
        postgresql_where=text("issue IS NULL AND slot IS NULL"),
    ),
)

# What an editor was shown of an issue; the link in it names the row.
proof = table(
    "proof",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("issue", Words, ForeignKey("issue.id"), nullable=False),
    Column("editor", Words, nullable=False),  # the address, as in the config
    count("revision"),  # the last one that was sent
    count("sent"),
    Column("sent_at", Moment),
    Column("reminded_at", Moment),
    UniqueConstraint("issue", "editor"),
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
