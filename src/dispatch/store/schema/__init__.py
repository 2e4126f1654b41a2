"""The nouns as tables. Every constraint is named; types come from `store.types` only.

Changing a table means a migration in `store/migrations/versions`; a test compares
what the migrations make with what these files say.
"""

from dispatch.store.schema.columns import metadata
from dispatch.store.schema.editions import body, entry, issue, newsletter, slot, variant
from dispatch.store.schema.editorial import (
    alias,
    article,
    feed,
    feed_file,
    item,
    media,
    problem,
    revision,
    source,
)
from dispatch.store.schema.ledger import attempt, delivery, mailing
from dispatch.store.schema.readers import (
    subscriber,
    subscription,
    subscription_event,
    suppression,
)
from dispatch.store.schema.service import alert, meta, worker

__all__ = [
    "alert",
    "alias",
    "article",
    "attempt",
    "body",
    "delivery",
    "entry",
    "feed",
    "feed_file",
    "issue",
    "item",
    "mailing",
    "media",
    "meta",
    "metadata",
    "newsletter",
    "problem",
    "revision",
    "slot",
    "source",
    "subscriber",
    "subscription",
    "subscription_event",
    "suppression",
    "variant",
    "worker",
]
