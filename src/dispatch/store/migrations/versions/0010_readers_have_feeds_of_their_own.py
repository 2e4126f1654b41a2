"""Readers have feeds of their own."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Readers have feeds of their own."""
    op.create_table(
        "private_feed",
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
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("revoked_at", dispatch.store.types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription"],
            ["subscription.id"],
            name=op.f("fk_private_feed_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_feed")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_private_feed_subscription"),
        "private_feed",
        ["subscription"],
        unique=False,
    )
