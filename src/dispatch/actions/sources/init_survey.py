"""Look at a site once, and note what a publication of it needs to know.

Asks a bounded number of addresses in a bounded time, each once. Writes nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.actions.sources.source_recognise import Recognised, recognise
from dispatch.collect import (
    feed_text,
    loose_json,
    recognise as page_reading,
    wordpress_api,
    wordpress_post,
)
from dispatch.collect.recognise import Masthead
from dispatch.collect.wordpress_api import Site
from dispatch.errors import SourceError
from dispatch.model import Clock, Fetch, Response, SourceSettings
from dispatch.text import html as markup, plain, urls

MOST_REQUESTS = 25
LONGEST = timedelta(seconds=90)
MOST_SECTIONS = 6
FEWEST_STORIES = 3  # that make a category a section of its own
CATEGORIES: Mapping[str, object] = {
    "per_page": 30,
    "orderby": "count",
    "order": "desc",
    "hide_empty": "true",
    "_fields": "id,name,count",
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. `accent` is readable; `accent_was` is the site's own, if not.

    `zone` is empty where the site does not say. `sections` are names as the site
    writes them, the fullest first.
    """

    home: str
    source: SourceSettings
    kind: str  # in words: "a WordPress site"
    title: str
    tagline: str = ""
    logo: str = ""
    accent: str = ""
    accent_was: str = ""
    language: str = ""
    zone: str = ""
    sections: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Once:
    """A `model.Fetch` that asks each address once, and not for ever."""

    fetch: Fetch
    clock: Clock
    until: datetime = field(init=False)
    answers: dict[str, Response] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.until = self.clock.now() + LONGEST

    def __call__(self, url: str, *, headers: Mapping[str, str] = {}) -> Response:
        """Fetch. Raises SourceError when there is no answer or no more time."""
        if url not in self.answers:
            if len(self.answers) >= MOST_REQUESTS or self.clock.now() > self.until:
                raise SourceError(
                    f"{urls.shown(url)}: the site takes too long to answer. Try again "
                    "later, or give the address of its feed."
                )
            self.answers[url] = self.fetch(url, headers=headers)
        return self.answers[url]


def survey(url: str, fetch: Fetch, *, clock: Clock, tell: Tell) -> Survey:
    """Return what a publication made from `url` needs.

    `tell` is handed a phrase at each step. Raises SourceError, with a sentence, for
    what is no site with stories.
    """
    once = Once(fetch, clock)
    tell(f"Looking at {urls.shown(url)}")
    found = recognise(url, once)
    home = _home(found.source, url)
    head = _masthead(once, home)
    site = _wordpress(once, found, head, home)
    if site is not None:
        tell("Asking WordPress for its sections")
        found = replace(found, source=_of_wordpress(found.source, site), remarks=())
    accent = head.accent or _of_manifest(once, head)
    readable = page_reading.readable(accent) if accent else ""
    name = (site.name if site else "") or head.name or found.title or _host(home)
    return Survey(
        home=urls.without_login(site.home if site else home),
        source=replace(found.source, name="site"),
        kind=_kind(found.source, head),
        title=plain.excerpt(name, page_reading.LONGEST_NAME),
        tagline=(site.tagline if site else "") or head.tagline,
        logo=head.logo,
        accent=readable,
        accent_was=accent if accent.lower() != readable else "",
        language=_language(head.language),
        zone=site.zone if site else "",
        sections=_sections(wordpress_api.logged_in(once, home), site) if site else (),
        remarks=found.remarks,
    )


def _home(source: SourceSettings, url: str) -> str:
    """Return the front page: of a feed's address, the root of its site."""
    if source.kind == "wordpress" or source.url != url:
        return url
    return urls.join(url, "/")


def _masthead(fetch: Fetch, home: str) -> Masthead:
    """Read the front page; a site without one has an empty masthead."""
    try:
        answer = fetch(home, headers=wordpress_api.PAGE)
        kind = answer.headers.get("content-type", "")
        return page_reading.masthead(feed_text.read(answer.body, kind), answer.url)
    except SourceError:
        return Masthead()


def _wordpress(
    fetch: Fetch, found: Recognised, head: Masthead, home: str
) -> Site | None:
    """Return the WordPress site behind a page or its feed, if its API answers."""
    likely = found.source.kind == "wordpress" or "WordPress" in head.generator
    if not likely and "/feed" not in found.source.url:
        return None
    fetch = wordpress_api.logged_in(fetch, home)
    try:
        site = wordpress_api.discover_site(fetch, urls.without_login(home))
        wordpress_api.ask(fetch, site.api, "wp/v2/posts", {"per_page": 1})
    except SourceError:
        return None
    return site


def _of_wordpress(found: SourceSettings, site: Site) -> SourceSettings:
    """Return the site as a source; the address that was given may hold a login."""
    url = found.url if found.kind == "wordpress" else site.home
    return SourceSettings(name="site", kind="wordpress", url=url)


def _sections(fetch: Fetch, site: Site) -> tuple[str, ...]:
    """Return the categories with the most stories, the fullest first."""
    rows: list[loose_json.Object] = []
    with suppress(SourceError):
        answer = wordpress_api.ask(fetch, site.api, "wp/v2/categories", CATEGORIES)
        rows = loose_json.objects({"rows": answer.value}, "rows")
    names = [
        plain.excerpt(markup.unescape_title(loose_json.text(one, "name")), 60)
        for one in rows
        if loose_json.number(one, "count") >= FEWEST_STORIES
    ]
    kept = {wordpress_post.section([name]): name for name in reversed(names)}
    kept.pop("", None)
    return tuple(reversed(kept.values()))[:MOST_SECTIONS]


def _of_manifest(fetch: Fetch, head: Masthead) -> str:
    if not head.manifest:
        return ""
    try:
        answer = fetch(head.manifest, headers={"Accept": "application/json"})
    except SourceError:
        return ""
    return page_reading.manifest_accent(answer.body)


def _kind(source: SourceSettings, head: Masthead) -> str:
    if source.kind == "wordpress":
        return "a WordPress site"
    if source.kind == "sitemap":
        return "a news sitemap"
    return "a Ghost site, read by its feed" if head.is_ghost else "a feed"


def _language(tag: str) -> str:
    tag = tag.replace("_", "-")
    return tag if wordpress_post.LANGUAGE.fullmatch(tag) else ""


def _host(url: str) -> str:
    return url.split("/")[2].removeprefix("www.").partition(":")[0]
