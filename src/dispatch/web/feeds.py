"""Feeds over HTTP: what readers' programs fetch, again and again.

Most requests are answered 304: that path takes one `stat` of the file and no thread.
The plainest of them never come here: `polls` sees to them.
"""

from datetime import datetime
from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.publish import families
from dispatch.store import feeds
from dispatch.web import conditional, security, shelf
from dispatch.web.feed_pages import FeedPages
from dispatch.web.pages import Pages
from dispatch.web.polls import Polls
from dispatch.web.shelf import Shelf

TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
}
# Some readers poll as often as this says, and never more often (Miniflux).
FRESH = "public, max-age=900"
# Who always asks for the whole of one file, each minute, for half an hour and more, is
# told to wait. Asking with a validator costs nobody anything and is never counted.
EAGER_BURST = 30
EAGER_PER_SECOND = 1 / 60
# A reader's program in a web page asks first whether it may send a validator.
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, Cache-Control",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


class Feeds:
    """/feeds/ and everything below it."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages
        self._shelf = Shelf(app.settings.feeds.directory)
        self._feed_pages = FeedPages(app, pages, self._shelf)
        self.polls = Polls(self._shelf, self._told, app.clock.now)
        self._present = {feed.name for feed in app.settings.feed}
        self._families = set(app.settings.feeds.families)
        self._moved = {
            old: feed.name for feed in app.settings.feed for old in feed.formerly
        }
        self._visitors = security.Visitors(app.settings.web.trusted_proxies)
        self._allowance = security.Allowance(
            burst=EAGER_BURST, per_second=EAGER_PER_SECOND
        )

    def routes(self) -> list[Route]:
        """Return the addresses under /feeds/."""
        methods = ["GET", "HEAD", "OPTIONS"]
        return [
            *self._feed_pages.routes(),
            Route("/feeds/{name:path}", self.file, methods=methods),
        ]

    async def file(self, request: Request) -> Response:
        """One feed file, with everything a polite reader needs to fetch it rarely."""
        name: str = request.path_params["name"]
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        if moved := self._moved and self._new_name(name):
            return self._redirect(self._pages.links.feeds() + moved)
        found = self._shelf.glance(name) or await run_in_threadpool(
            self._shelf.take, name
        )
        if found is None:
            return await run_in_threadpool(self._elsewhere, name)
        coding = conditional.coding(request.headers, found.forms)
        etag = found.etag(coding)
        headers = self._headers(name, etag, found.changed_at)
        if conditional.not_modified(
            request.headers, etag=etag, last_modified=found.changed_at
        ):
            return Response(status_code=304, headers=headers)
        self._mind_the_eager(request, name)
        headers["Content-Type"] = TYPES[PurePosixPath(name).suffix]
        if coding:
            headers["Content-Encoding"] = coding
        return Response(found.forms[coding], headers=headers)

    def _elsewhere(self, name: str) -> Response:
        """Send who left out a page's last slash there; say which feeds have ended.

        Of a feed that is no more, programs learn by 410 that they may stop asking.
        """
        if shelf.FEED.fullmatch(name) and self._shelf.take(f"{name}.json"):
            return self._redirect(self._pages.links.feed_page(name))
        if not self._has_ended(name):
            raise HTTPException(404)
        return self._pages.message(
            "This feed has ended", "It will bring no more stories.", status=410
        )

    def _has_ended(self, name: str) -> bool:
        """Whether this was a file of a feed that the config has no more."""
        feed = shelf.feed_of(name)
        kind = families.kind_of(feed)
        if not feed or feed in self._present or kind in self._families:
            return False
        with self._app.store.read() as tx:
            return feeds.is_known(tx, feed)

    def _new_name(self, name: str) -> str:
        """Return what a file is called now whose feed had another name."""
        old = shelf.feed_of(name)
        return name.replace(old, self._moved[old], 1) if old in self._moved else ""

    def _redirect(self, address: str) -> Response:
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": FRESH}
        return RedirectResponse(address, 301, headers)

    def _mind_the_eager(self, request: Request, name: str) -> None:
        """Answer 429 to who keeps asking for all of it without any validator."""
        if conditional.is_conditional(request.headers):
            return
        self._allowance.spend(self._visitors.of(request), name)

    def _link(self, name: str) -> str:
        """Name the file's own address and its hubs, as WebSub section 4 asks."""
        named = [(self._pages.absolute.feeds() + name, "self")]
        if name != shelf.OPML and not name.startswith(shelf.ARCHIVES):
            named += [(hub, "hub") for hub in self._app.settings.feeds.hubs]
        return ", ".join(f'<{address}>; rel="{rel}"' for address, rel in named)

    def _told(self, name: str, etag: str, changed_at: datetime) -> dict[str, str]:
        """Return every header of a 304."""
        return {**self._headers(name, etag, changed_at), **security.HEADERS}

    def _headers(self, name: str, etag: str, changed_at: datetime) -> dict[str, str]:
        """Return what a 200 and its 304 have in common."""
        # Never later than Date (RFC 9110 8.8.2.1), as after a clock was set back.
        shown = min(changed_at, self._app.clock.now())
        return {
            "ETag": etag,
            "Last-Modified": conditional.http_date(shown),
            "Cache-Control": FRESH,
            "Vary": "Accept-Encoding",
            "Link": self._link(name),
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Last-Modified, Link",
        }
