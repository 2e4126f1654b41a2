"""A reader's own selection as RSS, Atom or JSON Feed, under an address of their own.

A document is made when it is asked for, out of the fragments that the public feeds are
made of. Nothing is written for it, and nobody notes who reads what.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from dispatch import __version__
from dispatch.model import (
    Article,
    Clock,
    FeedFormat,
    FeedIdentity,
    FeedSettings,
    Links,
    NewsletterSettings,
    PrivateFeed,
    Selection,
    Settings,
    Standing,
    Subscription,
)
from dispatch.publish import channel, documents
from dispatch.publish.fragments import Fragments
from dispatch.store import Store, Tx, articles, private_feeds, subscribers
from dispatch.subscribe.tokens import Tokens
from dispatch.text import languages, plain

MOST = 10  # living feeds of one subscription
LONGEST_NAME = 60
STORIES = 50
SPAN = timedelta(days=14)
NOTICED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Edition:
    """A private feed as it would be now: what of, and a name for just these bytes."""

    feed: PrivateFeed
    token: str
    subscription: Subscription
    selection: Selection
    tag: str


def listing(
    store: Store, tokens: Tokens, subscription: int
) -> tuple[tuple[PrivateFeed, str], ...]:
    """Return the living feeds of a subscription, each with its token."""
    with store.read() as tx:
        found = private_feeds.living(tx, subscription)
    return tuple((feed, tokens.make("feed", feed.id)) for feed in found)


def make(store: Store, subscription: int, name: str, *, clock: Clock) -> bool:
    """Make one more feed, called `name`; False when there are too many already."""
    called = plain.squash(name)[:LONGEST_NAME].strip() or "My feed"
    now = clock.now()

    def unit(tx: Tx) -> bool:
        if len(private_feeds.living(tx, subscription)) >= MOST:
            return False
        private_feeds.make(tx, subscription, called, now=now)
        return True

    return store.write(unit)


def revoke(store: Store, subscription: int, feed: int, *, clock: Clock) -> None:
    """End a feed of this subscription: its address answers 410 from now on."""
    now = clock.now()
    store.write(lambda tx: private_feeds.revoke(tx, subscription, feed, now=now))


def find(store: Store, tokens: Tokens, token: str) -> PrivateFeed | None:
    """Return the feed whose address this is, revoked or not; None for no feed."""
    number = tokens.read("feed", token)
    if number is None:
        return None
    with store.read() as tx:
        return private_feeds.by_id(tx, number)


def edition(
    store: Store, settings: Settings, feed: PrivateFeed, token: str, *, clock: Clock
) -> Edition | None:
    """Return what the feed is made of now, without making it; None if it ended."""
    now = clock.now()
    with store.read() as tx:
        standing = subscribers.standing(tx, feed.subscription)
        if standing is None or feed.revoked_at is not None:
            return None
        selection = _selection(settings, standing)
        shown = articles.stamps(tx, selection, now=now, limit=STORIES, span=SPAN)
        gone = _withdrawn(tx, selection, clock)
    made_of = (
        __version__,
        settings.site,
        _title(settings, standing.subscription),
        feed,
        shown,
        tuple((one.id, one.revision, one.withdrawn_at) for one in gone),
    )
    tag = hashlib.sha256(repr(made_of).encode("utf-8", "surrogatepass")).hexdigest()
    return Edition(feed, token, standing.subscription, selection, tag[:32])


def document(
    store: Store,
    settings: Settings,
    made_of: Edition,
    form: FeedFormat,
    *,
    clock: Clock,
    kept: Fragments,
) -> bytes:
    """Return the feed in one format. Raises PublishError if it cannot be made."""
    feed, now = made_of.feed, clock.now()
    with store.read() as tx:
        stories = (
            *articles.window(tx, made_of.selection, now=now, limit=STORIES, span=SPAN),
            *_withdrawn(tx, made_of.selection, clock),
        )
    links = Links(settings.site.url)
    whole = channel.make(
        FeedSettings(
            f"private-{feed.id}", title=_title(settings, made_of.subscription)
        ),
        _identity(settings, feed),
        stories,
        site=settings.site,
        links=links,
        kept=kept,
    )
    addresses = {one: links.private_feed(made_of.token, one) for one in FeedFormat}
    made = documents.make(replace(whole, private=addresses), kept)
    return made.files[form]


def _withdrawn(tx: Tx, selection: Selection, clock: Clock) -> tuple[Article, ...]:
    since = clock.now() - NOTICED
    return articles.withdrawn(tx, selection, since=since, limit=STORIES)


def _identity(settings: Settings, feed: PrivateFeed) -> FeedIdentity:
    day = f"{feed.made_at:%Y-%m-%d}"
    tag_id = f"tag:{settings.site.authority},{day}:private-feed/{feed.id}"
    return FeedIdentity(f"private-{feed.id}", tag_id, "tag", feed.made_at)


def _selection(settings: Settings, standing: Standing) -> Selection:
    """Return what the reader chose of what the newsletter carries."""
    subscription = standing.subscription
    newsletter = _newsletter(settings, subscription)
    carried = newsletter.selection if newsletter else Selection()
    tongues = subscription.languages
    if languages.base(settings.site.language) in tongues:
        tongues = (*tongues, "")  # a story without a language is in the site's
    return replace(
        carried,
        sections=subscription.topics or carried.sections,
        languages=tongues or carried.languages,
    )


def _title(settings: Settings, subscription: Subscription) -> str:
    newsletter = _newsletter(settings, subscription)
    called = newsletter.title if newsletter else ""
    return plain.squash(f"{called or settings.site.title}: your selection")


def _newsletter(
    settings: Settings, subscription: Subscription
) -> NewsletterSettings | None:
    named = (n for n in settings.newsletter if n.name == subscription.newsletter)
    return next(named, None)
