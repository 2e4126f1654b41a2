"""Archives of feeds are closed once, and files know what they were made of."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Archives of feeds are closed once, and files know what they were made of."""
    op.create_table(
        "feed_archive",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("since_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column(
            "since_article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("until_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column(
            "until_article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("before", dispatch.store.types.Moment(), nullable=False),
        sa.Column("closed_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("style", sa.Text(), server_default="", nullable=False),
        sa.Column("older", sa.Text(), server_default="", nullable=False),
        sa.Column("newer", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "entries",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "sha256", dispatch.store.types.Json(), server_default="{}", nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["feed"], ["feed.name"], name=op.f("fk_feed_archive_feed")
        ),
        sa.PrimaryKeyConstraint("feed", "name", name=op.f("pk_feed_archive")),
        sa.UniqueConstraint("feed", "number", name=op.f("uq_feed_archive_feed_number")),
        sqlite_strict=True,
    )
    op.add_column(
        "feed", sa.Column("made_of", sa.Text(), server_default="", nullable=False)
    )
