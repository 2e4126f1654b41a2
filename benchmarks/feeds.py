"""What a publish costs: ours in three formats against feedgen alone in two.

    python benchmarks/feeds.py

50 articles of 3 kB. "feedgen alone" adds the entries and writes RSS and Atom, as
its own documentation does; it reads nothing back and writes no file. Ours writes
RSS, Atom and JSON Feed, reads each back and compares every entry; the last figure
also puts changed files in place, durably.
"""

import statistics
import sys
import tempfile
import time
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

ARTICLES = 50
ROUNDS = 60
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


def ours(articles):
    return documents.make(
        channel.make(FEED, IDENTITY, articles, site=SITE, links=Links(SITE.url))
    )


def ours_in_place(articles, folder):
    made = ours(articles)
    with files.hold(folder) as held:
        for form, data in made.files.items():
            held.put(f"all.{form}", data)


def seconds(call, *given):
    started = time.perf_counter()
    call(*given)
    return time.perf_counter() - started


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    alone, made, placed = [], [], []
    with tempfile.TemporaryDirectory() as name:
        for edition in range(rounds):
            articles = [make_article(number, edition) for number in range(ARTICLES)]
            alone.append(seconds(feedgen_alone, articles))
            made.append(seconds(ours, articles))
            placed.append(seconds(ours_in_place, articles, Path(name)))
    yardstick = statistics.median(alone)
    for what, figures in (
        ("made and checked in three formats", made),
        ("the same, and in place on disk", placed),
    ):
        ratio = statistics.median(figures) / yardstick
        print(f"feeds: {what}: {ratio:.2f} x feedgen alone in two formats")


if __name__ == "__main__":
    main()
