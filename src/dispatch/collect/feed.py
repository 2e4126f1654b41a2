"""Read a feed over HTTP: RSS and Atom by feedparser, JSON Feed by our own reader.

feedparser is only ever handed text that was fetched, decoded and checked here, in
UTF-8. Our date layer goes before its dates, our sanitiser instead of its own.
"""

import hashlib
import io
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from xml.sax import SAXParseException

import feedparser

from dispatch.collect import feed_entry, feed_item, feed_text, json_feed
from dispatch.collect.feed_entry import Channel, Entry
from dispatch.errors import SourceError
from dispatch.model import (
    Collected,
    Errand,
    Harvest,
    Problem,
    Response,
    SourceSettings,
    Validators,
)
from dispatch.text import plain, urls

MOST_ITEMS = 2000
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
REMEDY = {
    HTTPStatus.UNAUTHORIZED: "It wants a password: put it into the address.",
    HTTPStatus.FORBIDDEN: "The site refuses us.",
    HTTPStatus.NOT_FOUND: "Is the address still right?",
    HTTPStatus.GONE: "The feed is gone for good: take it out of config.toml.",
    HTTPStatus.TOO_MANY_REQUESTS: "The site wants fewer visits: raise `every`.",
}


def read(errand: Errand) -> Harvest:
    """Visit a feed.

    A feed that has not changed gives an empty harvest that says `same`. One that is
    damaged gives the items that are whole, and a problem. Raises SourceError when
    nothing can be had of it.
    """
    source, validators = errand.source, errand.validators
    answer = errand.fetch(source.url, headers=_ask(validators))
    shown = urls.shown(answer.url)
    if answer.status == HTTPStatus.NOT_MODIFIED and validators != Validators():
        return Harvest(same=True, validators=_renewed(validators, answer))
    if answer.status != HTTPStatus.OK:
        raise SourceError(f"{shown}: {_refusal(answer.status)}")
    fresh = _validators(answer)
    if fresh.body_hash == validators.body_hash:
        return Harvest(same=True, validators=fresh)
    try:
        text = feed_text.read(answer.body, answer.headers.get("content-type", ""))
        channel, entries, problems = _parse(text, source, answer.url, errand.language)
    except SourceError as error:
        raise SourceError(f"{shown}: {error}") from error
    found, more = _collect(entries, channel, errand.now)
    told = tuple(Problem(shown, what) for what in problems)
    return Harvest(found=found, problems=(*told, *more), validators=fresh)


def _ask(validators: Validators) -> dict[str, str]:
    """Return the headers of a conditional GET, the validators as they were received."""
    headers = {"Accept": ACCEPT}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    return headers


def _renewed(old: Validators, answer: Response) -> Validators:
    """Keep what a 304 does not say anew (RFC 9111 section 4.3.4)."""
    return Validators(
        answer.headers.get("etag", old.etag),
        answer.headers.get("last-modified", old.last_modified),
        old.body_hash,
    )


def _validators(answer: Response) -> Validators:
    return Validators(
        answer.headers.get("etag", ""),
        answer.headers.get("last-modified", ""),
        hashlib.sha256(answer.body).hexdigest(),
    )


def _refusal(status: int) -> str:
    try:
        known = HTTPStatus(status)
    except ValueError:
        return f"It answered {status}."
    remedy = REMEDY.get(known, "")
    return f"It answered {status} ({known.phrase}). {remedy}".strip()


def _parse(
    text: str, source: SourceSettings, address: str, language: str
) -> tuple[Channel, list[Entry], list[str]]:
    """Return the feed, its items, and what is wrong with it in sentences."""
    if json_feed.looks_like(text):
        about, entries = json_feed.parse(text)
        problems: list[str] = []
    else:
        about, entries, problems = _parse_xml(text)
    home = urls.join(address, about["home"]) if about["home"] else ""
    channel = Channel(
        source=source,
        address=address,
        title=about["title"],
        home=home if urls.is_web(home) else "",
        language=about["language"],
        site_language=language,
    )
    if len(entries) > MOST_ITEMS:
        problems.append(f"It has {len(entries)} items; the first {MOST_ITEMS} count.")
    return channel, entries[:MOST_ITEMS], problems


def _collect(
    entries: Iterable[Entry], channel: Channel, now: datetime
) -> tuple[tuple[Collected, ...], list[Problem]]:
    found: list[Collected] = []
    problems: list[Problem] = []
    for entry in entries:
        try:
            one = feed_entry.collect(entry, channel, now=now)
        except ValueError as error:
            name = plain.excerpt(entry.guid or entry.link or entry.title, 200)
            problems.append(Problem(name, str(error)))
            continue
        if one is not None:
            found.append(one)
    return feed_entry.unique(found), problems


def _parse_xml(text: str) -> tuple[dict[str, str], list[Entry], list[str]]:
    try:
        parsed = feedparser.parse(
            io.BytesIO(text.encode("utf-8")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # collect.sanitise does, last
        )
    except Exception as error:  # whatever a hostile document does to the parser
        raise SourceError("It is damaged beyond reading.") from error
    version = str(parsed.get("version") or "")
    if not version and (not parsed.entries or feed_text.looks_like_html(text)):
        what = "an HTML page" if feed_text.looks_like_html(text) else "something else"
        raise SourceError(f"It is not a feed ({what} came back).")
    entries, problems = _whole(parsed, text)
    about = {
        "title": feed_item.title(parsed.feed, version),
        "home": str(parsed.feed.get("link", "")),
        "language": str(parsed.feed.get("language", "")),
    }
    return about, [feed_item.entry(one, version) for one in entries], problems


def _whole(parsed: Any, text: str) -> tuple[list[Any], list[str]]:
    """Return the items that are complete, and what is to be told."""
    entries = list(parsed.entries)
    if not isinstance(parsed.get("bozo_exception"), SAXParseException):
        return entries, []
    closed = text.count("</item") + text.count("</entry")
    if len(entries) > closed:
        told = "It ends in the middle; the items before that were used."
        return entries[:closed], [told]
    return entries, ["It is not well-formed XML; what could be read was used."]
