"""Subscribers, their subscriptions, and who gets no mail at all."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint

from dispatch.model import SubscriptionState, SuppressionReason
from dispatch.store.schema.columns import count, one_of, table, words
from dispatch.store.types import Json, Moment, WholeNumber, Words

subscriber = table(
    "subscriber",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("mailbox", Words, nullable=False),  # comparable: lower-case, A-label domain
    Column("address", Words, nullable=False),  # as typed
    Column("mailbox_hash", Words, nullable=False),  # keyed; joins with suppression
    words("name"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("mailbox"),
    Index(None, "mailbox_hash"),
)

subscription = table(
    "subscription",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("subscriber", WholeNumber, ForeignKey("subscriber.id"), nullable=False),
    Column("newsletter", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("topics", Json, nullable=False, server_default="[]"),
    words("format", "html"),
    words("cadence", "each"),
    Column("languages", Json, nullable=False, server_default="[]"),
    count("covered_to"),
    Column("covered_at", Moment),  # slot of the newest issue that was theirs
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("requested_at", Moment),
    Column("confirmed_at", Moment),
    Column("paused_until", Moment),
    words("consent_source"),
    words("consent_text"),
    words("consent_ip"),
    Column("consent_at", Moment),
    UniqueConstraint("subscriber", "newsletter"),
    Index(None, "newsletter", "state", "id"),
    one_of("state", SubscriptionState),
)

# Every transition, for `why` and for evidence.
subscription_event = table(
    "subscription_event",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("subscription", WholeNumber, ForeignKey("subscription.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", Words, nullable=False),
    Column("state", Words, nullable=False),
    words("detail"),
    Index(None, "subscription"),
)

# A reader's own feeds. A revoked one stays, to answer that it is gone.
private_feed = table(
    "private_feed",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("subscription", WholeNumber, ForeignKey("subscription.id"), nullable=False),
    words("name"),
    Column("made_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Index(None, "subscription"),
)

# Keyed hashes, so that it survives erasure without keeping the address.
suppression = table(
    "suppression",
    Column("mailbox_hash", Words, primary_key=True),
    Column("reason", Words, nullable=False),
    Column("at", Moment, nullable=False),
    words("detail"),
    one_of("reason", SuppressionReason),
)
