"""The nouns as tables."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The nouns as tables."""
    op.create_table(
        "alert",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("first_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("last_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("told_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "count",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert")),
        sqlite_strict=True,
    )
    op.create_table(
        "article",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tag_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("section", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("content", dispatch.store.types.Json(), nullable=False),
        sa.Column(
            "findings", dispatch.store.types.Json(), server_default="[]", nullable=False
        ),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.Column(
            "unannounced",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("headline_source", sa.Text(), server_default="", nullable=False),
        sa.Column("search", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("updated_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("first_seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("embargo_until", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "baseline",
            dispatch.store.types.Flag(),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("held", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawn_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "merged_into",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "edited", dispatch.store.types.Json(), server_default="[]", nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["article.id"], name=op.f("fk_article_merged_into")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("tag_id", name=op.f("uq_article_tag_id")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_article_published_at"), "article", ["published_at"], unique=False
    )
    op.create_index(
        op.f("ix_article_section_published_at"),
        "article",
        ["section", "published_at"],
        unique=False,
    )
    op.create_table(
        "body",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("spans", dispatch.store.types.Json(), nullable=False),
        sa.Column("created_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_body")),
        sqlite_strict=True,
    )
    op.create_table(
        "feed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Text(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("first_seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed")),
        sa.UniqueConstraint("tag_id", name=op.f("uq_feed_tag_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "media",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_media")),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
        sqlite_strict=True,
    )
    op.create_table(
        "newsletter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("first_seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("settled_to", dispatch.store.types.Moment(), nullable=False),
        sa.Column(
            "mark",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("paused_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("paused_until", dispatch.store.types.Moment(), nullable=True),
        sa.Column("paused_then", sa.Text(), server_default="fresh", nullable=False),
        sa.Column("removed_at", dispatch.store.types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_newsletter")),
        sqlite_strict=True,
    )
    op.create_table(
        "problem",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("first_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("last_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "place", name=op.f("pk_problem")),
        sqlite_strict=True,
    )
    op.create_table(
        "source",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("first_seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("last_modified", sa.Text(), server_default="", nullable=False),
        sa.Column("body_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("last_attempt_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("last_success_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("next_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "failures",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
        sqlite_strict=True,
    )
    op.create_table(
        "subscriber",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mailbox_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_subscriber_mailbox")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_subscriber_mailbox_hash"), "subscriber", ["mailbox_hash"], unique=False
    )
    op.create_table(
        "suppression",
        sa.Column("mailbox_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "reason IN ('unsubscribed', 'bounced', 'complaint', 'erased', 'manual')",
            name=op.f("ck_suppression_reason"),
        ),
        sa.PrimaryKeyConstraint("mailbox_hash", name=op.f("pk_suppression")),
        sqlite_strict=True,
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column(
            "pid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("started_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("heartbeat_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("stopped_at", dispatch.store.types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
        sqlite_strict=True,
    )
    op.create_table(
        "alias",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_alias_article")
        ),
        sa.PrimaryKeyConstraint("kind", "scope", "value", name=op.f("pk_alias")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_alias_article"), "alias", ["article"], unique=False)
    op.create_table(
        "entry",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("eligible_at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_entry_article")
        ),
        sa.ForeignKeyConstraint(
            ["newsletter"], ["newsletter.name"], name=op.f("fk_entry_newsletter")
        ),
        sa.PrimaryKeyConstraint("newsletter", "position", name=op.f("pk_entry")),
        sa.UniqueConstraint(
            "newsletter", "article", name=op.f("uq_entry_newsletter_article")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "feed_file",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "entries",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("changed_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["feed"], ["feed.name"], name=op.f("fk_feed_file_feed")
        ),
        sa.PrimaryKeyConstraint("feed", "format", name=op.f("pk_feed_file")),
        sqlite_strict=True,
    )
    op.create_table(
        "issue",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("slot", dispatch.store.types.Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "from_position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "to_position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.Column("created_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("changed_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("expires_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("held_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "planned",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "planned_to",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'held', 'ready', 'planned', 'sending', 'paused', 'done', 'cancelled', 'expired')",
            name=op.f("ck_issue_state"),
        ),
        sa.ForeignKeyConstraint(
            ["newsletter"], ["newsletter.name"], name=op.f("fk_issue_newsletter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint(
            "newsletter", "slot", name=op.f("uq_issue_newsletter_slot")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "item",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("missing_since", dispatch.store.types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_item_article")
        ),
        sa.PrimaryKeyConstraint("source", "locator", name=op.f("pk_item")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_item_article"), "item", ["article"], unique=False)
    op.create_table(
        "revision",
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("content", dispatch.store.types.Json(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_revision_article")
        ),
        sa.PrimaryKeyConstraint("article", "number", name=op.f("pk_revision")),
        sqlite_strict=True,
    )
    op.create_table(
        "slot",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", dispatch.store.types.Moment(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('opened', 'empty', 'skipped_late', 'superseded', 'paused')",
            name=op.f("ck_slot_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["newsletter"], ["newsletter.name"], name=op.f("fk_slot_newsletter")
        ),
        sa.PrimaryKeyConstraint("newsletter", "at", name=op.f("pk_slot")),
        sqlite_strict=True,
    )
    op.create_table(
        "subscription",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "subscriber",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "topics", dispatch.store.types.Json(), server_default="[]", nullable=False
        ),
        sa.Column("format", sa.Text(), server_default="html", nullable=False),
        sa.Column(
            "covered_to",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("created_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("changed_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("requested_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("confirmed_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("paused_until", dispatch.store.types.Moment(), nullable=True),
        sa.Column("consent_source", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_text", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_ip", sa.Text(), server_default="", nullable=False),
        sa.Column("consent_at", dispatch.store.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'paused', 'unsubscribed', 'suspended')",
            name=op.f("ck_subscription_state"),
        ),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscriber.id"], name=op.f("fk_subscription_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint(
            "subscriber",
            "newsletter",
            name=op.f("uq_subscription_subscriber_newsletter"),
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_subscription_newsletter_state_id"),
        "subscription",
        ["newsletter", "state", "id"],
        unique=False,
    )
    op.create_table(
        "mailing",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("newsletter", sa.Text(), server_default="", nullable=False),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column(
            "priority",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("created_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("expires_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "planned",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("sender", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "on_unknown", sa.Text(), server_default="resend_once", nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('confirm', 'welcome', 'goodbye', 'reminder', 'proof', 'alert', 'test', 'issue')",
            name=op.f("ck_mailing_kind"),
        ),
        sa.ForeignKeyConstraint(["issue"], ["issue.id"], name=op.f("fk_mailing_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_mailing_dedupe_key")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_mailing_issue"), "mailing", ["issue"], unique=False)
    op.create_table(
        "subscription_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "subscription",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["subscription.id"],
            name=op.f("fk_subscription_event_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_event")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_subscription_event_subscription"),
        "subscription_event",
        ["subscription"],
        unique=False,
    )
    op.create_table(
        "variant",
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("asked", dispatch.store.types.Json(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("articles", dispatch.store.types.Json(), nullable=False),
        sa.Column(
            "more",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body"], ["body.sha256"], name=op.f("fk_variant_body")
        ),
        sa.ForeignKeyConstraint(["issue"], ["issue.id"], name=op.f("fk_variant_issue")),
        sa.PrimaryKeyConstraint("issue", "choice", "revision", name=op.f("pk_variant")),
        sqlite_strict=True,
    )
    op.create_table(
        "delivery",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "mailing",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("mailbox_hash", sa.Text(), nullable=False),
        sa.Column(
            "subscription",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "fence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("worker", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "tries",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "resends",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("not_before", dispatch.store.types.Moment(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("phase", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "code",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("enhanced", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("dot_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("settled_at", dispatch.store.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'dot', 'deferred', 'accepted', 'rejected', 'skipped', 'expired', 'unknown', 'closed')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["body"], ["body.sha256"], name=op.f("fk_delivery_body")
        ),
        sa.ForeignKeyConstraint(
            ["mailing"], ["mailing.id"], name=op.f("fk_delivery_mailing")
        ),
        sa.ForeignKeyConstraint(
            ["subscription"], ["subscription.id"], name=op.f("fk_delivery_subscription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "mailing", "recipient", name=op.f("uq_delivery_mailing_recipient")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["priority", "not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'deferred')"),
        postgresql_where=sa.text("state IN ('pending', 'deferred')"),
    )
    op.create_index(
        "ix_delivery_leased",
        "delivery",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state IN ('claimed', 'dot')"),
        postgresql_where=sa.text("state IN ('claimed', 'dot')"),
    )
    op.create_index(
        op.f("ix_delivery_mailbox_hash_created_at"),
        "delivery",
        ["mailbox_hash", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_delivery_mailing_state"),
        "delivery",
        ["mailing", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_delivery_subscription"), "delivery", ["subscription"], unique=False
    )
    op.create_index(
        "ix_delivery_unknown",
        "delivery",
        ["mailing"],
        unique=False,
        sqlite_where=sa.text("state = 'unknown'"),
        postgresql_where=sa.text("state = 'unknown'"),
    )
    op.create_table(
        "attempt",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "delivery",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "fence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("worker", sa.Text(), server_default="", nullable=False),
        sa.Column("relay", sa.Text(), server_default="", nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column(
            "code",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("enhanced", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery"], ["delivery.id"], name=op.f("fk_attempt_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_attempt_delivery"), "attempt", ["delivery"], unique=False)
