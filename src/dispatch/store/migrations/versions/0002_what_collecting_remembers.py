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
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("not_before", dispatch.store.types.Moment(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "strikes",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
        sqlite_strict=True,
    )
    op.create_table(
        "parked",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("story", dispatch.store.types.Json(), nullable=False),
        sa.Column("parked_at", dispatch.store.types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "locator", name=op.f("pk_parked")),
        sqlite_strict=True,
    )
    op.create_table(
        "push",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("verified_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("lease_until", dispatch.store.types.Moment(), nullable=True),
        sa.Column("next_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("pushed_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column("broken_at", dispatch.store.types.Moment(), nullable=True),
        sa.Column(
            "failures",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column(
            "ignored",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_push")),
        sa.UniqueConstraint("token", name=op.f("uq_push_token")),
        sqlite_strict=True,
    )
    op.create_table(
        "act",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_act_article")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_act_article"), "act", ["article"], unique=False)
    op.create_table(
        "also_in",
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("locator", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_also_in_article")
        ),
        sa.PrimaryKeyConstraint(
            "article", "source", "locator", name=op.f("pk_also_in")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "correction",
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("noted_at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_correction_article")
        ),
        sa.PrimaryKeyConstraint("article", "revision", name=op.f("pk_correction")),
        sqlite_strict=True,
    )
    op.create_table(
        "left_out",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "had", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_left_out_article")
        ),
        sa.ForeignKeyConstraint(["had"], ["article.id"], name=op.f("fk_left_out_had")),
        sa.ForeignKeyConstraint(
            ["newsletter"], ["newsletter.name"], name=op.f("fk_left_out_newsletter")
        ),
        sa.PrimaryKeyConstraint("newsletter", "article", name=op.f("pk_left_out")),
        sqlite_strict=True,
    )
    op.create_table(
        "pushed",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"], ["push.source"], name=op.f("fk_pushed_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_pushed_source"), "pushed", ["source"], unique=False)
    op.create_table(
        "question",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "other", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", dispatch.store.types.Moment(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", dispatch.store.types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_question_article")
        ),
        sa.ForeignKeyConstraint(
            ["other"], ["article.id"], name=op.f("fk_question_other")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_question_article_kind"), "question", ["article", "kind"], unique=False
    )
    op.create_index(
        op.f("ix_question_source_kind"), "question", ["source", "kind"], unique=False
    )
    op.create_table(
        "trace",
        sa.Column(
            "value",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_trace_article")
        ),
        sa.PrimaryKeyConstraint("value", "article", name=op.f("pk_trace")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_trace_article"), "trace", ["article"], unique=False)
    op.create_table(
        "correction_carried",
        sa.Column("newsletter", sa.Text(), nullable=False),
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "revision",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article", "revision"],
            ["correction.article", "correction.revision"],
            name=op.f("fk_correction_carried_article_revision"),
        ),
        sa.ForeignKeyConstraint(
            ["issue"], ["issue.id"], name=op.f("fk_correction_carried_issue")
        ),
        sa.ForeignKeyConstraint(
            ["newsletter"],
            ["newsletter.name"],
            name=op.f("fk_correction_carried_newsletter"),
        ),
        sa.PrimaryKeyConstraint(
            "newsletter", "article", "revision", name=op.f("pk_correction_carried")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_correction_carried_issue"),
        "correction_carried",
        ["issue"],
        unique=False,
    )
    op.add_column(
        "article",
        sa.Column(
            "given", dispatch.store.types.Json(), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "entry", sa.Column("headline", sa.Text(), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_entry_article"), "entry", ["article"], unique=False)
    op.create_index(
        op.f("ix_entry_newsletter_headline"),
        "entry",
        ["newsletter", "headline"],
        unique=False,
    )
    op.add_column(
        "issue", sa.Column("frozen_at", dispatch.store.types.Moment(), nullable=True)
    )
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
    op.add_column(
        "source", sa.Column("next_why", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source",
        sa.Column("failing_since", dispatch.store.types.Moment(), nullable=True),
    )
    op.add_column(
        "source", sa.Column("gone_at", dispatch.store.types.Moment(), nullable=True)
    )
    op.add_column(
        "source", sa.Column("address", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source",
        sa.Column("validators_for", sa.Text(), server_default="", nullable=False),
    )
    op.add_column(
        "source", sa.Column("full_at", dispatch.store.types.Moment(), nullable=True)
    )
    op.add_column(
        "source",
        sa.Column(
            "outlook", dispatch.store.types.Json(), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "source", sa.Column("rhythm", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source", sa.Column("rhythm_at", dispatch.store.types.Moment(), nullable=True)
    )
    op.add_column(
        "source", sa.Column("trail_to", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source", sa.Column("trail_since", dispatch.store.types.Moment(), nullable=True)
    )
    op.add_column(
        "source", sa.Column("moved_to", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "source", sa.Column("moved_at", dispatch.store.types.Moment(), nullable=True)
    )
