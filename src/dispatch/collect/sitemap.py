"""Read a news sitemap: the new stories of a site that has no feed.

A sitemap names pages, not stories: the text comes from the page (`full_text`), as
robots.txt allows, twenty pages a visit. Without the extra a news sitemap still
gives headlines and links.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dispatch.collect import (
    conditional,
    entries,
    feed_entry,
    full_text,
    lead_image,
    sitemap_text,
)
from dispatch.collect.entries import About, Channel, Entry
from dispatch.collect.full_text import Extract
from dispatch.collect.pages import No, Page, Pages
from dispatch.collect.sitemap_text import Place
from dispatch.errors import SourceError
from dispatch.model import Collected, Errand, Harvest, Image, Problem, Response
from dispatch.text import urls

ACCEPT = "application/xml, text/xml, application/gzip;q=0.9, */*;q=0.5"
NEWS = timedelta(days=2)  # what a news sitemap holds; older pages are no news
MOST_MAPS = 10  # of an index
MOST_STORIES = 1000
ABSENT = (
    "Only headlines and links: the stories need the extra `fulltext`: pip install "
    '"dispatch-news[fulltext]".'
)


@dataclass(slots=True)
class Visit:
    """What is going on while the pages of one sitemap are read."""

    errand: Errand
    channel: Channel
    pages: Pages
    waiting: int = 0  # pages left for the next visit
    bare: int = 0  # stories of which only headline and link are known
    found: list[Collected] = field(default_factory=list)


def read(errand: Errand) -> Harvest:
    """Visit a sitemap.

    Brings what was published or changed in the last two days. Raises SourceError
    when it cannot be had or is none.
    """
    got = conditional.get(errand, errand.source.url, accept=ACCEPT)
    if got.same:
        return Harvest(same=True, validators=got.validators)
    places, problems, is_index = _all_places(errand, got.answer)
    visit = Visit(
        errand,
        entries.channel(About(), errand, got.answer.url),
        Pages(errand.fetch, errand.source.url),
    )
    for place in _news(places, visit.channel):
        _add(visit, place)
    again = is_index or visit.waiting  # an index stays as it is when its maps change
    return Harvest(
        found=feed_entry.unique(visit.found),
        problems=problems,
        validators=replace(got.validators, body_hash="", etag="", last_modified="")
        if again
        else got.validators,
        remark=" ".join(_remarks(visit)),
    )


def _all_places(
    errand: Errand, answer: Response
) -> tuple[list[Place], tuple[Problem, ...], bool]:
    """Return the pages of a sitemap, those of the maps in it too, and problems."""
    try:
        places = list(sitemap_text.read(answer))
    except SourceError as error:
        raise SourceError(f"{urls.shown(answer.url)}: {error}") from error
    maps = [place for place in places if place.is_map]
    pages = [place for place in places if not place.is_map]
    problems: list[Problem] = []
    channel = entries.channel(About(), errand, answer.url)
    for one in _likely_maps(maps, channel):
        try:
            pages += _map(errand, one, answer.url)
        except SourceError as error:
            problems.append(Problem(urls.shown(one.url), str(error)))
    return pages, tuple(problems), bool(maps)


def _likely_maps(maps: Iterable[Place], channel: Channel) -> list[Place]:
    """Return the maps of an index that may hold news, the newest first."""
    fresh = []
    for one in maps:
        modified = entries.moment(one.modified, None, channel)
        if modified is None or channel.now - modified <= NEWS:
            fresh.append((modified or channel.now - NEWS, "news" in one.url, one))
    fresh.sort(key=lambda known: (known[1], known[0]), reverse=True)
    return [one for _, _, one in fresh[:MOST_MAPS]]


def _map(errand: Errand, place: Place, index: str) -> list[Place]:
    """Fetch a map that an index names. Maps of maps do not count."""
    url = urls.join(index, place.url)
    if not urls.same_site(url, index):
        raise SourceError("It is on another site, and was not asked for.")
    answer = conditional.another(errand, url, accept=ACCEPT)
    return [one for one in sitemap_text.read(answer) if not one.is_map]


def _news(places: Sequence[Place], channel: Channel) -> list[Place]:
    """Return the places of the last two days, the newest first, each once."""
    dated: dict[str, tuple[datetime, Place]] = {}
    for place in places:
        moment = _moment(place, channel)
        if moment is not None and channel.now - moment <= NEWS:
            dated.setdefault(urls.canonical(place.url), (moment, place))
    newest = sorted(dated.values(), key=lambda known: known[0], reverse=True)
    return [place for _, place in newest[:MOST_STORIES]]


def _moment(place: Place, channel: Channel) -> datetime | None:
    return entries.moment(place.published, None, channel) or entries.moment(
        place.modified, None, channel
    )


def _add(visit: Visit, place: Place) -> None:
    """Add the story of a page, unless nothing can be said of it."""
    if not urls.same_site(place.url, visit.errand.source.url):
        return
    story = feed_entry.collect(_entry(place), visit.channel)
    if story is None:
        story = _nameless(place, visit.channel)
    stamp = _stamp(place)
    if visit.errand.known.get(story.locator) == stamp:
        visit.found.append(replace(story, stamp=stamp))
        return
    page = visit.pages.get(place.url) if full_text.available() else No.NEVER
    got = full_text.extract(page) if isinstance(page, Page) else None
    if page is No.NOT_NOW:
        visit.waiting += 1
    if got is None and not place.title:
        return  # there is no headline to name it by
    visit.bare += got is None
    told = story if got is None else _told(place, got, visit.channel) or story
    final = stamp if page is not No.NOT_NOW else full_text.later(stamp)
    visit.found.append(replace(told, locator=story.locator, stamp=final))


def _entry(place: Place) -> Entry:
    return Entry(
        guid=place.url,
        link=place.url,
        title=place.title,
        tags=place.keywords,
        published=place.published,
        updated=place.modified,
        language=place.language,
        images=(Image(url=place.image),) if place.image else (),
    )


def _nameless(place: Place, channel: Channel) -> Collected:
    """Return what a page without a title would be called, to look it up by."""
    named = feed_entry.collect(replace(_entry(place), title=place.url), channel)
    if named is None:  # an address is always a name
        raise SourceError(f"{urls.shown(place.url)}: It has no name.")
    return named


def _told(place: Place, got: Extract, channel: Channel) -> Collected | None:
    """Return the story as its page tells it; the sitemap's own words go first."""
    entry = replace(
        _entry(place),
        title=place.title or got.title,
        html=got.html,
        published=place.published or got.published,
        authors=(got.author,) if got.author else (),
    )
    story = feed_entry.collect(entry, channel)
    if story is None:
        return None
    image = story.content.image or lead_image.first_of(got.html) or got.image
    return replace(story, content=replace(story.content, image=image))


def _stamp(place: Place) -> str:
    """Return what changes when the sitemap says something else of a page."""
    said = (place.url, place.title, place.published, place.modified)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _remarks(visit: Visit) -> Iterator[str]:
    if not full_text.available():
        yield ABSENT
        return
    if visit.waiting:
        yield f"{visit.waiting} pages are read at the next visit."
    if visit.pages.refused:
        yield f"robots.txt keeps {visit.pages.refused} pages from us."
    others = visit.bare - visit.waiting - visit.pages.refused
    if others > 0:
        yield f"Of {others} stories there is only headline and link."
