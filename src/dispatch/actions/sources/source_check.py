"""Look at a place and say what would come in, before anything is stored.

Works without a publication. A configured source is read with its own settings, an
address or a folder with the defaults of its kind.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dispatch import config
from dispatch.actions.collection.readers import READERS
from dispatch.actions.sources import source_findings
from dispatch.actions.sources.source_check_report import Forecast, Item, SourceCheck
from dispatch.actions.sources.source_recognise import Recognised, recognise
from dispatch.errors import SourceError, UsageError
from dispatch.model import (
    Collected,
    Errand,
    Fetch,
    Harvest,
    NewsletterSettings,
    PubStatus,
    Settings,
    SourceSettings,
)
from dispatch.text import plain, urls

SHOWN = 10
LONGEST_NAME = 40
LOOKBACK = NewsletterSettings("", "", "").lookback
UNTELLING = frozenset(
    {
        *("www", "www2", "feeds", "feed", "rss", "news", "blog", "blogs", "m", "api"),
        *("mobile", "co", "com", "org", "net", "ac", "edu"),
    }
)


def check(
    target: str, settings: Settings, fetch: Fetch, *, now: datetime
) -> SourceCheck:
    """Say what `target` is: a source's name, a web address, or a folder.

    Without a publication, `settings` are the defaults.
    Raises UsageError when it is none of these, SourceError when it cannot be read.
    """
    found = find(target, settings, fetch)
    site = settings.site
    errand = Errand(
        source=found.source,
        fetch=fetch,
        now=now,
        timezone=found.source.timezone or site.timezone,
        language=found.source.language or site.language,
    )
    harvest = READERS[found.source.kind](errand)
    known = known_as(found.source, settings)
    remarks = (
        *found.remarks,
        *source_findings.remarks(harvest, _again(errand), found.source),
    )
    title = _title(harvest) or found.title
    return SourceCheck(
        place=place(found.source),
        kind=found.source.kind,
        title=title,
        count=len(harvest.found),
        items=tuple(_item(one) for one in _newest(harvest.found)[:SHOWN]),
        remarks=remarks,
        problems=harvest.problems,
        forecast=_forecast(
            harvest, settings.newsletter, now, found.source if known else None
        ),
        source=found.source,
        block="" if known else block(found.source, title),
        known_as=known,
    )


def find(target: str, settings: Settings, fetch: Fetch) -> Recognised:
    """Return the source that `target` is or could become, with a name that is free.

    Raises UsageError and SourceError as `check` does.
    """
    known = _configured(target, settings)
    if known is not None:
        return Recognised(known)
    if urls.is_web(target.strip()):
        found = recognise(target.strip(), fetch)
    elif Path(target).is_dir():
        found = Recognised(_folder(target))
    else:
        raise UsageError(_neither(target, settings))
    named = replace(found.source, name=free_name(wish(found.source), settings))
    return replace(found, source=named)


def free_name(wish: str, settings: Settings, also: Sequence[str] = ()) -> str:
    """Return a name for a source, like `wish` and not taken yet."""
    letters = unicodedata.normalize("NFKD", wish).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-")
    base = slug[: LONGEST_NAME - 4].strip("-") or "source"
    taken = {*also, *(one.name for one in settings.source)}
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def wish(source: SourceSettings) -> str:
    """Return the word that tells a place from others: of its host, or its folder."""
    if source.path is not None:
        return source.path.name
    labels = (urlsplit(source.url).hostname or "").split(".")
    telling = [one for one in labels[:-1] if one not in UNTELLING | {""}]
    if labels[-1].isdecimal():  # an address in numbers tells nobody anything
        return source.kind
    return telling[0] if telling else source.kind


def known_as(source: SourceSettings, settings: Settings) -> str:
    """Return the name of the configured source that reads this place, or nothing."""
    for one in settings.source:
        if one.name == source.name or _same_place(one, source):
            return one.name
    return ""


def place(source: SourceSettings) -> str:
    """Return where a source reads, as it may be shown."""
    if source.path is not None:
        return str(source.path)
    return urls.shown(source.url) or f"{source.username} at {source.host}"


def block(source: SourceSettings, title: str) -> str:
    """Return the lines for config.toml as they may be shown: without a login."""
    shown = replace(source, url=urls.without_login(source.url))
    if shown.url != source.url:
        title = f"{title} (the login was left out here: https://NAME:PASSWORD@…)"
    return config.source_block(shown, comment=title.strip())


def _configured(target: str, settings: Settings) -> SourceSettings | None:
    """Return the source of the config that has this name, or reads this place."""
    if urls.is_web(target.strip()):
        place = SourceSettings(name=target, kind="feed", url=target.strip())
    else:
        place = _folder(target)
    name = known_as(replace(place, name=target), settings)
    return next((one for one in settings.source if one.name == name), None)


def _folder(target: str) -> SourceSettings:
    return SourceSettings(name="", kind="folder", path=Path(target).absolute())


def _neither(target: str, settings: Settings) -> str:
    if Path(target).is_file():
        return f"{target} is a file. Name the folder it lies in."
    names = ", ".join(one.name for one in settings.source)
    known = f" In the config: {names}." if names else ""
    shown = urls.shown(target)
    return f"{shown!r} is neither a web address, a folder, nor a source.{known}"


def _again(errand: Errand) -> Harvest | None:
    """Read a feed once more, to see whether its ids are the same a moment later."""
    if errand.source.kind != "feed" or errand.source.full_text != "never":
        return None  # with full text it would fetch every page once more
    try:
        return READERS["feed"](errand)
    except SourceError:
        return None


def _same_place(one: SourceSettings, other: SourceSettings) -> bool:
    if one.path is not None and other.path is not None:
        return one.path.resolve() == other.path.resolve()
    key = urls.canonical(one.url)
    return bool(key) and key == urls.canonical(other.url)


def _title(harvest: Harvest) -> str:
    titles = [one.content.origin_title for one in harvest.found]
    return plain.excerpt(next(filter(None, titles), ""), 80)


def _newest(found: Sequence[Collected]) -> list[Collected]:
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: one.published_at or oldest, reverse=True)


def _item(one: Collected) -> Item:
    content = one.content
    return Item(
        headline=content.headline,
        byline=", ".join(content.bylines),
        published_at=one.published_at,
        section=content.section,
        words=source_findings.words(one),
        picture=content.image is not None,
        url=content.url,
    )


def _forecast(
    harvest: Harvest,
    letters: Sequence[NewsletterSettings],
    now: datetime,
    configured: SourceSettings | None,
) -> Forecast:
    lookback = max((one.lookback for one in letters), default=LOOKBACK)
    days = max(1, round(lookback / timedelta(days=1)))
    usable = [one for one in harvest.found if one.status is PubStatus.USABLE]
    recent = [
        one
        for one in usable
        if one.published_at is None or one.published_at >= now - timedelta(days=days)
    ]
    first_contact = configured.first_contact if configured else ""
    return Forecast(len(usable), len(recent), days, first_contact)
