"""Feeds for people: the page that lists them, and a page for each (its HTML twin).

A feed's page shows what its JSON document says: what readers' programs see, people see.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.model import FeedFamily
from dispatch.publish import families
from dispatch.store import feeds
from dispatch.text import plain, urls
from dispatch.web.pages import Pages
from dispatch.web.shelf import FEED, OPML, Published, Shelf

MOST_SHOWN = 300  # feeds of one family on the page; the list (OPML) has them all
STORIES = 20  # on a feed's own page

# Where a person's reader is a web site: its page for adding a feed.
ADD_AT = (
    ("Feedly", "https://feedly.com/i/subscription/feed%2F{}"),
    ("Inoreader", "https://www.inoreader.com/?add_feed={}"),
    ("NewsBlur", "https://www.newsblur.com/?url={}"),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={}"),
)


@dataclass(frozen=True, slots=True)
class Family:
    """The feeds of one family for the page: the first of them, and how many in all."""

    kind: FeedFamily
    feeds: tuple[tuple[str, str], ...]  # title and name
    number: int


@dataclass(frozen=True, slots=True)
class Line:
    """One story on a feed's page. All texts are plain."""

    title: str
    url: str
    summary: str
    authors: tuple[str, ...]
    language: str
    published: datetime


@dataclass(frozen=True, slots=True)
class Twin:
    """A feed as its page shows it. `stories` are the newest of `number`."""

    name: str
    title: str
    description: str
    changed_at: datetime
    stories: tuple[Line, ...]
    number: int


class FeedPages:
    """/feeds/ and /feeds/NAME/."""

    def __init__(self, app: App, pages: Pages, shelf: Shelf) -> None:
        self._app = app
        self._pages = pages
        self._shelf = shelf
        self._twins: dict[str, tuple[Published, Twin]] = {}

    def routes(self) -> list[Route]:
        """Return the addresses of the pages; they end in a slash."""
        return [
            Route("/feeds", self.moved),
            Route("/feeds/", self.index),
            Route("/feeds/{name}/", self.page),
            Route("/feeds/{family}/{name}/", self.page),
        ]

    def moved(self, _request: Request) -> Response:
        """The list without its slash."""
        return RedirectResponse(self._pages.links.feeds(), 301)

    def index(self, _request: Request) -> Response:
        """The page that lists all feeds and says what they are for."""
        opml = self._shelf.take(OPML) is not None
        return self._pages.render("feeds", opml=opml, families=tuple(self._families()))

    def page(self, request: Request) -> Response:
        """The page of one feed: how to follow it, and its newest stories."""
        name = "/".join(request.path_params.values())
        for feed in self._app.settings.feed:
            if name in feed.formerly:
                return RedirectResponse(self._pages.links.feed_page(feed.name), 301)
        twin = self._twin(name)
        if twin is None:
            raise HTTPException(404)
        address = quote(self._pages.absolute.feed(name, "atom"), safe="")
        public = urls.is_public(self._app.settings.site.url)
        return self._pages.render(
            "feed",
            twin=twin,
            own_feed=(twin.title, name),
            add_at=[(who, where.format(address)) for who, where in ADD_AT if public],
        )

    def _families(self) -> Iterator[Family]:
        """Yield the feeds of sections, authors and tags that are published."""
        with self._app.store.read() as tx:
            titles = feeds.titles(tx)
        site = f"{plain.squash(self._app.settings.site.title)}: "
        for kind in self._app.settings.feeds.families:
            found = sorted(
                (title.removeprefix(site), name)
                for name, title in titles.items()
                if families.kind_of(name) == kind
            )
            if found:
                yield Family(kind, tuple(found[:MOST_SHOWN]), len(found))

    def _twin(self, name: str) -> Twin | None:
        """Return what the feed's JSON document says, read once for each edition."""
        published = self._shelf.take(f"{name}.json") if FEED.fullmatch(name) else None
        if published is None:
            return None
        known = self._twins.get(name)
        if known is None or known[0] is not published:
            known = published, _read(name, published)
            self._twins[name] = known
        return known[1]


def _read(name: str, published: Published) -> Twin:
    document: Mapping[str, Any] = json.loads(published.forms[""])
    items = document["items"]
    return Twin(
        name=name,
        title=document["title"],
        description=document.get("description", ""),
        changed_at=published.changed_at,
        stories=tuple(map(_line, items[:STORIES])),
        number=len(items),
    )


def _line(item: Mapping[str, Any]) -> Line:
    return Line(
        title=item.get("title", ""),
        url=item["url"],
        summary=item.get("summary", ""),
        authors=tuple(one["name"] for one in item.get("authors", ())),
        language=item.get("language", ""),
        published=datetime.fromisoformat(item["date_published"]),
    )
