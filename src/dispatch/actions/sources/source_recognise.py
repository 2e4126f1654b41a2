"""Find out what kind of source stands at a web address.

A page is asked for the feeds it names and for what runs the site; only where it
names nothing, a few addresses at which sites like to keep a feed are tried.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from dispatch.collect import discover, feed_text, json_feed, recognise as page_reading
from dispatch.errors import SourceError
from dispatch.model import Fetch, Response, SourceSettings
from dispatch.model.source_settings import SourceKind
from dispatch.text import plain, urls

ACCEPT = (
    "text/html, application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, */*;q=0.5"
)
FEEDS = frozenset({"rss", "feed", "rdf:rdf", "rdf", "channel"})
SITEMAPS = frozenset({"urlset", "sitemapindex"})
NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml")
MOST_GUESSES = 4
SHOWN = 5
HEAD = 200_000  # characters of a page that are looked at


@dataclass(frozen=True, slots=True)
class Recognised:
    """A source a place could become, its title, and what else was seen there."""

    source: SourceSettings
    title: str = ""
    remarks: tuple[str, ...] = ()


def recognise(url: str, fetch: Fetch) -> Recognised:
    """Return the best source at `url`. Raises SourceError when there is none."""
    answer = fetch(url, headers={"Accept": ACCEPT})
    if answer.status != HTTPStatus.OK:
        raise SourceError(
            f"{urls.shown(url)}: it answered {answer.status}. Is the address right?"
        )
    text = _text(answer)
    kind = _document(text)
    if kind is not None:
        return Recognised(_source(kind, url), remarks=_moved(url, answer))
    return _of_page(url, text[:HEAD], answer, fetch)


def _text(answer: Response) -> str:
    try:
        return feed_text.read(answer.body, answer.headers.get("content-type", ""))
    except SourceError as error:
        raise SourceError(f"{urls.shown(answer.url)}: {error}") from error


def _document(text: str) -> SourceKind | None:
    """Return the kind of a document that is a source itself, else None."""
    if json_feed.looks_like(text):
        return "feed"
    root = feed_text.root(text)
    if root in FEEDS:
        return "feed"
    return "sitemap" if root.rpartition(":")[2] in SITEMAPS else None


def _of_page(url: str, text: str, answer: Response, fetch: Fetch) -> Recognised:
    feeds = discover.feeds(text, answer.url)
    head = page_reading.masthead(text, answer.url)
    api = discover.wordpress_api(text, answer.headers, answer.url)
    if api:
        home = re.split(r"wp-json/?|\?rest_route=", api)[0]
        also = _also([one.url for one in feeds])
        return Recognised(_source("wordpress", _with_login(url, home)), head.name, also)
    ghost = (_GHOST,) if head.is_ghost else ()
    if feeds:
        first, *others = feeds
        remarks = (*ghost, *_also([one.url for one in others]))
        found = _source("feed", _with_login(url, first.url))
        title = head.name or plain.excerpt(first.title, 80)
        return Recognised(found, title, remarks)
    return _guessed(answer.url, fetch)


_GHOST = (
    'It is a Ghost site. With a Content API key, kind = "ghost" brings more than its '
    "feed; see docs/sources/ghost.md."
)


def _guessed(base: str, fetch: Fetch) -> Recognised:
    guesses = discover.guesses(base)[:MOST_GUESSES]
    for address in (*guesses, *(urls.join(base, path) for path in NEWS_SITEMAPS)):
        try:
            answer = fetch(address, headers={"Accept": ACCEPT})
            kind = _document(_text(answer)) if answer.status == HTTPStatus.OK else None
        except SourceError:
            continue
        if kind is not None:
            said = f"The page names no feed; {urls.shown(answer.url)} was tried."
            return Recognised(_source(kind, answer.url), remarks=(said,))
    raise SourceError(
        f"{urls.shown(base)}: this page names no feed, and none was found where sites "
        "like to keep one. Give the address of the feed itself."
    )


def _source(kind: SourceKind, url: str) -> SourceSettings:
    return SourceSettings(name="", kind=kind, url=url)


def _moved(url: str, answer: Response) -> tuple[str, ...]:
    if not answer.hops or urls.canonical(url) == urls.canonical(answer.url):
        return ()
    return (f"It answers from {urls.shown(answer.url)} now.",)


def _with_login(given: str, found: str) -> str:
    """Carry a name and password over to an address of the same site."""
    login = re.match(r"https?://([^/@]+@)", given)
    same = urlsplit(given).hostname == urlsplit(found).hostname
    if login is None or not same:
        return found
    return found.replace("://", f"://{login[1]}", 1)


def _also(addresses: list[str]) -> tuple[str, ...]:
    """Name what else the page has, a few at most."""
    shown = [urls.shown(one) for one in addresses[:SHOWN]]
    more = len(addresses) - len(shown)
    end = f" and {more} more" if more else ""
    return (f"The page names also: {', '.join(shown)}{end}.",) if shown else ()
