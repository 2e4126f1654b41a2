"""One reader of sources, visited again and again, without a store behind it."""

from dataclasses import replace
from datetime import timedelta

from dispatch.actions.collection.readers import READERS
from dispatch.http import Fetcher
from dispatch.model import Errand, FetchSettings, SourceSettings


class Readings:
    """Remembers between visits what the store would."""

    def __init__(self, clock, kind, url, **options):
        self.clock = clock
        self.source = SourceSettings(name="site", kind=kind, url=url, **options)
        self.found = {}
        self.gone = set()
        self.cursor = ""
        self.fetch = Fetcher(FetchSettings(allow_private=("127.0.0.1",)))

    def visit(self, **change):
        """Let time pass, read, and keep what came; return the harvest."""
        self.clock.advance(minutes=20)
        errand = Errand(
            source=self.source,
            fetch=self.fetch,
            now=self.clock.now(),
            known={name: one.stamp for name, one in self.found.items()},
            cursor=self.cursor,
        )
        harvest = READERS[self.source.kind](replace(errand, **change))
        self.cursor = harvest.cursor
        self.found |= {one.locator: one for one in harvest.found}
        self.gone |= harvest.gone
        return harvest

    def headlines(self):
        return sorted(one.content.headline for one in self.found.values())

    def only(self):
        """The content of the one story there is."""
        (one,) = self.found.values()
        return one.content

    def wait(self, **time):
        self.clock.advance(**(time or {"seconds": timedelta(days=1).total_seconds()}))
