"""Editors are shown proofs of an issue."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Editors are shown proofs of an issue."""
    op.create_table(
        "proof",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("editor", sa.Text(), nullable=False),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "sent",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("sent_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("reminded_at", dispatch.store.types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["issue"], ["issue.id"], name=op.f("fk_proof_issue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("issue", "editor", name=op.f("uq_proof_issue_editor")),
        sqlite_strict=True,
    )
