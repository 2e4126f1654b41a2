"""Collecting feeds against feedparser alone, in one run.

5,000 items, ten feeds of 500, collected for the first time into a fresh SQLite
database, against parsing the same bytes; and the peak memory of reading one feed of
15 MB, against parsing it. Prints ratios. `python benchmarks/collecting.py [ROUNDS]`
"""

import io
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import feedparser

from dispatch.actions.collection.collect import collect
from dispatch.collect import feed
from dispatch.model import (
    Errand,
    Response,
    SiteSettings,
    SourceSettings,
)
from dispatch.store import articles, open_store

ROUNDS = 3
FEEDS, ITEMS = 10, 500
LARGE = 14_900_000  # bytes; 15 MiB is the most that is fetched
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PARAGRAPH = (
    "<p>Work on the {word} ends on <b>Monday</b>, the {word} office said; see "
    '<a href="/plans/{word}?utm_source=feed">the plans</a> &amp; the cost.</p>'
)


class Clock:
    def now(self):
        return NOW


def make_item(source, number):
    words = " ".join(f"{source}w{number}x{place}" for place in range(40))
    named = (f"{source}b{number}p{place}" for place in range(6))
    body = "".join(PARAGRAPH.format(word=one) for one in named) + f"<p>{words}</p>"
    escaped = body.replace("&", "&amp;").replace("<", "&lt;")
    moment = format_datetime(NOW - timedelta(hours=number))
    return (
        f"<item><guid isPermaLink='false'>{source}-{number}</guid>"
        f"<title>Bridge {number} of {source} reopens</title>"
        f"<link>https://{source}.example/story/{number}</link>"
        f"<dc:creator>Ada Quill</dc:creator><pubDate>{moment}</pubDate>"
        f"<category>Town</category><description>{escaped}</description></item>"
    )


def make_feed(source, items):
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{source}</title><link>https://{source}.example/</link>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


def answering(documents):
    said = {"content-type": "application/rss+xml"}

    def fetch(url, **_):
        return Response(200, said, documents[url], url)

    return fetch


def sources_of(documents):
    return [
        SourceSettings(name=f"wire{n}", kind="feed", url=url)
        for n, url in enumerate(documents)
    ]


def feedparser_alone(documents):
    for data in documents.values():
        parsed = feedparser.parse(io.BytesIO(data))
        assert len(parsed.entries) == ITEMS


def ours(documents):
    """A first collection: read, told apart, sanitised, stored."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/d.db", clock=Clock())
        try:
            started = time.perf_counter()
            collect(
                store,
                sources_of(documents),
                answering(documents),
                clock=Clock(),
                site=SiteSettings(),
                authority="courier.example",
            )
            took = time.perf_counter() - started
            with store.read() as tx:
                assert articles.count(tx) == FEEDS * ITEMS
        finally:
            store.close()
    return took


def seconds(call, *given):
    started = time.perf_counter()
    call(*given)
    return time.perf_counter() - started


def read_large(path):
    """Read a large feed by our reader; for a process of its own."""
    data = Path(path).read_bytes()
    url = "https://large.example/rss"
    before = peak()
    source = SourceSettings(name="large", kind="feed", url=url)
    errand = Errand(source=source, fetch=answering({url: data}), now=NOW)
    assert feed.read(errand).found
    print(peak() - before)


def parse_large(path):
    """Parse a large feed by feedparser; for a process of its own."""
    data = Path(path).read_bytes()
    before = peak()
    assert feedparser.parse(io.BytesIO(data)).entries
    print(peak() - before)


def peak():
    """The most memory this process ever had; unlike ru_maxrss, without its parent's."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def measured(what, path):
    line = [sys.executable, __file__, what, path]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    return int(done.stdout)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    alone, collected = [], []
    for edition in range(rounds):
        documents = {}
        for n in range(FEEDS):
            name = f"s{edition}-{n}"
            items = [make_item(name, number) for number in range(ITEMS)]
            documents[f"https://{name}.example/rss"] = make_feed(name, items)
        alone.append(seconds(feedparser_alone, documents))
        collected.append(ours(documents))
    ratio = statistics.median(collected) / statistics.median(alone)
    print(f"collecting: {FEEDS * ITEMS:,} items stored: {ratio:.2f} x feedparser alone")
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        size = len(make_item("large", 0))
        items = [make_item("large", number) for number in range(LARGE // size)]
        file.write(make_feed("large", items))
        file.flush()
        ratio = measured("read", file.name) / measured("parse", file.name)
    print(f"collecting: peak memory of a 15 MB feed: {ratio:.2f} x feedparser alone")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["read", path]:
            read_large(path)
        case ["parse", path]:
            parse_large(path)
        case _:
            main()
