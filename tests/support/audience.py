"""People for tests: made through the store, with the addresses of nobody."""

from datetime import UTC, datetime

from dispatch.model import NewsletterSettings, SubscriptionState
from dispatch.store import subscribers, subscriptions
from dispatch.subscribe.tokens import Tokens
from dispatch.text import address

TOKENS = Tokens(b"a key for tests and nothing else")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAILY = NewsletterSettings(
    name="daily",
    sender="The Campus Herald <news@example.org>",
    schedule="0 7 * * *",
    title="Daily Digest",
    timezone="UTC",
)
WEEKLY = NewsletterSettings(
    name="weekly",
    sender="The Campus Herald <news@example.org>",
    schedule="0 7 * * mon",
    title="Weekly Digest",
    timezone="UTC",
)


def hash_of(text):
    return TOKENS.mailbox_hash(address.parse(text).mailbox)


def person(tx, text="ada@example.org", *, name=""):
    """Make a subscriber and return the id."""
    return subscribers.ensure(
        tx, address.parse(text), hash_of(text), now=NOW, name=name
    )


def subscribed(
    tx, text="ada@example.org", newsletter="daily", state="active", **values
):
    """Make a subscriber with a subscription; return its id."""
    return subscriptions.add(
        tx,
        person(tx, text),
        newsletter,
        SubscriptionState(state),
        "add",
        now=NOW,
        **values,
    )
