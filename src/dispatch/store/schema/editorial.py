"""Articles and where they come from, and the feeds they are published in."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)

from dispatch.store.schema.columns import count, table, words
from dispatch.store.types import Bytes, Flag, Json, Moment, WholeNumber, Words

source = table(
    "source",
    Column("name", Words, primary_key=True),
    words("kind"),
    Column("first_seen_at", Moment, nullable=False),
    words("etag"),
    words("last_modified"),
    words("body_hash"),
    Column("last_attempt_at", Moment),
    Column("last_success_at", Moment),
    Column("next_at", Moment),
    count("failures"),
    words("error"),
    words("cursor"),
    words("remark"),
    Column("held_at", Moment),
    words("held_why"),
    words("next_why"),
    Column("failing_since", Moment),
    Column("gone_at", Moment),
    words("address"),
    words("validators_for"),
    Column("full_at", Moment),
    Column("outlook", Json, nullable=False, server_default="{}"),
    words("rhythm"),
    Column("rhythm_at", Moment),
    words("trail_to"),
    Column("trail_since", Moment),
    words("moved_to"),
    Column("moved_at", Moment),
)

# Servers that asked to be left alone; whoever answers well again has no row.
host = table(
    "host",
    Column("name", Words, primary_key=True),
    Column("not_before", Moment, nullable=False),
    words("why"),
    count("strikes"),
)

article = table(
    "article",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("tag_id", Words, nullable=False),
    words("source"),
    words("guid"),
    words("section"),
    words("language"),
    Column("content", Json, nullable=False),
    Column("findings", Json, nullable=False, server_default="[]"),
    Column("content_hash", Words, nullable=False),
    count("revision", 1),
    count("unannounced"),
    words("headline_source"),
    words("search"),  # headline and bylines in comparable form
    Column("published_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("embargo_until", Moment),
    Column("baseline", Flag, nullable=False, server_default=text("0")),
    words("held"),
    Column("withdrawn_at", Moment),
    words("withdrawn_reason"),
    Column("merged_into", WholeNumber, ForeignKey("article.id")),
    Column("edited", Json, nullable=False, server_default="[]"),
    # What the source last said in the fields that an editor set.
    Column("given", Json, nullable=False, server_default="{}"),
    UniqueConstraint("tag_id"),
    Index(None, "section", "published_at"),
    Index(None, "source", "published_at"),
    Index(None, "published_at"),
    # Few are, and each round of publishing asks which.
    Index(
        "ix_article_withdrawn",
        "withdrawn_at",
        sqlite_where=text("withdrawn_at IS NOT NULL"),
        postgresql_where=text("withdrawn_at IS NOT NULL"),
    ),
    Index(
        "ix_article_embargo_until",
        "embargo_until",
        sqlite_where=text("embargo_until IS NOT NULL"),
        postgresql_where=text("embargo_until IS NOT NULL"),
    ),
)

# By what else an article is selected: its tags and authors, as they are compared.
label = table(
    "label",
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("kind", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("published_at", Moment, nullable=False),  # the article's: it never changes
    PrimaryKeyConstraint("article", "kind", "key"),
    Index(None, "kind", "key", "published_at", "article"),
)

alias = table(
    "alias",
    Column("kind", Words, nullable=False),
    Column("scope", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("kind", "scope", "value"),
    Index(None, "article"),
)

revision = table(
    "revision",
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("number", WholeNumber, nullable=False),
    Column("content", Json, nullable=False),
    Column("content_hash", Words, nullable=False),
    Column("seen_at", Moment, nullable=False),
    words("reason"),
    PrimaryKeyConstraint("article", "number"),
    Index(None, "seen_at"),
)

# What a source last showed under each of its own names (path, guid).
item = table(
    "item",
    Column("source", Words, nullable=False),
    Column("locator", Words, nullable=False),
    Column("stamp", Words, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id")),
    Column("seen_at", Moment, nullable=False),
    Column("missing_since", Moment),
    PrimaryKeyConstraint("source", "locator"),
    Index(None, "article"),
)

# Bad input, named once; a row goes when its place is good again.
problem = table(
    "problem",
    Column("source", Words, nullable=False),
    Column("place", Words, nullable=False),
    Column("what", Words, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    PrimaryKeyConstraint("source", "place"),
)

media = table(
    "media",
    Column("sha256", Words, primary_key=True),
    Column("media_type", Words, nullable=False),
    Column("data", Bytes, nullable=False),
    Column("seen_at", Moment, nullable=False),
)


feed = table(
    "feed",
    Column("name", Words, primary_key=True),
    Column("tag_id", Words, nullable=False),
    Column("ids", Words, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    words("title"),  # as it was last published
    words("made_of"),  # a digest of all that its files were made of
    UniqueConstraint("tag_id"),
)

feed_file = table(
    "feed_file",
    Column("feed", Words, ForeignKey("feed.name"), nullable=False),
    Column("format", Words, nullable=False),
    Column("sha256", Words, nullable=False),
    count("entries"),
    Column("changed_at", Moment, nullable=False),
    words("error"),
    PrimaryKeyConstraint("feed", "format"),
)

# Closed archive documents (RFC 5005): what they hold stays as it was recorded.
feed_archive = table(
    "feed_archive",
    Column("feed", Words, ForeignKey("feed.name"), nullable=False),
    Column("name", Words, nullable=False),
    Column("number", WholeNumber, nullable=False),
    Column("since_at", Moment, nullable=False),
    Column("since_article", WholeNumber, nullable=False),
    Column("until_at", Moment, nullable=False),
    Column("until_article", WholeNumber, nullable=False),
    Column("before", Moment, nullable=False),
    Column("closed_at", Moment, nullable=False),
    words("style"),
    words("older"),
    words("newer"),
    count("entries"),
    Column("sha256", Json, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("feed", "name"),
    UniqueConstraint("feed", "number"),
)
