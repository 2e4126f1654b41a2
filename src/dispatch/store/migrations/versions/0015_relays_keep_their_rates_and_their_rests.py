"""Relays keep their rates and their rests."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Relays keep their rates and their rests."""
    op.create_table(
        "relay_pace",
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("full_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("queued_until", dispatch.store.types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("relay", "domain", "rate", name=op.f("pk_relay_pace")),
        sqlite_strict=True,
    )
    op.create_table(
        "relay_state",
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("rest_until", dispatch.store.types.Moment(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "failures",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("since", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "ceiling",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "ceiling_was",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("ceiling_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "latency",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("relay", "domain", name=op.f("pk_relay_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "relay_use",
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column(
            "minute",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "messages",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("relay", "minute", name=op.f("pk_relay_use")),
        sqlite_strict=True,
    )
    op.drop_index(
        op.f("ix_delivery_due"),
        table_name="delivery",
        sqlite_where=sa.text("state IN ('pending', 'deferred')"),
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["priority", "mailing", "not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'deferred')"),
        postgresql_where=sa.text("state IN ('pending', 'deferred')"),
    )
    # How relays fared was noted under their address; they are known by name now.
    op.execute("DELETE FROM meta WHERE key LIKE 'relay:%'")
