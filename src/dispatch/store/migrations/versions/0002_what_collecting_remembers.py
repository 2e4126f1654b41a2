"""What collecting remembers."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What collecting remembers."""
    op.add_column(
        "source", sa.Column("cursor", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source", sa.Column("remark", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source", sa.Column("held_at", dispatch.store.types.Moment(), nullable=True)
    )
    op.add_column(
        "source", sa.Column("held_why", sa.Text(), server_default="", nullable=False)
    )
