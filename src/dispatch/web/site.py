"""The public site of a publication, and the private one beside it."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch import resources
from dispatch.app import App
from dispatch.errors import StoreError, TemplateError
from dispatch.web import security
from dispatch.web.archive import Archive
from dispatch.web.feeds import Feeds
from dispatch.web.health import Check, Health
from dispatch.web.home import Home
from dispatch.web.hooks import Hooks
from dispatch.web.media import MediaFiles
from dispatch.web.metrics import Metrics
from dispatch.web.pages import Pages
from dispatch.web.polls import Polls
from dispatch.web.private_feeds import PrivateFeeds
from dispatch.web.proofs import Proofs
from dispatch.web.subscribing import Subscribing
from dispatch.web.websub import WebSub

_Some = TypeVar("_Some", bound=Starlette)

log = logging.getLogger(__name__)

SORRY = {
    400: ("That did not arrive whole", "Please go back and try it once more."),
    404: (
        "There is no such page",
        "The address may be mistyped, or the page may not be published yet.",
    ),
    405: ("That cannot be done here", "This address answers other kinds of request."),
    410: (
        "This was withdrawn",
        "The newsroom has taken it back. It will not return under this address.",
    ),
    413: ("That was too much", "The form holds more than can be taken."),
    429: ("Please wait a little", "Too many requests came from where you are."),
    500: ("Something went wrong", "It is our fault, and it has been written down."),
    503: ("One moment, please", "The site is busy with itself. Try again soon."),
}


class Site(Starlette):
    """The public site. A server asks its `polls` first: they need none of it."""

    def __init__(self, polls: Polls, **parts: Any) -> None:
        super().__init__(**parts)
        self.polls = polls


def create_site(
    app: App,
    *,
    ready: Mapping[str, Check] | None = None,
    arrived: Callable[[], None] = lambda: None,
) -> Site:
    """Return the public site of `app`.

    `ready` adds named checks to /readyz; each returns what is wrong, or "".
    `arrived` is called when a hub has brought news, or an editor has decided.
    Raises TemplateError or ConfigError when the site cannot be put together.
    """
    settings = app.settings
    pages = Pages(resources.template_folders(settings.folder, "web"), settings)
    feeds = Feeds(app, pages)
    metrics = [] if settings.web.admin_listen else Metrics(app).routes()
    routes = [
        *Home(app, pages).routes(),
        *feeds.routes(),
        *Archive(app, pages).routes(),
        *MediaFiles(app).routes(),
        *Subscribing(app, pages).routes(),
        *PrivateFeeds(app, pages).routes(),
        *Proofs(app, pages, arrived).routes(),
        *WebSub(app, arrived).routes(),
        *Hooks(app).routes(),
        *Health(app, ready or {}).routes(),
        *metrics,
        *pages.look.routes(),
    ]
    return _as_we_do(Site(feeds.polls, **_parts(routes, Sorry(pages).answer)))


def create_admin(app: App, *, ready: Mapping[str, Check] | None = None) -> Starlette:
    """Return the private site of `app`, for `web.admin_listen`: probes and metrics."""
    routes = [*Health(app, ready or {}).routes(), *Metrics(app).routes()]
    return _as_we_do(Starlette(**_parts(routes, _plainly)))


class Sorry:
    """Answers every error with a page that a reader understands."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def answer(self, _request: Request, error: Exception) -> Response:
        """Return the page for `error`; plain text when even that page is broken."""
        status, headers = _status(error)
        title, sentence = SORRY.get(status) or (HTTPStatus(status).phrase, "")
        try:
            return self._pages.message(
                title, sentence, status=status, headers=security.HEADERS | headers
            )
        except TemplateError:
            log.exception("the error page itself is broken")
            return _plainly(_request, error)


def _parts(
    routes: list[Route], answer: Callable[[Request, Exception], Response]
) -> dict[str, Any]:
    """Return what a site is made of."""
    return {
        "routes": routes,
        "middleware": [Middleware(security.SafeHeaders)],
        "exception_handlers": {
            HTTPException: answer,
            StoreError: answer,
            Exception: answer,
        },
    }


def _as_we_do(site: _Some) -> _Some:
    """Send nobody to where the slash is: it would repeat whatever Host was sent."""
    site.router.redirect_slashes = False
    return site


def _plainly(_request: Request, error: Exception) -> Response:
    status, headers = _status(error)
    return PlainTextResponse(
        f"{HTTPStatus(status).phrase}\n", status, security.HEADERS | headers
    )


def _status(error: Exception) -> tuple[int, dict[str, str]]:
    """Return the status that `error` means, and the headers it brings."""
    if isinstance(error, HTTPException):
        return error.status_code, dict(error.headers or {})
    if isinstance(error, StoreError):
        log.error("the store failed a page: %s", error)
        return 503, {"Retry-After": "30"}
    return 500, {}
