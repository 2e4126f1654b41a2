"""A feed source whose server answers what a test says, without a network."""

from datetime import UTC, datetime

from dispatch.collect import feed
from dispatch.model import Errand, Response, SourceSettings, Validators

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "https://wire.example/feed?key=secret"
WIRE = SourceSettings(name="wire", kind="feed", url=URL, section="news")
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)


def read(body, *, status=200, headers=None, validators=None, source=WIRE):
    """Visit a source whose server answers with `body`."""
    data = body.encode() if isinstance(body, str) else body

    def fetch(url, *, headers=None):
        return Response(status, answer_headers, data, url)

    answer_headers = headers or {}
    known = validators or Validators()
    return feed.read(Errand(source, fetch, NOW, validators=known))


def rss(items, channel="<title>The Wire</title><link>https://wire.example/</link>"):
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}{items}</channel></rss>'


def atom(items, feed_fields="<title>The Wire</title>"):
    head = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'
    return f"{head}{feed_fields}{items}</feed>"


def only(body, **options):
    (found,) = read(body, **options).found
    return found


def item(fields, **options):
    return only(rss(f"<item><guid>g</guid>{fields}</item>"), **options)
