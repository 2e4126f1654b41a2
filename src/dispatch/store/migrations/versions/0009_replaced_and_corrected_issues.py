"""A wrong issue is replaced, or corrected by a mail of its own."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.migrations.allowed import allow

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = (
    "confirm",
    "welcome",
    "goodbye",
    "reminder",
    "proof",
    "alert",
    "test",
)


def upgrade() -> None:
    """A wrong issue is replaced, or corrected by a mail of its own."""
    allow("mailing", "kind", (*KINDS, "issue"), (*KINDS, "correction", "issue"))
    op.add_column(
        "issue",
        sa.Column(
            "replaced",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
    )
