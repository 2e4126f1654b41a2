"""An issue leaves after an undo window, and to a canary first."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An issue leaves after an undo window, and to a canary first."""
    op.add_column(
        "issue",
        sa.Column("leaves_at", dispatch.store.types.Moment(), nullable=True),
    )
    op.add_column(
        "issue",
        sa.Column(
            "canary",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
    )
