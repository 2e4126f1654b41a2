"""A newsroom's desk: a real folder, a real feed server, and visits to both."""

import os
from datetime import timedelta

from dispatch.actions.collection import editing
from dispatch.actions.collection.collect import collect
from dispatch.actions.collection.editing import Hand, Wishes
from dispatch.http import Fetcher
from dispatch.model import FetchSettings, SiteSettings, SourceSettings
from dispatch.store import articles
from support.http_server import Reply

STORY = """Harbour bridge closes for repairs

By Ann Lee

The old harbour bridge will close on Monday for the first time in thirty years.
Engineers found rust in four of its pillars, the city said in a letter to residents.

Buses will take the northern road until the summer. The ferry doubles its trips in
the morning, and cyclists may use the railway bridge, which gets a lane of its own.
"""
OTHER = STORY.replace("bridge", "library").replace("harbour", "garden")


class Desk:
    """What a test of collecting works with. The clock moves on at each visit."""

    def __init__(self, store, clock, folder, server):
        self.store = store
        self.clock = clock
        self.folder = folder
        self.server = server
        self.newsroom = SourceSettings(
            name="newsroom",
            kind="folder",
            path=folder,
            settle=timedelta(0),
            first_contact="mail",
        )

    def wire(self, **options):
        """A feed source that the server at /rss answers."""
        defaults = {
            "name": "wire",
            "kind": "feed",
            "first_contact": "mail",
            "every": timedelta(minutes=15),
        }
        return SourceSettings(**{**defaults, "url": self.server.url("/rss"), **options})

    def put(self, file, text, *, age=3600):
        """Write a file, as it was `age` seconds ago."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        self.touch(file, age=age)
        return file

    def touch(self, file, *, age):
        moment = self.clock.now().timestamp() - age
        os.utime(file, (moment, moment))

    def visit(self, *sources, fetch=None, **options):
        self.clock.advance(minutes=20)
        loopback = FetchSettings(allow_private=("127.0.0.1",))
        return collect(
            self.store,
            sources,
            fetch or Fetcher(loopback),
            clock=self.clock,
            site=SiteSettings(),
            authority="news.example.org",
            **options,
        )

    def edit(self, article, *undo, **values):
        """Do what an editor does with `dispatch article edit`."""
        hand = Hand("ada", "", self.clock.now())
        wishes = Wishes(values, undo)
        self.store.write(lambda tx: editing.edit(tx, article.id, wishes, hand))

    def act(self, what, article, reason="it was wrong"):
        """Hold, withdraw or restore a story."""
        do, hand = getattr(editing, what), Hand("ada", reason, self.clock.now())
        self.store.write(lambda tx: do(tx, article.id, hand))

    def stored(self):
        """Every article, newest first."""
        with self.store.read() as tx:
            return articles.recent(tx, 1000)


def rss(*entries, headers=None):
    """An answer of the server: an RSS feed of entries."""
    text = f'<rss version="2.0"><channel>{"".join(entries)}</channel></rss>'
    return Reply(text.encode(), headers=headers or {})


def entry(guid, title="A title", text="Some text.", link="", date=""):
    """An RSS item."""
    return (
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>{link}</link><pubDate>{date}</pubDate>"
        f"<description>&lt;p&gt;{text}&lt;/p&gt;</description></item>"
    )


def long_text(word):
    """Sixty words that no other word gives."""
    return " ".join(f"{word}{number}" for number in range(60))
