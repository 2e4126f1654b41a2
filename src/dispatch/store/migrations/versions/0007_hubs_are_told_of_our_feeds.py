"""Hubs are told of our feeds."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hubs are told of our feeds."""
    op.create_table(
        "ping",
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("told_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("hub", "feed", "format", name=op.f("pk_ping")),
        sqlite_strict=True,
    )
    op.create_table(
        "silent_hub",
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column(
            "failures",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("since", dispatch.store.types.Moment(), nullable=False),
        sa.Column("next_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("hub", name=op.f("pk_silent_hub")),
        sqlite_strict=True,
    )
