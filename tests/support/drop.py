"""A drop folder with files of any age, visited without a store."""

import os
from datetime import UTC, datetime, timedelta

from dispatch.actions.collection import commits
from dispatch.collect import folder
from dispatch.model import Errand, SourceSettings

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Drop:
    """A drop folder whose files were all written an hour ago."""

    def __init__(self, root):
        self.root = root
        self.known = {}
        self.cursor = ""

    def put(self, place, content, age=timedelta(hours=1)):
        file = self.root / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        moment = (NOW - age).timestamp()
        os.utime(file, (moment, moment))
        return file

    def visit(self, now=NOW, **settings):
        source = SourceSettings(
            name="desk", kind="folder", path=self.root, section="news", **settings
        )
        harvest = folder.read(
            Errand(
                source,
                None,
                now,
                timezone="America/New_York",
                known=self.known,
                cursor=self.cursor,
                commits=commits.first_seen,
            )
        )
        self.known |= {one.locator: one.stamp for one in harvest.found}
        self.cursor = harvest.cursor
        return harvest

    def story(self, place, content, **settings):
        self.put(place, content)
        return {one.locator: one for one in self.visit(**settings).found}[place]
