"""Readers' own feeds: the page that makes and ends them, and the feeds themselves.

Whoever has a feed's address can read it, so it is never cached for others, never
indexed, and open to no other site's scripts.
"""

import gzip
from collections.abc import Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.actions.audience import subscribing
from dispatch.actions.feeds import private_feeds
from dispatch.actions.feeds.private_feeds import Edition
from dispatch.app import App
from dispatch.model import FeedFormat, Standing, SubscriptionState
from dispatch.text import address
from dispatch.web import conditional, forms, security
from dispatch.web.forms import Form
from dispatch.web.pages import Pages

FRESH = "private, max-age=900"
# Without a validator: thirty at once, then one a minute. With one: at will.
BURST, PER_SECOND = 30, 1 / 60


class PrivateFeeds:
    """/preferences/TOKEN/feeds and /private/TOKEN.{rss,atom,json}."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages
        self._allowance = security.Allowance(burst=BURST, per_second=PER_SECOND)

    def routes(self) -> list[Route]:
        """Return the page, what it posts to, and the feeds."""
        page = "/preferences/{token}/feeds"
        return [
            Route(page, self.page),
            Route(page, forms.posted(self.act), methods=["POST"]),
            *(
                Route(f"/private/{{token}}.{form}", self._serves(form))
                for form in FeedFormat
            ),
        ]

    def page(self, request: Request) -> Response:
        """The reader's feeds, a button for one more, and one to end each."""
        standing = self._standing(request)
        return self._show(request.path_params["token"], standing)

    def act(self, request: Request, form: Form) -> Response:
        """Make a feed, or end one; then show how things stand."""
        standing = self._standing(request)
        subscription = standing.subscription.id
        said = ""
        if form.one("end").isdecimal() and form.one("end").isascii():
            private_feeds.revoke(
                self._app.store,
                subscription,
                int(form.one("end")[:15]),
                clock=self._app.clock,
            )
            said = "That feed has ended. Its address answers nobody any more."
        elif form.one("make"):
            made = private_feeds.make(
                self._app.store, subscription, form.one("name"), clock=self._app.clock
            )
            said = (
                "Your feed is ready. Copy its address into your reader."
                if made
                else f"There are {private_feeds.MOST} feeds already. End one first."
            )
        return self._show(request.path_params["token"], standing, said=said)

    def _show(self, token: str, standing: Standing, *, said: str = "") -> Response:
        subscription = standing.subscription
        own = private_feeds.listing(self._app.store, self._app.tokens, subscription.id)
        leave = self._app.tokens.make("unsubscribe", subscription.id)
        gone = subscription.state is SubscriptionState.UNSUBSCRIBED
        return self._pages.render(
            "private_feeds",
            headers=security.PRIVATE,
            token=token,
            newsletter=self._pages.newsletter_title(subscription.newsletter),
            address=address.mask(standing.subscriber.address),
            topics=subscription.topics,
            own=own,
            leave="" if gone else leave,
            said=said,
        )

    def _standing(self, request: Request) -> Standing:
        standing = subscribing.look(
            self._app.store,
            self._app.tokens,
            "preferences",
            request.path_params["token"],
        )
        if standing is None:
            raise HTTPException(404, headers=security.PRIVATE)
        return standing

    def _serves(self, form: FeedFormat) -> Callable[[Request], Response]:
        """Return the endpoint of one format."""

        def endpoint(request: Request) -> Response:
            return self._feed(request, form)

        return endpoint

    def _feed(self, request: Request, form: FeedFormat) -> Response:
        """One private feed: 304 without making it, 410 when it has ended."""
        made_of = self._edition(request.path_params["token"])
        if made_of is None:
            return self._ended()
        coding = conditional.coding(request.headers, ("gzip",))
        etag = f'"{made_of.tag}-{form}{"-gzip" if coding else ""}"'
        headers = _headers(etag)
        if "if-none-match" in request.headers and conditional.not_modified(
            request.headers, etag=etag, last_modified=self._app.clock.now()
        ):
            return Response(status_code=304, headers=headers)
        if "if-none-match" not in request.headers:
            self._allowance.spend(made_of.token)
        document = private_feeds.document(
            self._app.store,
            self._app.settings,
            made_of,
            form,
            clock=self._app.clock,
            kept=self._app.fragments,
        )
        if coding:
            document = gzip.compress(document, 6, mtime=0)
            headers = {**headers, "Content-Encoding": "gzip"}
        kind = f"{form.media_type}; charset=utf-8"
        return Response(document, headers={**headers, "Content-Type": kind})

    def _ended(self) -> Response:
        return self._pages.message(
            "This feed has ended",
            "Whoever it belonged to ended it. It will not come back.",
            status=410,
            headers=security.PRIVATE,
        )

    def _edition(self, token: str) -> Edition | None:
        feed = private_feeds.find(self._app.store, self._app.tokens, token)
        if feed is None:
            raise HTTPException(404, headers=security.PRIVATE)
        return private_feeds.edition(
            self._app.store, self._app.settings, feed, token, clock=self._app.clock
        )


def _headers(etag: str) -> Mapping[str, str]:
    """Return what a 200 and its 304 have in common.

    There is no Last-Modified: a feed whose reader takes a topic away changes without
    any story being newer.
    """
    return {
        **security.PRIVATE,
        "Cache-Control": FRESH,
        "ETag": etag,
        "Vary": "Accept-Encoding",
    }
