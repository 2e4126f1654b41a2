"""What a feed says about visiting it: how long it keeps, when to rest, who pushes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dispatch.collect import discover
from dispatch.model import Outlook
from dispatch.text import urls

TTL = re.compile(r"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
SKIP_HOURS = re.compile(r"(?is)<skipHours>(.{0,5000}?)</skipHours>")
SKIP_DAYS = re.compile(r"(?is)<skipDays>(.{0,5000}?)</skipDays>")
HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
DAY = re.compile(r"<day>\s*([a-z]{3})[a-z]*\s*</day>", re.IGNORECASE)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_TTL = timedelta(days=7)
HOURS = 24


def read(outside: str, links: Iterable[Mapping[str, Any]]) -> Outlook:
    """Return the outlook of a feed; `outside` is its XML without the items.

    `links` are the feed's own, with `rel` and `href`. A feed that says to rest at
    every hour or day says nothing.
    """
    ttl = TTL.search(outside)
    hours = frozenset(int(hour) % HOURS for hour in _each(SKIP_HOURS, HOUR, outside))
    days = frozenset(
        DAYS.index(day.lower())
        for day in _each(SKIP_DAYS, DAY, outside)
        if day.lower() in DAYS
    )
    return Outlook(
        ttl=min(timedelta(minutes=int(ttl[1])), MOST_TTL) if ttl else None,
        skip_hours=hours if len(hours) < HOURS else frozenset(),
        skip_days=days if len(days) < len(DAYS) else frozenset(),
        hub=_named("hub", links),
        topic=_named("self", links),
    )


def complete(outlook: Outlook, headers: Mapping[str, str], address: str) -> Outlook:
    """Return the outlook with what the HTTP `Link` headers say, addresses absolute.

    Headers go before the document (WebSub section 4). Without a hub there is no
    topic; a hub without a topic is of the address that was asked.
    """
    hub, topic = outlook.hub, outlook.topic
    for link, rel in discover.header_links(headers):
        hub = link if "hub" in rel else hub
        topic = link if "self" in rel else topic
    hub, topic = urls.join(address, hub) if hub else "", urls.join(address, topic)
    if not urls.is_web(hub):
        return replace(outlook, hub="", topic="")
    return replace(outlook, hub=hub, topic=topic if urls.is_web(topic) else address)


def _each(part: re.Pattern[str], value: re.Pattern[str], text: str) -> list[str]:
    found = part.search(text)
    return value.findall(found[1]) if found else []


def _named(rel: str, links: Iterable[Mapping[str, Any]]) -> str:
    found = (str(one.get("href") or "") for one in links if one.get("rel") == rel)
    return next(filter(None, found), "")
