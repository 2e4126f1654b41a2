"""Variants say what they left out."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Variants say what they left out."""
    op.add_column(
        "variant", sa.Column("left_out", sa.Text(), server_default="", nullable=False)
    )
