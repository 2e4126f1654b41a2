"""Read a feed over HTTP, whatever its format and its state.

The way of a document: bytes → text (`feed_text`) → entries (`feed_xml`, `json_feed`)
→ stories (`feed_entry`), of which teasers may be filled up (`full_text`).
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from dispatch.collect import (
    conditional,
    dates,
    discover,
    entries,
    feed_entry,
    feed_outlook,
    feed_text,
    feed_xml,
    full_text,
    json_feed,
    zones,
)
from dispatch.collect.entries import Channel, Entry, Parsed
from dispatch.errors import SourceError
from dispatch.model import (
    Collected,
    Errand,
    Harvest,
    Outlook,
    Problem,
    Response,
    Validators,
)
from dispatch.text import plain, urls

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
MOST_PAGES = 5  # of a JSON feed, the first included
MOST_OFFERED = 3  # feeds named when a page came back instead

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Gathered:
    """What the pages of one feed brought so far."""

    found: list[Collected] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    salvaged: int = 0


def read(errand: Errand) -> Harvest:
    """Visit a feed.

    A feed that has not changed gives an empty harvest that says `same`. One that is
    damaged gives the items that are whole, and a problem. Raises SourceError when
    nothing can be had of it.
    """
    got = conditional.get(errand, errand.source.url, accept=ACCEPT)
    if got.same:
        return Harvest(same=True, validators=got.validators)
    return harvest(errand, got.answer, got.validators)


def harvest(
    errand: Errand, answer: Response, validators: Validators | None = None
) -> Harvest:
    """Return what a feed's document brings, fetched or pushed by its hub.

    Follows the further pages that a JSON feed names. Raises SourceError for what is
    no feed.
    """
    gathered = Gathered()
    parsed = _parsed(errand, answer)
    _gather(gathered, errand, answer, parsed)
    _further(gathered, errand, answer, parsed)
    filled = full_text.fill(feed_entry.unique(gathered.found), errand)
    return Harvest(
        found=filled.found,
        problems=tuple(gathered.problems),
        validators=(filled.complete and validators) or Validators(),
        outlook=_outlook(parsed, answer),
        remark=" ".join(filter(None, (_remark(gathered.salvaged), filled.remark))),
    )


def _parsed(errand: Errand, answer: Response) -> Parsed:
    """Read a document. Raises SourceError, naming its address, for what is no feed."""
    try:
        text = feed_text.read(answer.body, answer.headers.get("content-type", ""))
        if json_feed.looks_like(text):
            return json_feed.parse(text)
        if feed_text.looks_like_html(text):
            raise _is_page(text, answer.url)
        return feed_xml.parse(text, errand.now)
    except SourceError as error:
        raise SourceError(f"{urls.shown(answer.url)}: {error}") from error


def _is_page(page: str, address: str) -> SourceError:
    """Say that a page came back, and which feeds it names."""
    found = [one.url for one in discover.feeds(page, address)][:MOST_OFFERED]
    named = f" The page's feeds are: {', '.join(map(urls.shown, found))}"
    what = "It is not a feed (an HTML page came back)."
    return SourceError(what + named if found else what)


def _gather(
    gathered: Gathered, errand: Errand, answer: Response, parsed: Parsed
) -> None:
    """Add the stories of one document."""
    channel = entries.channel(parsed.about, errand, answer.url)
    shown = urls.shown(answer.url)
    gathered.problems += [Problem(shown, what) for what in parsed.problems]
    gathered.salvaged += parsed.salvaged
    for entry in parsed.entries:
        try:
            one = feed_entry.collect(entry, channel)
        except ValueError as error:
            name = plain.excerpt(entry.guid or entry.link or entry.title, 200)
            gathered.problems.append(Problem(name, str(error)))
            continue
        if one is not None:
            gathered.found.append(one)
    _log_odd_zones(parsed.entries, channel)


def _further(
    gathered: Gathered, errand: Errand, answer: Response, parsed: Parsed
) -> None:
    """Add the further pages of a JSON feed, as long as they are on the same host.

    A page that cannot be had is a problem, and no reason to lose the first.
    """
    seen = {answer.url}
    for _ in range(MOST_PAGES - 1):
        url = urls.join(answer.url, parsed.about.next_page)
        if not parsed.about.next_page or url in seen:
            return
        if not urls.same_host(url, answer.url):
            return
        seen.add(url)
        try:
            answer = conditional.another(errand, url, accept=ACCEPT)
            parsed = _parsed(errand, answer)
        except SourceError as error:
            gathered.problems.append(Problem(urls.shown(url), str(error)))
            return
        _gather(gathered, errand, answer, parsed)


def _outlook(parsed: Parsed, answer: Response) -> Outlook:
    return feed_outlook.complete(parsed.about.outlook, answer.headers, answer.url)


def _remark(salvaged: int) -> str:
    if not salvaged:
        return ""
    return (
        f"The feed is damaged: {salvaged} of its items were read without a parser and "
        "may lack something."
    )


def _log_odd_zones(items: Iterable[Entry], channel: Channel) -> None:
    """Log where dates name a zone out of season; they are taken as written."""
    slips = set()
    for entry in items:
        if not zones.is_seasonal(entry.published.rpartition(" ")[2]):
            continue
        moment = entries.moment(entry.published, entry.published_parsed, channel)
        if moment and (zone := dates.out_of_season(entry.published, moment)):
            slips.add(zone)
    if slips:
        log.info(
            "dates out of season source=%s zones=%s",
            channel.source.name,
            ",".join(sorted(slips)),
        )
