"""The nouns as tables. Every constraint is named; types come from `store.types` only.

Changing a table means a migration in `store/migrations/versions`; a test compares
what the migrations make with what these files say.
"""

from dispatch.store.schema.columns import metadata
from dispatch.store.schema.desk import act, correction, correction_carried, edit, proof
from dispatch.store.schema.editions import body, entry, issue, newsletter, slot, variant
from dispatch.store.schema.editorial import (
    alias,
    article,
    feed,
    feed_archive,
    feed_file,
    host,
    item,
    label,
    media,
    problem,
    revision,
    source,
)
from dispatch.store.schema.gathering import (
    also_in,
    left_out,
    parked,
    question,
    trace,
)
from dispatch.store.schema.ledger import attempt, delivery, mailing
from dispatch.store.schema.push import ping, push, pushed, silent_hub
from dispatch.store.schema.readers import (
    private_feed,
    subscriber,
    subscription,
    subscription_event,
    suppression,
)
from dispatch.store.schema.relaying import relay_pace, relay_state, relay_use
from dispatch.store.schema.returned import bounce, intake
from dispatch.store.schema.service import alert, meta, worker

__all__ = [
    "act",
    "alert",
    "alias",
    "also_in",
    "article",
    "attempt",
    "body",
    "bounce",
    "correction",
    "correction_carried",
    "delivery",
    "edit",
    "entry",
    "feed",
    "feed_archive",
    "feed_file",
    "host",
    "intake",
    "issue",
    "item",
    "label",
    "left_out",
    "mailing",
    "media",
    "meta",
    "metadata",
    "newsletter",
    "parked",
    "ping",
    "private_feed",
    "problem",
    "proof",
    "push",
    "pushed",
    "question",
    "relay_pace",
    "relay_state",
    "relay_use",
    "revision",
    "silent_hub",
    "slot",
    "source",
    "subscriber",
    "subscription",
    "subscription_event",
    "suppression",
    "trace",
    "variant",
    "worker",
]
