"""Articles are found by tag and author."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

import dispatch.store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Articles are found by tag and author."""
    op.create_table(
        "label",
        sa.Column(
            "article",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("published_at", dispatch.store.types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article"], ["article.id"], name=op.f("fk_label_article")
        ),
        sa.PrimaryKeyConstraint("article", "kind", "key", name=op.f("pk_label")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_label_kind_key_published_at_article"),
        "label",
        ["kind", "key", "published_at", "article"],
        unique=False,
    )
    op.create_index(
        op.f("ix_article_source_published_at"),
        "article",
        ["source", "published_at"],
        unique=False,
    )
    _label_what_is_there()


BATCH = 500  # articles at a time: their texts come along

ARTICLES = sa.text("""
SELECT id, published_at, content FROM article WHERE id > :after ORDER BY id LIMIT :most
""")
LABEL = sa.text("""
INSERT INTO label (article, kind, key, published_at)
VALUES (:article, :kind, :key, :published_at)
""")


def _label_what_is_there() -> None:
    """Write the labels of the articles that were stored before there were any."""
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(ARTICLES, {"after": after, "most": BATCH}).all():
        labels = [label for row in rows for label in _labels(row)]
        if labels:
            connection.execute(LABEL, labels)
        after = rows[-1].id


def _labels(row: sa.Row[Any]) -> Iterator[dict[str, object]]:
    content = json.loads(row.content) if isinstance(row.content, str) else row.content
    for kind, names in (("tag", content["tags"]), ("author", content["bylines"])):
        keys = dict.fromkeys(" ".join(name.split()).casefold() for name in names)
        for key in filter(None, keys):
            yield {
                "article": row.id,
                "kind": kind,
                "key": key,
                "published_at": row.published_at,
            }
