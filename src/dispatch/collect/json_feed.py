"""JSON Feed 1 and 1.1 into entries, tolerant of what is seen in the wild.

Ids may be numbers, `authors` an object, `author` a string; what has the wrong type is
taken as absent.
"""

import json

from dispatch.collect import feed_entry, loose_json
from dispatch.collect.entries import About, Entry, Parsed
from dispatch.collect.loose_json import Object
from dispatch.errors import SourceError
from dispatch.model import Enclosure, Image, Outlook
from dispatch.text import html as markup

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
        title=markup.unescape_title(loose_json.text(feed, "title")),
        home=loose_json.text(feed, "home_page_url"),
        language=loose_json.text(feed, "language"),
        authors=_authors(feed),
        outlook=Outlook(hub=_hub(feed), topic=loose_json.text(feed, "feed_url")),
        next_page="" if _true(feed, "expired") else loose_json.text(feed, "next_url"),
    )
    entries = [_entry(one) for one in items[:MOST_ITEMS] if isinstance(one, dict)]
    told = (
        (f"It has {len(items):,} items; {MOST_ITEMS:,} of them count.",)
        if len(items) > MOST_ITEMS
        else ()
    )
    return Parsed(about, tuple(entries), told)


def _entry(item: Object) -> Entry:
    return Entry(
        guid=_name(item),
        link=loose_json.text(item, "url") or loose_json.text(item, "external_url"),
        title=markup.unescape_title(loose_json.text(item, "title")),
        html=loose_json.text(item, "content_html")
        or feed_entry.paragraphs(loose_json.text(item, "content_text")),
        summary=feed_entry.paragraphs(loose_json.text(item, "summary")),
        authors=_authors(item),
        tags=tuple(
            tag for tag in loose_json.sequence(item.get("tags")) if isinstance(tag, str)
        ),
        published=loose_json.text(item, "date_published"),
        updated=loose_json.text(item, "date_modified"),
        language=loose_json.text(item, "language"),
        images=tuple(
            Image(url=loose_json.text(item, key))
            for key in ("image", "banner_image")
            if loose_json.text(item, key)
        ),
        enclosures=tuple(
            Enclosure(
                url=loose_json.text(one, "url"),
                media_type=loose_json.text(one, "mime_type"),
                length=loose_json.number(one, "size_in_bytes"),
                duration=loose_json.number(one, "duration_in_seconds"),
            )
            for one in loose_json.objects(item, "attachments")
            if loose_json.text(one, "url")
        ),
    )


def _authors(of: Object) -> tuple[str, ...]:
    found = of.get("authors") or of.get("author") or []
    people = found if isinstance(found, list) else [found]
    names = (one.get("name") if isinstance(one, dict) else one for one in people)
    return tuple(name for name in names if isinstance(name, str) and name.strip())


def _hub(feed: Object) -> str:
    named = (
        loose_json.text(one, "url")
        for one in loose_json.objects(feed, "hubs")
        if loose_json.text(one, "type") in {"WebSub", ""}
    )
    return next(filter(None, named), "")


def _true(of: Object, key: str) -> bool:
    return of.get(key) is True or loose_json.text(of, key).strip().lower() in TRUE


def _name(item: Object) -> str:
    """Return an item's id; a whole number counts however long it is."""
    found = item.get("id")
    whole = isinstance(found, int) and not isinstance(found, bool)
    return str(found) if whole else loose_json.text(item, "id")
