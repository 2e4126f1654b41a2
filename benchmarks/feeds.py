"""What a publish costs: ours in three formats against feedgen alone in two.

    python benchmarks/feeds.py

50 articles of 3 kB. "feedgen alone" adds the entries and writes RSS and Atom, as
its own documentation does; it reads nothing back and writes no file. Ours writes
RSS, Atom and JSON Feed: of stories that were never seen (each entry is read back and
compared), of 50 of which one is new, and of stories that are all known. Then a hundred
feeds of them, put in place with their packed forms, against writing the same bytes to
the same disk durably.
"""

import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedgen.feed import FeedGenerator

from dispatch.model import (
    Article,
    Content,
    FeedIdentity,
    FeedSettings,
    Links,
    SiteSettings,
)
from dispatch.publish import channel, documents, files
from dispatch.publish.fragments import Fragments

ARTICLES = 50
ROUNDS = 30
FEEDS = 100
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARAGRAPH = (
    "<p>The ferry runs again, &amp; the pier is <em>longer</em> than it was.</p>\n"
)
SITE = SiteSettings(title="The Bell", url="https://bell.example.org")
FEED = FeedSettings(name="all", title="All")
IDENTITY = FeedIdentity("all", "tag:bell.example.org,2026-03-02:feed/1", "tag", START)


def make_article(number, edition):
    body = PARAGRAPH * (3000 // len(PARAGRAPH))
    content = Content(
        headline=f"Story {number}, edition {edition}",
        html=body,
        summary="The ferry runs again.",
        bylines=("Ada Quill",),
        section="town",
        url=f"https://bell.example.org/{number}",
    )
    moment = START + timedelta(minutes=number)
    tag = f"tag:bell.example.org,2026-03-02:article/{number}"
    return Article(number, tag, "newsroom", content, moment, moment, moment, "")


def feedgen_alone(articles):
    feed = FeedGenerator()
    feed.id(IDENTITY.tag_id)
    feed.title("All")
    feed.subtitle("All")
    feed.link(href="https://bell.example.org/")
    feed.load_extension("dc")
    for article in articles:
        entry = feed.add_entry(order="append")
        entry.id(article.tag_id)
        entry.title(article.content.headline)
        entry.link(href=article.content.url)
        entry.summary(article.content.summary)
        entry.content(article.content.html, type="html")
        entry.published(article.published_at)
        entry.updated(article.updated_at)
        entry.category(term=article.content.section)
        entry.dc.dc_creator(list(article.content.bylines))
    return feed.rss_str(), feed.atom_str()


def ours(articles, kept=None, feed=FEED):
    kept = kept or Fragments()
    links = Links(SITE.url)
    made = channel.make(feed, IDENTITY, articles, site=SITE, links=links, kept=kept)
    return documents.make(made, kept)


def fan_out(articles, kept, folder):
    """Make and place the feeds; return the bytes of all files."""
    with files.hold(folder) as held:
        for number in range(FEEDS):
            feed = replace(FEED, name=f"feed-{number}")
            for form, data in ours(articles, kept, feed).files.items():
                held.put(f"{feed.name}.{form}", data)


def write_durably(found, folder):
    """The yardstick: the same files, each synced, and then their folder."""
    for number, data in enumerate(found):
        with (folder / str(number)).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def seconds(call, *given):
    started = time.perf_counter()
    call(*given)
    return time.perf_counter() - started


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    alone, cold, one_new, known = [], [], [], []
    kept = Fragments()
    articles = [make_article(number, 0) for number in range(ARTICLES)]
    ours(articles, kept)
    for edition in range(1, rounds + 1):
        fresh = [make_article(number, edition) for number in range(ARTICLES)]
        alone.append(seconds(feedgen_alone, fresh))
        cold.append(seconds(ours, fresh))
        changed = replace(fresh[-1], revision=edition + 1)
        one_new.append(seconds(ours, [*articles[:-1], changed], kept))
        known.append(seconds(ours, articles, kept))
    yardstick = statistics.median(alone)
    for what, figures in (
        ("never seen, made and checked in three formats", cold),
        ("one of 50 is new", one_new),
        ("all known", known),
    ):
        ratio = statistics.median(figures) / yardstick
        print(f"feeds: {what}: {ratio:.2f} x feedgen alone in two formats")
    with tempfile.TemporaryDirectory() as name:
        folder, plain = Path(name) / "feeds", Path(name) / "plain"
        plain.mkdir()
        ours_took = seconds(fan_out, articles, kept, folder)
        found = [one.read_bytes() for one in folder.iterdir()]
        disk = seconds(write_durably, found, plain)
    size = sum(map(len, found)) / 1e6
    print(
        f"feeds: {FEEDS} feeds in place, {size:.0f} MB in {len(found)} files: "
        f"{ours_took / disk:.2f} x writing those bytes durably"
    )


if __name__ == "__main__":
    main()
