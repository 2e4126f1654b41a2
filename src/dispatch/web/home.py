"""The home page: the newest stories and every way to follow them."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.model import Article, Selection
from dispatch.store import articles
from dispatch.web import archive
from dispatch.web.pages import Pages

LATEST = 20
PAST_ISSUES = 5
FRESH = 6  # stories that may lead the page


class Home:
    """/."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the one address."""
        return [Route("/", self.index)]

    def index(self, _request: Request) -> Response:
        """The newest stories, the subscribe form, the feeds, the last issues."""
        now = self._app.clock.now()
        with self._app.store.read() as tx:
            latest = articles.published(tx, Selection(), now=now, limit=LATEST)
            past = archive.public_issues(tx, PAST_ISSUES, now=now)
        return self._pages.render(
            "home",
            latest=_front(latest),
            past=past,
            now=now,
            chosen=(),
            email="",
            problem="",
        )


def _front(latest: Sequence[Article]) -> list[Article]:
    """Return the stories newest first, but for the lead: one of the newest, pictured.

    Without a picture of ours among them the newest leads.
    """
    lead = next((one for one in latest[:FRESH] if _pictured(one)), None)
    rest = [one for one in latest if one is not lead]
    return [lead, *rest] if lead else rest


def _pictured(article: Article) -> bool:
    return article.content.image is not None and bool(article.content.image.media)
