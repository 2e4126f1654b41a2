"""JSON Feed 1.1, written and read back with the standard library."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dispatch.errors import PublishError
from dispatch.model import Enclosure, FeedFormat
from dispatch.publish.channel import Channel
from dispatch.publish.items import Item
from dispatch.publish.outline import Line, Outline
from dispatch.publish.shell import Shell

VERSION = "https://jsonfeed.org/version/1.1"

# A line feed inside a text is written as \n: lines begin where the document's do.
_ITEMS = '\n  "items": ['
_BETWEEN = ",\n"


def write(channel: Channel, items: Iterable[Item]) -> bytes:
    """Return these items under the head of the channel in UTF-8, keys sorted.

    Raises PublishError for what has no place in UTF-8.
    """
    document = {
        "version": VERSION,
        "title": channel.title,
        "description": channel.description,
        "home_page_url": channel.home,
        "feed_url": channel.address(FeedFormat.JSON),
        "language": channel.language,
        "icon": channel.logo,
        "favicon": channel.logo,
        "authors": [{"name": channel.publisher, "url": channel.home}],
        "hubs": [{"type": "WebSub", "url": hub} for hub in channel.hubs],
        "next_url": dict(channel.neighbours(FeedFormat.JSON)).get("prev-archive", ""),
    }
    whole = {**_filled(document), "items": [_item(item) for item in items]}
    written = json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    try:
        return written.encode()
    except UnicodeEncodeError as error:
        raise PublishError(f"the document cannot be written: {error}.") from error


def shell(channel: Channel) -> Shell:
    """Return the document without its items. Raises PublishError."""
    head, items, tail = write(channel, ()).partition(_ITEMS.encode())
    return Shell(head + items, tail, b"\n", _BETWEEN.encode(), b"\n  ")


def objects(document: bytes) -> list[bytes]:
    """Cut a document that was written here into the objects of its items."""
    items = document.partition(_ITEMS.encode() + b"\n")[2].partition(b"\n  ]")[0]
    ends = items.split(b"\n    }")[:-1]
    return [piece.removeprefix(_BETWEEN.encode()) + b"\n    }" for piece in ends]


def read(document: bytes) -> Outline:
    """Return what the document says. Raises PublishError if it says nothing."""
    try:
        whole = json.loads(document)
        return Outline(
            title=whole["title"],
            home=whole["home_page_url"],
            address=whole["feed_url"],
            lines=tuple(
                Line(
                    id=item["id"],
                    title=item["title"],
                    url=item["url"],
                    html=item["content_html"],
                    published=datetime.fromisoformat(item["date_published"]),
                )
                for item in whole["items"]
            ),
            hubs=tuple(hub["url"] for hub in whole.get("hubs", ())),
            older=whole.get("next_url", ""),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise PublishError(f"the JSON Feed cannot be read back: {error!r}.") from error


def _item(item: Item) -> dict[str, Any]:
    optional = {
        "summary": item.summary,
        "image": item.image.url if item.image else "",
        "authors": [{"name": name} for name in item.authors],
        "tags": list(item.categories),
        "language": item.language,
        "attachments": [_attachment(enclosure) for enclosure in item.enclosures],
        "_source": _filled(
            {
                "title": item.origin_title,
                "url": item.origin_url,
                "feed_url": item.origin_feed,
            }
        ),
    }
    return {
        "id": item.id,
        "url": item.url,
        "title": item.title,
        "content_html": item.html,
        "date_published": _moment(item.published),
        "date_modified": _moment(item.updated),
        **_filled(optional),
    }


def _attachment(enclosure: Enclosure) -> dict[str, Any]:
    return _filled(
        {
            "url": enclosure.url,
            "mime_type": enclosure.media_type,
            "size_in_bytes": enclosure.length,
            "duration_in_seconds": enclosure.duration,
        }
    )


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty: a reader need not ask what "" means."""
    return {name: value for name, value in fields.items() if value}


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
