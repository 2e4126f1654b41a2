"""A feed before it has a format: its own words, and its items newest first."""

import uuid
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from dispatch.model import (
    Article,
    FeedFormat,
    FeedIdentity,
    FeedSettings,
    Links,
    SiteSettings,
)
from dispatch.publish import archive, items, legal
from dispatch.publish.items import Item, Style
from dispatch.text import plain

# The namespace that podcast:guid is made in, by its specification.
PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")


class Kept(Protocol):
    """Where items are kept: `fragments.Fragments`."""

    def item(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """Return what was made under this key, or make it."""
        ...


@dataclass(frozen=True, slots=True)
class Chain:
    """Names of the documents that an RFC 5005 document leads to, where there are any.

    Only an archive has a `current` one: its subscription document.
    """

    older: str = ""
    newer: str = ""
    current: str = ""


@dataclass(frozen=True, slots=True)
class Podcast:
    """What directories of podcasts want to know of a feed."""

    category: str
    within: str  # the category's own, or nothing
    image: str
    explicit: str  # "true" or "false"
    contact: str
    guid: str
    locked: str  # "yes" or "no"


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed's own fields. `home` is the page it belongs to, never the feed itself.

    `name` is the document's: for an archive another than the feed's.
    One that is `private` lives elsewhere, and asks podcast directories to leave it out.
    """

    name: str
    id: str
    title: str
    description: str
    publisher: str
    home: str
    language: str
    logo: str
    links: Links
    created: datetime
    items: tuple[Item, ...]
    hubs: tuple[str, ...] = ()
    # Its addresses, where it is private.
    private: Mapping[FeedFormat, str] = field(default_factory=dict)
    chain: Chain = Chain()
    podcast: Podcast | None = None

    @property
    def updated(self) -> datetime:
        """When an item last changed; for an empty feed, when the feed was made."""
        return max((item.updated for item in self.items), default=self.created)

    @property
    def standing(self) -> tuple[Item, ...]:
        """The items that can be read, without those that were withdrawn."""
        return tuple(item for item in self.items if item.withdrawn is None)

    @property
    def withdrawn(self) -> tuple[Item, ...]:
        """The items that stand for stories that were withdrawn."""
        return tuple(item for item in self.items if item.withdrawn is not None)

    def address(self, form: FeedFormat) -> str:
        """Where this document is read in one of its formats."""
        return self.private.get(form) or self.links.feed(self.name, form)

    def neighbours(self, form: FeedFormat) -> tuple[tuple[str, str], ...]:
        """Return relation and address of the documents it is chained to (RFC 5005)."""
        return tuple(
            (relation, self.links.feed(name, form))
            for relation, name in (
                ("prev-archive", self.chain.older),
                ("next-archive", self.chain.newer),
                ("current", self.chain.current),
            )
            if name
        )


def make(
    settings: FeedSettings,
    identity: FeedIdentity,
    articles: Iterable[Article],
    *,
    site: SiteSettings,
    links: Links,
    hubs: Iterable[str] = (),
    kept: Kept | None = None,
    document: str = "",
    chain: Chain = Chain(),
) -> Channel:
    """Return the feed of `articles`, in whatever order they come.

    In the place of one that was withdrawn stands a notice. The stored `identity`
    decides about ids, not the settings. What is `kept` of a revision of an article
    is not made again. A `document` of another name than the feed's is an archive.
    """
    newest_first = sorted(articles, key=archive.place, reverse=True)
    style = Style(
        links,
        identity.ids,
        site.language,
        brief=settings.content == "summary",
        explicit=_explicit(settings),
    )
    shown = tuple(_item(article, style, kept) for article in newest_first)
    return Channel(
        name=document or settings.name,
        id=identity.tag_id,
        title=title(settings, site),
        description=plain.squash(settings.description) or title(settings, site),
        publisher=plain.squash(site.title) or settings.name,
        home=legal.address(site.home) or links.home(),
        language=legal.language(site.language),
        logo=legal.address(site.logo),
        links=links,
        created=identity.first_seen_at.astimezone(UTC).replace(microsecond=0),
        items=shown,
        hubs=tuple(dict.fromkeys(filter(None, map(legal.address, hubs)))),
        chain=chain,
        podcast=_podcast(settings, identity, site, shown),
    )


def _podcast(
    settings: FeedSettings,
    identity: FeedIdentity,
    site: SiteSettings,
    shown: Iterable[Item],
) -> Podcast | None:
    """Return the feed as a podcast, if it is to be one and has something to play.

    Its guid is made of the feed's own id, which no other address of it changes.
    """
    if not any(map(items.is_episode, shown)):
        return None
    category, _, within = settings.podcast_category.partition(" > ")
    return Podcast(
        category=category,
        within=within,
        image=legal.address(settings.podcast_image) or legal.address(site.logo),
        explicit=_explicit(settings),
        contact=plain.squash(site.contact),
        guid=settings.podcast_guid or str(uuid.uuid5(PODCASTS, identity.tag_id)),
        locked="yes" if settings.podcast_locked else "no",
    )


def _explicit(settings: FeedSettings) -> str:
    if not settings.podcast_category:
        return ""
    return "true" if settings.podcast_explicit else "false"


def title(settings: FeedSettings, site: SiteSettings) -> str:
    """Return what people call this feed; without a title of its own, the site's."""
    return plain.squash(settings.title) or plain.squash(
        f"{site.title}: {settings.name}"
    )


def _item(article: Article, style: Style, kept: Kept | None) -> Item:
    """Return the story, or the notice in its place."""

    def made() -> Item:
        if article.withdrawn_at is None:
            return items.from_article(article, style)
        return items.notice(article, style)

    if kept is None:
        return made()
    return kept.item((article.id, article.revision, style), made)
