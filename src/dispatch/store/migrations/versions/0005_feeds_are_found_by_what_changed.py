"""A change finds its feeds: what was revised or released of late, and their titles."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A change finds its feeds: what was revised or released, and their titles."""
    op.add_column(
        "feed", sa.Column("title", sa.Text(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_revision_seen_at"), "revision", ["seen_at"], unique=False)
    op.create_index(
        "ix_article_embargo_until",
        "article",
        ["embargo_until"],
        unique=False,
        sqlite_where=sa.text("embargo_until IS NOT NULL"),
        postgresql_where=sa.text("embargo_until IS NOT NULL"),
    )
