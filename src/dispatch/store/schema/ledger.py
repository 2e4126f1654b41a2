"""Mailings and deliveries: the books of every recipient."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint, text

from dispatch.model import DeliveryState, MailingKind
from dispatch.store.schema.columns import count, one_of, table, words
from dispatch.store.types import Moment, WholeNumber, Words

mailing = table(
    "mailing",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("kind", Words, nullable=False),
    Column("dedupe_key", Words, nullable=False),
    words("newsletter"),
    Column("issue", Words, ForeignKey("issue.id")),
    count("priority"),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    count("planned"),
    words("sender"),  # address of the From header, for Message-ID and envelope
    words("on_unknown", "resend_once"),
    UniqueConstraint("dedupe_key"),
    Index(None, "issue"),
    one_of("kind", MailingKind),
)

delivery = table(
    "delivery",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("mailing", WholeNumber, ForeignKey("mailing.id"), nullable=False),
    # Denormalised from mailing, so that the claim reads one index.
    count("priority"),
    Column("recipient", Words, nullable=False),
    Column("mailbox_hash", Words, nullable=False),
    Column("subscription", WholeNumber, ForeignKey("subscription.id")),
    Column("body", Words, ForeignKey("body.sha256"), nullable=False),
    Column("state", Words, nullable=False),
    count("fence"),
    words("worker"),
    Column("lease_until", Moment),
    count("tries"),
    count("resends"),
    Column("not_before", Moment, nullable=False),
    words("reason"),
    words("phase"),
    count("code"),
    words("enhanced"),
    words("reply"),
    Column("created_at", Moment, nullable=False),
    Column("dot_at", Moment),
    Column("settled_at", Moment),
    UniqueConstraint("mailing", "recipient"),
    one_of("state", DeliveryState),
    Index(
        # A mailing that may not go lies apart, and costs the others nothing.
        "ix_delivery_due",
        "priority",
        "mailing",
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
attempt = table(
    "attempt",
    Column("id", WholeNumber, primary_key=True, autoincrement=True),
    Column("delivery", WholeNumber, ForeignKey("delivery.id"), nullable=False),
    Column("fence", WholeNumber, nullable=False),
    Column("at", Moment, nullable=False),
    words("worker"),
    words("relay"),
    Column("phase", Words, nullable=False),
    count("code"),
    words("enhanced"),
    words("reply"),
    Index(None, "delivery"),
)
