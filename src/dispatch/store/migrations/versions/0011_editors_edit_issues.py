"""Editors edit issues: what they did, what is dropped for good, skipped slots."""

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OUTCOMES = (
    "outcome IN ('opened', 'empty', 'skipped_late', 'superseded', 'paused', 'skipped')"
)


def upgrade() -> None:
    """Editors edit issues: what they did, what is dropped for good, skipped slots."""
    op.create_table(
        "edit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("slot", dispatch.store.types.Moment(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("articles", dispatch.store.types.Json(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('pin', 'order', 'drop', 'discard', 'restore', 'note', 'subject', 'undo', 'hold', 'approve', 'send', 'skip')",
            name=op.f("ck_edit_kind"),
        ),
        sa.ForeignKeyConstraint(["issue"], ["issue.id"], name=op.f("fk_edit_issue")),
        sa.ForeignKeyConstraint(
            ["newsletter"], ["newsletter.name"], name=op.f("fk_edit_newsletter")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_edit_issue"), "edit", ["issue"], unique=False)
    op.create_index(
        "ix_edit_waiting",
        "edit",
        ["newsletter"],
        unique=False,
        sqlite_where=sa.text("issue IS NULL AND slot IS NULL"),
        postgresql_where=sa.text("issue IS NULL AND slot IS NULL"),
    )
    op.add_column(
        "entry", sa.Column("dropped_at", dispatch.store.types.Moment(), nullable=True)
    )
    _let_slots_be_skipped()


def _let_slots_be_skipped() -> None:
    """Allow one more outcome; SQLite can change a constraint only with its table."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_slot_outcome"), "slot", type_="check")
        op.create_check_constraint(op.f("ck_slot_outcome"), "slot", OUTCOMES)
        return
    op.create_table(
        "slot_anew",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", dispatch.store.types.Moment(), nullable=False),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_slot_outcome")),
        sa.ForeignKeyConstraint(
            ["newsletter"], ["newsletter.name"], name=op.f("fk_slot_newsletter")
        ),
        sa.PrimaryKeyConstraint("newsletter", "at", name=op.f("pk_slot")),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO slot_anew (newsletter, at, outcome, reason, settled_at) "
        "SELECT newsletter, at, outcome, reason, settled_at FROM slot"
    )
    op.drop_table("slot")
    op.rename_table("slot_anew", "slot")
