"""Places that could become sources: feeds and pages that a test server answers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from dispatch.http import Fetcher
from dispatch.model import FetchSettings
from support.collecting import long_text
from support.http_server import Reply

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FETCH = Fetcher(FetchSettings(allow_private=("127.0.0.1",)))


def item(number, *, hours=0, text="", guid=None, date=True):
    """An RSS item, so many hours old."""
    moment = format_datetime(NOW - timedelta(hours=hours))
    return (
        f"<item><guid isPermaLink='false'>{guid or f'id-{number}'}</guid>"
        f"<title>Story {number}</title><link>/story/{number}</link>"
        "<author>ada@bell.org (Ada Quill)</author>"
        + (f"<pubDate>{moment}</pubDate>" if date else "")
        + f"<description>{text or long_text(f'w{number}')}</description></item>"
    )


def feed(*items, title="The Bell"):
    """An answer of the server: an RSS feed."""
    inside = f"<title>{title}</title>{''.join(items)}"
    text = f'<rss version="2.0"><channel>{inside}</channel></rss>'
    return Reply(text.encode(), headers={"Content-Type": "application/rss+xml"})


def page(head="", body=""):
    """An answer of the server: an HTML page."""
    text = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return Reply(text.encode(), headers={"Content-Type": "text/html"})
