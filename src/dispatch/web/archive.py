"""The archive: past issues, and a page for every story that readers may see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dispatch.app import App
from dispatch.model import Article, Issue, IssueState, Selection, Variant
from dispatch.store import Tx, articles, carrying, entries, issues, variants
from dispatch.web import pictures
from dispatch.web.pages import Pages

LISTED = 500
NEXT = 3  # stories to read in the place of one that is gone
PUBLIC = frozenset(
    {IssueState.SENDING, IssueState.PAUSED, IssueState.DONE, IssueState.EXPIRED}
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an issue's page shows, and how many stories it must keep to itself."""

    stories: Sequence[Article]
    withdrawn: Sequence[Article]
    gone: int


def public_issues(tx: Tx, limit: int, *, now: datetime) -> tuple[Issue, ...]:
    """Return the newest issues that have gone out, at least in part, as `told`."""
    past = [i for i in issues.recent(tx, LISTED) if is_public(i)][:limit]
    return told(tx, past, now=now)


def told(tx: Tx, past: Sequence[Issue], *, now: datetime) -> tuple[Issue, ...]:
    """Return issues with the subject of those that lost a story left out.

    It may be that story's headline; pages then name the newsletter instead.
    """
    broken = carrying.broken(tx, [one.id for one in past], by=now)
    return tuple(replace(i, subject="") if i.id in broken else i for i in past)


def is_public(issue: Issue) -> bool:
    """Whether its mails may be in somebody's mailbox, so that its page must answer."""
    return issue.state in PUBLIC and issue.planned is not None


class Archive:
    """/archive/."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the addresses under /archive/."""
        return [
            Route("/archive", self.moved),
            Route("/archive/", self.index),
            Route("/archive/{issue}", self.issue),
            Route("/archive/articles/{article}", self.article),
        ]

    def moved(self, _request: Request) -> Response:
        """The list without its slash."""
        return RedirectResponse(self._pages.links.archive(), 301)

    def index(self, _request: Request) -> Response:
        """The list of past issues, newest first."""
        now = self._app.clock.now()
        with self._app.store.read() as tx:
            past = public_issues(tx, LISTED, now=now)
        return self._pages.render("archive", past=past)

    def issue(self, request: Request) -> Response:
        """One issue as everybody may see it: all its stories, nobody's address."""
        now = self._app.clock.now()
        with self._app.store.read() as tx:
            issue = issues.by_id(tx, request.path_params["issue"])
            if issue is None or not is_public(issue):
                raise HTTPException(_missing(issue))
            shown = _stories(tx, issue, now)
            (issue,) = told(tx, [issue], now=now)
        return self._pages.render(
            "issue",
            issue=issue,
            stories=shown.stories,
            withdrawn=shown.withdrawn,
            gone=shown.gone,
        )

    def article(self, request: Request) -> Response:
        """One story: 410 when it was withdrawn, 301 when it became part of another."""
        text: str = request.path_params["article"]
        if not text.isascii() or not text.isdigit() or len(text) > len(str(2**62)):
            raise HTTPException(404)
        with self._app.store.read() as tx:
            article = articles.by_id(tx, int(text))
        if article is None:
            raise HTTPException(404)
        if article.merged_into is not None:
            page = self._pages.links.article_page(article.merged_into)
            return RedirectResponse(page, 301)
        if article.withdrawn_at is not None:
            return self._withdrawn(article)
        if not visible(article, self._app.clock.now()):
            raise HTTPException(404)
        links = self._pages.absolute
        body = pictures.own_only(links.body(article.content.html), links)
        return self._pages.render("article", article=article, body=body)

    def _withdrawn(self, article: Article) -> Response:
        """The page of a story that was taken back: when and why, none of its words."""
        now = self._app.clock.now()
        with self._app.store.read() as tx:
            latest = articles.published(tx, Selection(), now=now, limit=NEXT)
        return self._pages.render(
            "withdrawn",
            status=410,
            article=article,
            latest=latest,
        )


def _missing(issue: Issue | None) -> int:
    """Return 410 for an issue that some people may have got before it was stopped."""
    if issue is None or issue.planned is None:
        return 404
    return 410 if issue.state is IssueState.CANCELLED else 404


def visible(article: Article, now: datetime) -> bool:
    """Whether readers may see `article` at `now`."""
    if article.held or article.withdrawn_at or article.merged_into is not None:
        return False
    embargoed = article.embargo_until is not None and article.embargo_until > now
    return article.published_at <= now and not embargoed


def _stories(tx: Tx, issue: Issue, now: datetime) -> Shown:
    """Return what the issue carries, what was withdrawn, and how many are hidden.

    First as composed, then what the mail had no room for. A story that only an
    earlier revision carried was in some readers' mails, too.
    """
    composed = _composed(variants.of(tx, issue.id))
    found = articles.by_ids(tx, composed)
    shown = {
        number: found[number]
        for number in composed
        if number in found and visible(found[number], now)
    }
    withdrawn = [one for one in found.values() if one.withdrawn_at is not None]
    placed = entries.stories(
        tx, issue.newsletter, issue.from_position, issue.to_position, by=now
    )
    rest = [article for article in placed if article.id not in shown]
    gone = len(composed) - len(shown) - len(withdrawn)
    return Shown([*shown.values(), *rest], withdrawn, gone)


def _composed(variants: Sequence[Variant]) -> tuple[int, ...]:
    """Return the articles of what is for everybody, those of the newest revision first.

    Of each revision the longest variant counts: others skip what was read before.
    """
    longest: dict[int, tuple[int, ...]] = {}
    for one in variants:
        if not one.choice.topics:
            longest[one.revision] = max(
                one.articles, longest.get(one.revision, ()), key=len
            )
    newest_first = (longest[number] for number in sorted(longest, reverse=True))
    return tuple(dict.fromkeys(id_ for articles_ in newest_first for id_ in articles_))
