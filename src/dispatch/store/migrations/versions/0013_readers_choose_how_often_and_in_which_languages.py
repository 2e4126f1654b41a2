"""Readers choose how often mail comes, and in which languages."""

import sqlalchemy as sa
from alembic import op

from dispatch.store.types import Json, Moment, WholeNumber

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Until now nobody was sent what is older than the issue, whatever their mark said.
# From now on the mark alone counts, so it is brought to where the newsletter stands.
CATCH_UP = """
UPDATE subscription
   SET covered_to = (SELECT newsletter.mark FROM newsletter
                      WHERE newsletter.name = subscription.newsletter)
 WHERE state IN ('active', 'paused', 'suspended')
   AND covered_to < (SELECT newsletter.mark FROM newsletter
                      WHERE newsletter.name = subscription.newsletter)
"""
HAD_THE_NEWEST = """
UPDATE subscription
   SET covered_at = (SELECT max(issue.slot) FROM issue
                      WHERE issue.newsletter = subscription.newsletter
                        AND issue.planned IS NOT NULL)
 WHERE state IN ('active', 'paused', 'suspended')
"""


def upgrade() -> None:
    """Readers choose how often mail comes, and in which languages."""
    for name in ("passed_over", "reaches_to"):
        table = "entry" if name == "passed_over" else "issue"
        op.add_column(
            table,
            sa.Column(name, WholeNumber, server_default=sa.text("0"), nullable=False),
        )
    op.add_column(
        "subscription",
        sa.Column("cadence", sa.Text(), server_default="each", nullable=False),
    )
    op.add_column(
        "subscription",
        sa.Column("languages", Json(), server_default="[]", nullable=False),
    )
    op.add_column("subscription", sa.Column("covered_at", Moment()))
    op.execute("UPDATE issue SET reaches_to = from_position")
    op.execute(CATCH_UP)
    op.execute(HAD_THE_NEWEST)
