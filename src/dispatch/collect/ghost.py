"""Read a Ghost site by its Content API.

The key goes into the query of every address, where Ghost wants it; no message and no
log shows a query. The first visit takes the newest stories, every other what was
updated since; posts that left the site's list are named as gone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from dispatch.collect import backlog, conditional, ghost_post, loose_json
from dispatch.collect.backlog import Page, Place
from dispatch.collect.loose_json import Object
from dispatch.errors import SourceError
from dispatch.model import Collected, Errand, Harvest, Problem, Response
from dispatch.text import plain, urls

POSTS = "ghost/api/content/posts/"
HEADERS = {"Accept": "application/json", "Accept-Version": "v5.0"}
PER_PAGE = 50  # Ghost 6 gives at most 100
MOST_AT_ONCE = 100  # posts of one answer, whatever the site sends
INCLUDE = "authors,tags"


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered between visits: the cursor, opened."""

    place: Place | None = None
    recent: tuple[str, ...] = ()  # newest first

    def written(self) -> str:
        """Return it as a cursor."""
        after = self.place.after.isoformat() if self.place else ""
        page = self.place.page if self.place else 1
        return json.dumps({"after": after, "page": page, "recent": list(self.recent)})

    @classmethod
    def read(cls, cursor: str) -> "Memory":
        """Return what `written` wrote; an empty memory for anything else."""
        try:
            value = loose_json.parse(cursor.encode()) if cursor else None
            after = datetime.fromisoformat(loose_json.text(value, "after"))
        except ValueError:
            return cls()
        if after.tzinfo is None:
            return cls()
        page = max(1, loose_json.number(value, "page"))
        return cls(
            Place(after, page), loose_json.texts(value, "recent")[: backlog.RECENT]
        )


def read(errand: Errand) -> Harvest:
    """Visit a Ghost site. Raises SourceError when nothing can be had of it."""
    if not errand.source.key:
        raise SourceError(
            f"{urls.shown(errand.source.url)}: there is no key. Make one in Ghost "
            "under Settings, Integrations, and name its file as key_file."
        )
    memory = Memory.read(errand.cursor)
    walk = _since(errand, memory.place) if memory.place else _first(errand)
    found, problems = _stories(walk.posts, errand)
    gone, doubts = _gone(errand, memory.recent)
    seen = (one.guid for one in reversed(found))
    recent = [one for one in dict.fromkeys((*seen, *memory.recent)) if one not in gone]
    return Harvest(
        found=tuple(found),
        problems=(*problems, *doubts),
        cursor=Memory(walk.place, tuple(recent[: backlog.RECENT])).written(),
        gone=frozenset(map(ghost_post.locator, gone)),
        remark=walk.cut or _locked(walk.posts),
    )


def _first(errand: Errand) -> backlog.Walk:
    """Return the newest stories; the archive before them is none of our business."""
    page = _page(errand, {"order": "published_at desc"})
    last = backlog.latest(page.posts, lambda raw: _updated(raw, errand))
    start = errand.now if last is None else last - backlog.OVERLAP
    return backlog.Walk(tuple(reversed(page.posts)), Place(start))


def _since(errand: Errand, place: Place) -> backlog.Walk:
    def ask(at: Place) -> Page:
        since = f"updated_at:>='{at.after:%F %T}'"
        return _page(
            errand, {"filter": since, "order": "updated_at asc", "page": at.page}
        )

    return backlog.walk(
        ask,
        place,
        name=ghost_post.name_of,
        moment=lambda raw: _updated(raw, errand),
        now=errand.now,
    )


def _page(errand: Errand, asked: Mapping[str, object]) -> Page:
    wanted = {**asked, "limit": PER_PAGE, "include": INCLUDE}
    value, size = _ask(errand, POSTS, wanted)
    more = loose_json.number(value, "meta", "pagination", "next") > 0
    posts = loose_json.objects(value, "posts")[:MOST_AT_ONCE]
    return Page(posts, more and bool(posts), size)


def _ask(errand: Errand, route: str, asked: Mapping[str, object]) -> tuple[object, int]:
    """Return what the API answers, and how many bytes that was.

    Raises SourceError, which never shows the key.
    """
    answer = _fetch(errand, route, asked)
    shown = urls.shown(answer.url)
    if answer.status != HTTPStatus.OK:
        raise SourceError(f"{shown}: {_refusal(answer)}")
    try:
        value = loose_json.parse(answer.body)
    except ValueError as error:
        raise SourceError(f"{shown}: It sent {error}. Is it a Ghost site?") from error
    if not isinstance(loose_json.get(value, "posts"), list):
        raise SourceError(f"{shown}: It sent something else than posts.")
    return value, len(answer.body)


def _fetch(errand: Errand, route: str, asked: Mapping[str, object]) -> Response:
    home = errand.source.url.partition("/ghost/api/")[0].rstrip("/")
    query = urlencode({"key": errand.source.key, **asked}, safe=",:'")
    return errand.fetch(f"{home}/{route}?{query}", headers=HEADERS)


def _refusal(answer: Response) -> str:
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return (
            f"It answered {answer.status}: the Content API key is not this site's, or "
            "the integration was removed."
        )
    return conditional.refusal(answer.status)


def _stories(
    posts: Sequence[Object], errand: Errand
) -> tuple[list[Collected], list[Problem]]:
    found, problems = [], []
    for raw in posts:
        try:
            one = ghost_post.collect(raw, errand)
        except ValueError as error:
            name = plain.excerpt(loose_json.text(raw, "url") or "a post", 200)
            problems.append(Problem(urls.shown(name), str(error)))
            continue
        if one is not None:
            found.append(one)
    return found, problems


def _gone(errand: Errand, recent: Sequence[str]) -> tuple[set[str], list[Problem]]:
    """Return which of the posts seen last the site says are no more (404).

    When most are missing at once, that is a site in trouble, not an editor at work.
    """
    if not recent:
        return set(), []
    wanted = {
        "filter": f"id:[{','.join(recent)}]",
        "fields": "id",
        "limit": backlog.RECENT,
    }
    try:
        value, _ = _ask(errand, POSTS, wanted)
    except SourceError:  # the stories are here; who is gone can wait for a visit
        return set(), []
    there = {ghost_post.name_of(one) for one in loose_json.objects(value, "posts")}
    if why := backlog.doubt(recent, there):
        return set(), [Problem(urls.shown(errand.source.url), why)]
    asked_for = backlog.missing(recent, there)
    return {one for one in asked_for if _is_gone(errand, one)}, []


def _is_gone(errand: Errand, name: str) -> bool:
    try:
        answer = _fetch(errand, f"{POSTS}{name}/", {"fields": "id"})
    except SourceError:
        return False
    return answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def _locked(posts: Sequence[Object]) -> str:
    number = sum(map(ghost_post.is_locked, posts))
    if not number:
        return ""
    what = "story is" if number == 1 else "stories are"
    return f"{number} {what} for members only: headline, excerpt and link were taken."


def _updated(raw: Object, errand: Errand) -> datetime | None:
    return ghost_post.moment(raw, "updated_at", errand)
