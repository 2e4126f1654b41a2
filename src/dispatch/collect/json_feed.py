"""JSON Feed 1 and 1.1 into entries, tolerant of what is seen in the wild.

Ids may be numbers, `authors` an object, `author` a string; what has the wrong type is
taken as absent.
"""

import json
from typing import Any

from dispatch.collect import feed_entry
from dispatch.collect.entries import About, Entry, Parsed
from dispatch.errors import SourceError
from dispatch.model import Enclosure, Image, Outlook
from dispatch.text import html as markup

MOST = 2**53  # what JSON numbers hold exactly
MOST_ITEMS = 5000
TRUE = frozenset({"true", "1", "yes"})


def looks_like(text: str) -> bool:
    """Whether a document can only be JSON."""
    return text.startswith("{")


def parse(text: str) -> Parsed:
    """Read a feed. Raises SourceError for what is none."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError("It is not a feed (damaged JSON came back).") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise SourceError("It is not a feed (JSON without a list of items came back).")
    about = About(
        title=markup.unescape_title(_text(feed, "title")),
        home=_text(feed, "home_page_url"),
        language=_text(feed, "language"),
        authors=_authors(feed),
        outlook=Outlook(hub=_hub(feed), topic=_text(feed, "feed_url")),
        next_page="" if _true(feed, "expired") else _text(feed, "next_url"),
    )
    entries = [_entry(one) for one in items[:MOST_ITEMS] if isinstance(one, dict)]
    told = (
        (f"It has {len(items):,} items; {MOST_ITEMS:,} of them count.",)
        if len(items) > MOST_ITEMS
        else ()
    )
    return Parsed(about, tuple(entries), told)


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=markup.unescape_title(_text(item, "title")),
        html=_text(item, "content_html")
        or feed_entry.paragraphs(_text(item, "content_text")),
        summary=feed_entry.paragraphs(_text(item, "summary")),
        authors=_authors(item),
        tags=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language"),
        images=tuple(
            Image(url=_text(item, key))
            for key in ("image", "banner_image")
            if _text(item, key)
        ),
        enclosures=tuple(
            Enclosure(
                url=_text(one, "url"),
                media_type=_text(one, "mime_type"),
                length=_number(one, "size_in_bytes"),
            )
            for one in _list(item, "attachments")
            if isinstance(one, dict) and _text(one, "url")
        ),
    )


def _authors(of: dict[str, Any]) -> tuple[str, ...]:
    found = of.get("authors") or of.get("author") or []
    people = found if isinstance(found, list) else [found]
    names = (one.get("name") if isinstance(one, dict) else one for one in people)
    return tuple(name for name in names if isinstance(name, str) and name.strip())


def _hub(feed: dict[str, Any]) -> str:
    hubs = (one for one in _list(feed, "hubs") if isinstance(one, dict))
    named = (_text(one, "url") for one in hubs if _text(one, "type") in {"WebSub", ""})
    return next(filter(None, named), "")


def _true(of: dict[str, Any], key: str) -> bool:
    return of.get(key) is True or _text(of, key).strip().lower() in TRUE


def _text(of: dict[str, Any], key: str) -> str:
    value = of.get(key)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else ""


def _number(of: dict[str, Any], key: str) -> int:
    value = of.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value < MOST else 0


def _list(of: dict[str, Any], key: str) -> list[Any]:
    value = of.get(key)
    return value if isinstance(value, list) else []
