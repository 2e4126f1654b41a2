"""Fetch the pages of stories: few, of the source's own site, as robots.txt allows.

One `Pages` serves one visit: it counts what was fetched and remembers robots.txt.
"""

import codecs
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import urlsplit

from dispatch.collect import feed_text, robots
from dispatch.errors import SourceError
from dispatch.model import Fetch, Response
from dispatch.text import urls

MOST_PAGES = 20  # of one visit; the others wait for the next
MOST_BYTES = 3_000_000
ACCEPT = "text/html, application/xhtml+xml;q=0.9"
META = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)


class No(Enum):
    """Why there is no page."""

    NEVER = auto()  # not ours to read, gone, or no page at all
    NOT_NOW = auto()  # the site or the network fails, or enough was read today


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a story, decoded. `url` is where it was found, after redirects."""

    url: str
    html: str


@dataclass(slots=True)
class Pages:
    """The pages of one visit. `site` is an address of the source's own."""

    fetch: Fetch
    site: str
    left: int = MOST_PAGES
    refused: int = 0  # by robots.txt
    _rules: dict[tuple[str, str], robots.Rules | None] = field(default_factory=dict)

    def get(self, url: str) -> Page | No:
        """Fetch a page, or say why not. Never raises SourceError."""
        if not urls.same_site(url, self.site):
            return No.NEVER
        if self.left <= 0:
            return No.NOT_NOW
        rules = self._robots(url)
        if rules is None:
            return No.NOT_NOW
        if not rules.allow(url):
            self.refused += 1
            return No.NEVER
        self.left -= 1
        try:
            return self._page(self.fetch(url, headers={"Accept": ACCEPT}))
        except SourceError:
            return No.NOT_NOW

    def _page(self, answer: Response) -> Page | No:
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in {
            HTTPStatus.TOO_MANY_REQUESTS,
            HTTPStatus.REQUEST_TIMEOUT,
        }:
            return No.NOT_NOW
        kind = answer.headers.get("content-type", "text/html").lower()
        fine = answer.status == HTTPStatus.OK and "html" in kind
        if not fine or len(answer.body) > MOST_BYTES:
            return No.NEVER
        if not urls.same_site(answer.url, self.site):
            return No.NEVER
        return Page(answer.url, decode(answer.body, kind))

    def _robots(self, url: str) -> robots.Rules | None:
        """Return the rules of a page's host; None when they cannot be had now."""
        parts = urlsplit(url)
        host = (parts.scheme, parts.netloc)
        if host not in self._rules:
            self._rules[host] = self._ask_robots(f"{parts.scheme}://{parts.netloc}")
        return self._rules[host]

    def _ask_robots(self, host: str) -> robots.Rules | None:
        try:
            answer = self.fetch(f"{host}/robots.txt", headers={"Accept": "text/plain"})
        except SourceError:
            return None
        if answer.status == HTTPStatus.OK:
            return robots.parse(
                answer.body[: robots.MOST_TEXT].decode("utf-8", "replace")
            )
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return robots.EVERYBODY  # RFC 9309: what is not there forbids nothing
        return None


def decode(body: bytes, content_type: str) -> str:
    """Return a page's text: its own word on the encoding counts, then its bytes."""
    if "charset" not in content_type and not body.startswith(codecs.BOM_UTF8):
        meta = META.search(body[:4096])
        name = meta[1].decode("ascii", "replace") if meta else ""
        content_type = f"{content_type}; charset={name}" if name else content_type
    return feed_text.decode(body, content_type)
