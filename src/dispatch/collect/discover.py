"""What a web page says about its feeds: where they are, and what runs the site.

Takes the page as text; asks nobody. What is only guessed is `guesses`, for whoever
may try them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from dispatch.text import html as markup, plain, urls

Kind = Literal["rss", "atom", "json"]

TYPES: dict[str, Kind] = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
    "application/json": "json",
    "text/xml": "rss",
    "application/xml": "rss",
}
WORDPRESS = "https://api.w.org/"
WELL_KNOWN = (
    *("feed/", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "feed.json"),
    *("feeds/posts/default", "?feed=rss2", "rss/", "index.rdf"),
)
MOST = 30  # feeds of one page
LONGEST_TITLE = 200
COMMENTS = re.compile(r"/comments/(?:feed|default)|comments-rss|[?&]feed=comments")
OTHER_JSON = re.compile(r"/wp-json\b|oembed|manifest|activity", re.IGNORECASE)
LOOKS_LIKE_FEED = re.compile(
    r"(?:/|\b)(?:feeds?|rss2?|atom)(?:/|\.xml|\.rss|\.json|\.php)?(?:[?#]|$)"
    r"|\.(?:rss|atom|rdf)(?:[?#]|$)|[?&]feed=",
    re.IGNORECASE,
)
LINK_HEADER = re.compile(r"<([^<>]{1,2000})>([^<]{0,2000})")
REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that a page names. `url` is absolute, `title` plain text or empty."""

    url: str
    kind: Kind
    title: str = ""


def feeds(html: str, base: str) -> tuple[Found, ...]:
    """Return the feeds that a page names, the likeliest first, each once.

    The announced ones (`link rel=alternate`) come in the page's order, feeds of
    comments last. Where none is announced, links to what looks like a feed count.
    """
    announced = [one for one in _announced(html, base) if one.url]
    found = announced or list(_linked(html, base))
    found.sort(key=lambda one: COMMENTS.search(one.url) is not None)
    once = {urls.canonical(one.url) + one.kind: one for one in reversed(found)}
    return tuple(reversed(once.values()))[:MOST]


def guesses(base: str) -> tuple[str, ...]:
    """Return the addresses at which sites like to keep a feed, likeliest first.

    Below the page's own folder first, then below the site's root.
    """
    if not urls.is_web(base):
        return ()
    places = (base if base.endswith("/") else base + "/", urls.join(base, "/"))
    found = (urls.join(place, path) for place in places for path in WELL_KNOWN)
    return tuple(dict.fromkeys(found))


def wordpress_api(html: str, headers: Mapping[str, str], base: str) -> str:
    """Return the address of the site's WordPress REST API, or nothing.

    WordPress names it in a `Link` header and in the page. `headers` have lower-case
    names.
    """
    for address, rel in header_links(headers):
        if WORDPRESS in rel:
            return _web(urls.join(base, address))
    for link in markup.head_links(html):
        if WORDPRESS in link.rel:
            return _web(urls.join(_base(html, base), link.href))
    return ""


def header_links(headers: Mapping[str, str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield address and relations of every `Link` header (RFC 8288)."""
    for address, parameters in LINK_HEADER.findall(headers.get("link", "")[:20_000]):
        if rel := REL.search(parameters):
            yield address.strip(), frozenset((rel[1] or rel[2]).lower().split())


def _announced(html: str, base: str) -> Iterator[Found]:
    base = _base(html, base)
    for link in markup.head_links(html):
        kind = TYPES.get(link.media_type)
        if kind is None or not link.rel & {"alternate", "feed"}:
            continue
        if link.media_type.endswith("json") and OTHER_JSON.search(link.href):
            continue
        url = _web(urls.join(base, link.href))
        yield Found(url, kind, plain.excerpt(link.title, LONGEST_TITLE))


def _linked(html: str, base: str) -> Iterator[Found]:
    """Yield what the text of the page links to, if it looks like a feed."""
    base = _base(html, base)
    for text, address in markup.links(html):
        url = _web(urls.join(base, address))
        if url and LOOKS_LIKE_FEED.search(url):
            yield Found(url, _kind(url), plain.excerpt(text, LONGEST_TITLE))


def _kind(url: str) -> Kind:
    lowered = url.lower()
    if "json" in lowered:
        return "json"
    return "atom" if "atom" in lowered else "rss"


def _base(html: str, base: str) -> str:
    return urls.join(base, markup.base_address(html))


def _web(url: str) -> str:
    return url if urls.is_web(url) else ""
