"""The nouns as tables. Every constraint is named; types come from `store.types` only.

Changing a table means a migration in `store/migrations/versions`; a test compares
what the migrations make with what this file says.
"""

from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem

from dispatch.model import (
    DeliveryState,
    IssueState,
    MailingKind,
    SlotOutcome,
    SubscriptionState,
    SuppressionReason,
)
from dispatch.store.types import Bytes, Flag, Json, Moment, WholeNumber, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Allow only the values of an enum in `column`."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _words(name: str, default: str = "") -> Column[str]:
    """Make a text column that is never null."""
    return Column(name, Words, nullable=False, server_default=default)


def _count(name: str, default: int = 0) -> Column[int]:
    """Make an integer column that is never null."""
    return Column(name, WholeNumber, nullable=False, server_default=text(str(default)))


def _table(name: str, *parts: SchemaItem) -> Table:
    """Make a table that SQLite checks the types of."""
    return Table(name, metadata, *parts, sqlite_strict=True)


meta = _table(
    "meta",
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
)

# -- collected ----------------------------------------------------------------

source = _table(
    "source",
    Column("name", Words, primary_key=True),
    _words("kind"),
    Column("first_seen_at", Moment, nullable=False),
    _words("etag"),
    _words("last_modified"),
    _words("body_hash"),
    Column("last_attempt_at", Moment),
    Column("last_success_at", Moment),
    Column("next_at", Moment),
    _count("failures"),
    _words("error"),
)

article = _table(
    "article",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("tag_id", Words, nullable=False),
    _words("source"),
    _words("guid"),
    _words("section"),
    _words("language"),
    Column("content", Json, nullable=False),
    Column("findings", Json, nullable=False, server_default="[]"),
    Column("content_hash", Words, nullable=False),
    _count("revision", 1),
    _count("unannounced"),
    _words("headline_source"),
    _words("search"),  # headline and bylines in comparable form
    Column("published_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("embargo_until", Moment),
    Column("baseline", Flag, nullable=False, server_default=text("0")),
    _words("held"),
    Column("withdrawn_at", Moment),
    _words("withdrawn_reason"),
    Column("merged_into", WholeNumber, ForeignKey("article.id")),
    Column("edited", Json, nullable=False, server_default="[]"),
    UniqueConstraint("tag_id"),
    Index(None, "section", "published_at"),
    Index(None, "published_at"),
)

alias = _table(
    "alias",
    Column("kind", Words, nullable=False),
    Column("scope", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("kind", "scope", "value"),
    Index(None, "article"),
)

revision = _table(
    "revision",
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("number", WholeNumber, nullable=False),
    Column("content", Json, nullable=False),
    Column("content_hash", Words, nullable=False),
    Column("seen_at", Moment, nullable=False),
    _words("reason"),
    PrimaryKeyConstraint("article", "number"),
)

# What a source last showed under each of its own names (path, guid).
item = _table(
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
problem = _table(
    "problem",
    Column("source", Words, nullable=False),
    Column("place", Words, nullable=False),
    Column("what", Words, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    PrimaryKeyConstraint("source", "place"),
)

media = _table(
    "media",
    Column("sha256", Words, primary_key=True),
    Column("media_type", Words, nullable=False),
    Column("data", Bytes, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

# -- published ----------------------------------------------------------------

feed = _table(
    "feed",
    Column("name", Words, primary_key=True),
    Column("tag_id", Words, nullable=False),
    Column("ids", Words, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    UniqueConstraint("tag_id"),
)

feed_file = _table(
    "feed_file",
    Column("feed", Words, ForeignKey("feed.name"), nullable=False),
    Column("format", Words, nullable=False),
    Column("sha256", Words, nullable=False),
    _count("entries"),
    Column("changed_at", Moment, nullable=False),
    _words("error"),
    PrimaryKeyConstraint("feed", "format"),
)

# -- composed -----------------------------------------------------------------

newsletter = _table(
    "newsletter",
    Column("name", Words, primary_key=True),
    _words("title"),
    Column("first_seen_at", Moment, nullable=False),
    Column("settled_to", Moment, nullable=False),
    _count("mark"),
    Column("paused_at", Moment),
    Column("paused_until", Moment),
    _words("paused_then", "fresh"),
    Column("removed_at", Moment),
)

slot = _table(
    "slot",
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", Words, nullable=False),
    _words("reason"),
    Column("settled_at", Moment, nullable=False),
    PrimaryKeyConstraint("newsletter", "at"),
    _one_of("outcome", SlotOutcome),
)

entry = _table(
    "entry",
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("position", WholeNumber, nullable=False),
    Column("article", WholeNumber, ForeignKey("article.id"), nullable=False),
    Column("eligible_at", Moment, nullable=False),
    PrimaryKeyConstraint("newsletter", "position"),
    UniqueConstraint("newsletter", "article"),
)

issue = _table(
    "issue",
    Column("id", Words, primary_key=True),
    Column("newsletter", Words, ForeignKey("newsletter.name"), nullable=False),
    Column("slot", Moment, nullable=False),
    Column("state", Words, nullable=False),
    _words("subject"),
    _count("from_position"),
    _count("to_position"),
    _count("revision", 1),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("expires_at", Moment),
    _words("held_reason"),
    Column("planned", WholeNumber),
    Column("planned_to", WholeNumber),  # highest subscription id planned so far
    UniqueConstraint("newsletter", "slot"),
    _one_of("state", IssueState),
)

# Frozen bytes, addressed by their hash; equal messages are stored once.
body = _table(
    "body",
    Column("sha256", Words, primary_key=True),
    Column("data", Bytes, nullable=False),
    Column("spans", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
)

variant = _table(
    "variant",
    Column("issue", Words, ForeignKey("issue.id"), nullable=False),
    Column("choice", Words, nullable=False),
    Column("revision", WholeNumber, nullable=False),
    Column("asked", Json, nullable=False),
    _words("subject"),
    Column("articles", Json, nullable=False),
    _count("more"),
    _words("html"),
    _words("text"),
    Column("body", Words, ForeignKey("body.sha256"), nullable=False),
    PrimaryKeyConstraint("issue", "choice", "revision"),
)

# -- subscribed ---------------------------------------------------------------

subscriber = _table(
    "subscriber",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("mailbox", Words, nullable=False),  # comparable: lower-case, A-label domain
    Column("address", Words, nullable=False),  # as typed
    Column("mailbox_hash", Words, nullable=False),  # keyed; joins with suppression
    _words("name"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("mailbox"),
    Index(None, "mailbox_hash"),
)

subscription = _table(
    "subscription",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("subscriber", WholeNumber, ForeignKey("subscriber.id"), nullable=False),
    Column("newsletter", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("topics", Json, nullable=False, server_default="[]"),
    _words("format", "html"),
    _count("covered_to"),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("requested_at", Moment),
    Column("confirmed_at", Moment),
    Column("paused_until", Moment),
    _words("consent_source"),
    _words("consent_text"),
    _words("consent_ip"),
    Column("consent_at", Moment),
    UniqueConstraint("subscriber", "newsletter"),
    Index(None, "newsletter", "state", "id"),
    _one_of("state", SubscriptionState),
)

# Every transition, for `why` and for evidence.
subscription_event = _table(
    "subscription_event",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("subscription", WholeNumber, ForeignKey("subscription.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", Words, nullable=False),
    Column("state", Words, nullable=False),
    _words("detail"),
    Index(None, "subscription"),
)

# Keyed hashes, so that it survives erasure without keeping the address.
suppression = _table(
    "suppression",
    Column("mailbox_hash", Words, primary_key=True),
    Column("reason", Words, nullable=False),
    Column("at", Moment, nullable=False),
    _words("detail"),
    _one_of("reason", SuppressionReason),
)

# -- delivered ----------------------------------------------------------------

mailing = _table(
    "mailing",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("kind", Words, nullable=False),
    Column("dedupe_key", Words, nullable=False),
    _words("newsletter"),
    Column("issue", Words, ForeignKey("issue.id")),
    _count("priority"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    _count("planned"),
    _words("sender"),  # address of the From header, for Message-ID and envelope
    _words("on_unknown", "resend_once"),
    UniqueConstraint("dedupe_key"),
    Index(None, "issue"),
    _one_of("kind", MailingKind),
)

delivery = _table(
    "delivery",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("mailing", WholeNumber, ForeignKey("mailing.id"), nullable=False),
    # Denormalised from mailing, so that the claim reads one index.
    _count("priority"),
    Column("recipient", Words, nullable=False),
    Column("mailbox_hash", Words, nullable=False),
    Column("subscription", WholeNumber, ForeignKey("subscription.id")),
    Column("body", Words, ForeignKey("body.sha256"), nullable=False),
    Column("state", Words, nullable=False),
    _count("fence"),
    _words("worker"),
    Column("lease_until", Moment),
    _count("tries"),
    _count("resends"),
    Column("not_before", Moment, nullable=False),
    _words("reason"),
    _words("phase"),
    _count("code"),
    _words("enhanced"),
    _words("reply"),
    Column("created_at", Moment, nullable=False),
    Column("dot_at", Moment),
    Column("settled_at", Moment),
    UniqueConstraint("mailing", "recipient"),
    _one_of("state", DeliveryState),
    Index(
        "ix_delivery_due",
        "priority",
        "not_before",
        "id",
        sqlite_where=text("state IN ('pending', 'deferred')"),
        postgresql_where=text("state IN ('pending', 'deferred')"),
    ),
    Index(
        "ix_delivery_leased",
        "lease_until",
        sqlite_where=text("state IN ('claimed', 'dot')"),
        postgresql_where=text("state IN ('claimed', 'dot')"),
    ),
    Index(
        "ix_delivery_unknown",
        "mailing",
        sqlite_where=text("state = 'unknown'"),
        postgresql_where=text("state = 'unknown'"),
    ),
    Index(None, "mailbox_hash", "created_at"),
    Index(None, "subscription"),
    Index(None, "mailing", "state"),
)

# Append only: one row for every try that reached a server or failed to.
attempt = _table(
    "attempt",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("delivery", WholeNumber, ForeignKey("delivery.id"), nullable=False),
    Column("fence", WholeNumber, nullable=False),
    Column("at", Moment, nullable=False),
    _words("worker"),
    _words("relay"),
    Column("phase", Words, nullable=False),
    _count("code"),
    _words("enhanced"),
    _words("reply"),
    Index(None, "delivery"),
)

# -- run ----------------------------------------------------------------------

worker = _table(
    "worker",
    Column("id", Words, primary_key=True),  # host:pid:random
    Column("host", Words, nullable=False),
    Column("pid", WholeNumber, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    Column("stopped_at", Moment),
)

alert = _table(
    "alert",
    Column("key", Words, primary_key=True),
    Column("message", Words, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("told_at", Moment),
    _count("count", 1),
)
