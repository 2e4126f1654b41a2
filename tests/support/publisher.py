"""A process of its own that publishes feeds, and dies where it is told to.

    python -m support.publisher URL FOLDER WHERE NUMBER

WHERE: "write" dies with half of the NUMBERth file written, "rename" before it is
renamed, "close" with an archive's files in place that the database does not know of.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from dispatch.actions.feeds.publish import publish
from dispatch.clock import SystemClock
from dispatch.model import FeedSettings, FeedsSettings, Settings
from dispatch.publish import files
from dispatch.store import archives, open_store
from support.publishing import SITE


def settings_for(folder):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(directory=Path(folder)),
        feed=(FeedSettings("all", limit=3, window=timedelta(days=14)),),
    )


class Doom:
    """Kills this process when it comes to a place for the `number`th time."""

    def __init__(self, where, number):
        self.where, self.left = where, number

    def at(self, where):
        if where == self.where:
            self.left -= 1
        return self.left == 0

    def strike(self):
        os.kill(os.getpid(), signal.SIGKILL)


def die_at(where, number):
    doom = Doom(where, number)
    write, date_later, close = files._write, files._date_later, archives.close

    def half_written(part, data):
        if doom.at("write"):
            part.write_bytes(data[: len(data) // 2])
            doom.strike()
        write(part, data)

    def before_the_rename(part, target):
        if doom.at("rename"):
            doom.strike()
        date_later(part, target)

    def before_the_database(tx, one):
        if doom.at("close"):
            doom.strike()
        close(tx, one)

    files._write = half_written
    files._date_later = before_the_rename
    archives.close = before_the_database


if __name__ == "__main__":
    url, folder, where, number = sys.argv[1:]
    die_at(where, int(number))
    clock = SystemClock()
    with open_store(url, clock=clock) as store:
        publish(store, settings_for(folder), clock=clock)
