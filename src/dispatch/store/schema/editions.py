"""Newsletters, their slots, entries and issues, and the bytes these freeze into."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from dispatch.model import IssueState, SlotOutcome
from dispatch.store.schema.columns import count, one_of, table, words
from dispatch.store.types import Bytes, Json, Moment, WholeNumber, Words

newsletter = table(
    "newsletter",
    Column("name", Words, primary_key=True),
    words("title"),
    Column("first_seen_at", Moment, nullable=False),
    Column("settled_to", Moment, nullable=False),
    count("mark"),
    Column("paused_at", Moment),
    Column("paused_until", Moment),
    words("paused_then", "fresh"),
    Column("removed_at", Moment),
)

slot = table(
    "slot",
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Words, nullable=False),
    words("reason"),
    Column("settled_at", Moment, nullable=False),
    PrimaryKeyConstraint("newsletter", "at"),
    one_of("outcome", SlotOutcome),
)

entry = table(
    "entry",
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("position", WholeNumber, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("eligible_at", Moment, nullable=False),
    words("headline"),  # in comparable form: nothing goes out twice
    Column("dropped_at", Moment),  # for good: no issue shows it
    count("passed_over"),  # 1: came during a pause that ended fresh, is in no mail
    PrimaryKeyConstraint("newsletter", "position"),
    UniqueConstraint("newsletter", "article"),
    Index(None, "newsletter", "headline"),
    Index(None, "article"),
)

issue = table(
    "issue",
    Column("id", Words, primary_key=True),
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("slot", Moment, nullable=False),
    Column("state", Words, nullable=False),
    words("subject"),
    count("from_position"),
    count("to_position"),
    count("reaches_to"),  # where the oldest of its variants starts
    count("revision", 1),
    Column("frozen_at", Moment),  # when the content of this revision was made
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("expires_at", Moment),
    words("held_reason"),
    Column("planned", WholeNumber),
    Column("planned_to", WholeNumber),  # highest subscription id planned so far
    Column("leaves_at", Moment),  # not before; sending: the rest of a canary
    count("canary"),  # so many go first, the rest is held back
    count("replaced"),  # the first revision that may still leave
    UniqueConstraint("newsletter", "slot"),
    one_of("state", IssueState),
)

# Frozen bytes, addressed by their hash; equal messages are stored once.
body = table(
    "body",
    Column("sha256", Words, primary_key=True),
    Column("data", Bytes, nullable=False),
    Column("spans", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
)

variant = table(
    "variant",
    Column("issue", Words, ForeignKey("issue.id"), nullable=False),
    Column("choice", Words, nullable=False),
    Column("revision", WholeNumber, nullable=False),
    Column("asked", Json, nullable=False),
    words("subject"),
    Column("articles", Json, nullable=False),
    count("more"),
    words("html"),
    words("text"),
    Column("body", Words, ForeignKey("body.sha256"), nullable=False),
    words("left_out"),
    PrimaryKeyConstraint("issue", "choice", "revision"),
)
