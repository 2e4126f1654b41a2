"""Read a WordPress site by its REST API; where that is closed, by its feed.

The first visit takes the newest stories, every other what was modified since. The
API brings what the feed lacks: all authors, the featured picture, sections, edits of
old stories, and that a story was taken down. A site that refuses its API is read by
its feed and asked again every day; what the API brought is not overwritten by the
feed's poorer version at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from dispatch.collect import (
    backlog,
    loose_json,
    wordpress_api,
    wordpress_feed,
    wordpress_post,
)
from dispatch.collect.backlog import Moment, Page, Place
from dispatch.collect.loose_json import Object
from dispatch.collect.wordpress_api import RefusedError, Site
from dispatch.collect.wordpress_memory import Memory
from dispatch.errors import SourceError
from dispatch.model import Collected, Errand, Harvest, Problem
from dispatch.text import plain, urls

POSTS = "wp/v2/posts"
PER_PAGE = 100  # the most that WordPress gives at once
MOST_AT_ONCE = 200  # posts of one answer, whatever the site sends
NO_LONGER_PUBLIC = frozenset(
    {"rest_post_invalid_id", "rest_forbidden", "rest_cannot_read"}
)


def read(errand: Errand) -> Harvest:
    """Visit a WordPress site.

    Raises SourceError when neither its API nor its feed can be had.
    """
    errand = _logged_in(errand)
    memory = Memory.read(errand.cursor)
    if memory.url != errand.source.url:
        memory = replace(memory, url=errand.source.url, site=None)
    if wordpress_feed.is_its_turn(memory, errand.now):
        return wordpress_feed.read(errand, memory)
    try:
        return _by_api(errand, memory)
    except RefusedError as refused:
        closed = replace(
            memory,
            closed_since=memory.closed_since or errand.now,
            tried_at=errand.now,
            why=str(refused),
        )
        return wordpress_feed.read(errand, closed)


def _logged_in(errand: Errand) -> Errand:
    """Take the login out of the address, which is kept, and into every request."""
    url = errand.source.url
    fetch = wordpress_api.logged_in(errand.fetch, url)
    source = replace(errand.source, url=urls.without_login(url))
    return replace(errand, source=source, fetch=fetch)


def _by_api(errand: Errand, memory: Memory) -> Harvest:
    """Ask where the API was last; if it refuses there, look for it anew."""
    if memory.site is not None:
        try:
            return _ask(errand, memory, memory.site)
        except RefusedError:
            found = wordpress_api.discover_site(errand.fetch, errand.source.url)
            if found.api == memory.site.api:
                raise
            return _ask(errand, memory, found)
    found = wordpress_api.discover_site(errand.fetch, errand.source.url)
    return _ask(errand, memory, found)


def _ask(errand: Errand, memory: Memory, site: Site) -> Harvest:
    walk = _since(errand, site, memory.place) if memory.place else _first(errand, site)
    found, problems = _stories(walk.posts, site, errand)
    gone, doubts = _gone(errand, site, memory.recent)
    seen = {wordpress_post.number_of(one.locator) for one in found}
    recent = sorted({*memory.recent, *seen} - gone, reverse=True)[: backlog.RECENT]
    after = Memory(errand.source.url, site, walk.place, tuple(recent))
    return Harvest(
        found=tuple(found),
        problems=(*problems, *doubts),
        cursor=after.written(),
        gone=frozenset(map(wordpress_post.locator, gone)),
        remark=walk.cut,
    )


def _first(errand: Errand, site: Site) -> backlog.Walk:
    """Return the newest stories; the archive before them is none of our business."""
    page = _page(errand, site, {"orderby": "date", "order": "desc"})
    last = backlog.latest(page.posts, _when(errand, site))
    start = errand.now if last is None else last - backlog.OVERLAP
    return backlog.Walk(tuple(page.posts), Place(start))


def _since(errand: Errand, site: Site, place: Place) -> backlog.Walk:
    when = _when(errand, site)

    def ask(at: Place) -> Page:
        asked = {"orderby": "modified", "order": "asc", "page": at.page}
        page = _page(errand, site, {**asked, "modified_after": f"{at.after:%FT%TZ}"})
        if _unfiltered(page, at, when):  # before WordPress 5.7 there was no filter
            newest = {"orderby": "modified", "order": "desc"}
            return replace(_page(errand, site, newest), more=False)
        return page

    return backlog.walk(ask, place, name=_number, moment=when, now=errand.now)


def _page(errand: Errand, site: Site, asked: Mapping[str, object]) -> Page:
    always = {"per_page": PER_PAGE, "_embed": wordpress_post.EMBED}
    fields = {"_fields": wordpress_post.FIELDS}
    answer = wordpress_api.ask(
        errand.fetch, site.api, POSTS, {**asked, **always, **fields}
    )
    posts = _posts(answer.value)
    number = loose_json.number(dict(asked), "page") or 1
    more = number < answer.pages if answer.pages else len(posts) >= PER_PAGE
    return Page(posts, more and bool(posts), answer.size)


def _posts(value: object) -> list[Object]:
    """Return the posts of an answer. Raises RefusedError for what is no list."""
    if not isinstance(value, list):
        raise RefusedError("its REST API sent something else than posts")
    return loose_json.objects(value)[:MOST_AT_ONCE]


def _unfiltered(page: Page, at: Place, when: Moment) -> bool:
    """Whether an answer holds what was modified long before the moment asked for."""
    moments = [moment for post in page.posts if (moment := when(post))]
    return bool(moments) and max(moments) < at.after - timedelta(days=2)


def _stories(
    posts: Sequence[Object], site: Site, errand: Errand
) -> tuple[list[Collected], list[Problem]]:
    found, problems = [], []
    for raw in posts:
        try:
            one = wordpress_post.collect(raw, site, errand)
        except ValueError as error:
            name = plain.excerpt(loose_json.text(raw, "link") or _number(raw), 200)
            problems.append(Problem(urls.shown(name), str(error)))
            continue
        if one is not None:
            found.append(replace(one, stamp=wordpress_feed.REST + one.stamp))
    return found, problems


def _gone(
    errand: Errand, site: Site, recent: Sequence[int]
) -> tuple[set[int], list[Problem]]:
    """Return which of the posts seen last the site says are no more.

    One that is missing from the site's list is asked for by its number. When most
    are missing at once, that is a site in trouble, not an editor at work.
    """
    if not recent:
        return set(), []
    asked = ",".join(map(str, recent))
    parameters = {"include": asked, "per_page": PER_PAGE, "_fields": "id"}
    try:
        value = wordpress_api.ask(errand.fetch, site.api, POSTS, parameters).value
        there = {loose_json.number(post, "id") for post in _posts(value)}
        if why := backlog.doubt(recent, there):
            return set(), [Problem(urls.shown(site.home), why)]
        asked_for = backlog.missing(recent, there)
        return {one for one in asked_for if _is_gone(errand, site, one)}, []
    except SourceError:  # the stories are here; who is gone can wait for a visit
        return set(), []


def _is_gone(errand: Errand, site: Site, number: int) -> bool:
    """Whether the site itself says that a post is deleted, in the bin or a draft."""
    route = f"{POSTS}/{number}"
    answer = wordpress_api.ask(errand.fetch, site.api, route, {"_fields": "id,status"})
    code = loose_json.text(answer.value, "code")
    status = loose_json.text(answer.value, "status")
    return code in NO_LONGER_PUBLIC or status in {"trash", "draft", "private"}


def _when(errand: Errand, site: Site) -> Moment:
    return lambda raw: wordpress_post.modified(wordpress_post.Post(raw, site, errand))


def _number(raw: Object) -> str:
    return loose_json.text(raw, "id")
