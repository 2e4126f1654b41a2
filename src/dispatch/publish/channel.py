"""A feed before it has a format: its own words, and its items newest first."""

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
from dispatch.publish import items, legal
from dispatch.publish.items import Item, Style
from dispatch.text import plain


class Kept(Protocol):
    """Where items are kept: `fragments.Fragments`."""

    def item(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """Return what was made under this key, or make it."""
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed's own fields. `home` is the page it belongs to, never the feed itself.

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
    private: Mapping[FeedFormat, str] = field(default_factory=dict)  # its addresses

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
        """Where this feed is read in one of its formats."""
        return self.private.get(form) or self.links.feed(self.name, form)


def make(
    settings: FeedSettings,
    identity: FeedIdentity,
    articles: Iterable[Article],
    *,
    site: SiteSettings,
    links: Links,
    hubs: Iterable[str] = (),
    kept: Kept | None = None,
) -> Channel:
    """Return the feed of `articles`, in whatever order they come.

    In the place of one that was withdrawn stands a notice. The stored `identity`
    decides about ids, not the settings. What is `kept` of a revision of an article
    is not made again.
    """
    newest_first = _newest_first(articles, settings.limit)
    brief = settings.content == "summary"
    style = Style(links, identity.ids, site.language, brief=brief)
    return Channel(
        name=settings.name,
        id=identity.tag_id,
        title=title(settings, site),
        description=plain.squash(settings.description) or title(settings, site),
        publisher=plain.squash(site.title) or settings.name,
        home=legal.address(site.home) or links.home(),
        language=legal.language(site.language),
        logo=legal.address(site.logo),
        links=links,
        created=identity.first_seen_at.astimezone(UTC).replace(microsecond=0),
        items=tuple(_item(article, style, kept) for article in newest_first),
        hubs=tuple(dict.fromkeys(filter(None, map(legal.address, hubs)))),
    )


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


def _newest_first(articles: Iterable[Article], limit: int) -> list[Article]:
    """Put them in order; a full feed has no notice older than all its stories."""
    in_order = sorted(articles, key=_age, reverse=True)
    standing = [one for one in in_order if one.withdrawn_at is None]
    if len(standing) < limit:
        return in_order
    oldest = _age(standing[-1])
    return [one for one in in_order if one.withdrawn_at is None or _age(one) > oldest]


def _age(article: Article) -> tuple[datetime, int]:
    return article.published_at, article.id
