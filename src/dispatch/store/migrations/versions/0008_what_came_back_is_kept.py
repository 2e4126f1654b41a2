"""What came back is kept."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What came back is kept."""
    op.create_table(
        "intake",
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "count",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("first_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("last_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", name=op.f("pk_intake")),
        sqlite_strict=True,
    )
    op.create_table(
        "bounce",
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
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "weight",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.Column("issue", sa.Text(), server_default="", nullable=False),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "subscription",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "code",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("enhanced", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("via", sa.Text(), server_default="", nullable=False),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("fate", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", dispatch.store.types.Moment(), nullable=True),
        sa.CheckConstraint(
            "fate IN ('', 'held', 'noted', 'counted', 'suspended', 'unsubscribed', 'forgiven')",
            name=op.f("ck_bounce_fate"),
        ),
        sa.CheckConstraint(
            "kind IN ('dead', 'full', 'message', 'sender', 'complaint', 'auto_reply')",
            name=op.f("ck_bounce_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery"], ["delivery.id"], name=op.f("fk_bounce_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["subscription"], ["subscription.id"], name=op.f("fk_bounce_subscription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
        sa.UniqueConstraint("delivery", "kind", name=op.f("uq_bounce_delivery_kind")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_bounce_at"), "bounce", ["at"], unique=False)
    op.create_index(
        op.f("ix_bounce_issue_domain"), "bounce", ["issue", "domain"], unique=False
    )
    op.create_index(
        "ix_bounce_open",
        "bounce",
        ["at"],
        unique=False,
        sqlite_where=sa.text("fate IN ('', 'held')"),
        postgresql_where=sa.text("fate IN ('', 'held')"),
    )
    op.create_index(
        op.f("ix_bounce_subscription"), "bounce", ["subscription"], unique=False
    )
