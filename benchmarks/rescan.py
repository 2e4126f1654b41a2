"""What a visit costs to a drop folder that nobody wrote to: ours against a bare walk.

    python benchmarks/rescan.py [--files 100000]

The files lie in folders of a thousand. The bare walk is `os.scandir` and `stat` on
every file, and does nothing with what it learns. "Ours" is the whole `collect`
action with its store on SQLite: one visit that finds the folder's digest unchanged,
as nearly all do, and the visit of every hour that compares each file with what the
store knows of it. That the files were read before is written into the store first,
since reading them takes minutes. Each figure is the best of several, taken in turns.
"""

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.actions.collection import keep_harvest
from dispatch.actions.collection.collect import collect
from dispatch.collect import listing
from dispatch.model import SiteSettings, SourceSettings
from dispatch.store import items, open_store

ROUNDS = 5
FOLDER = 1000
STORY = (
    "Pier {0} opens to walkers\n\nBy Ann Lee\n\nThe ferry ran {0} times on Monday.\n"
)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.moment = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def now(self):
        return self.moment


def bare(root):
    """Ask the disk for every file, and forget the answers."""
    count, waiting = 0, [root]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for one in found:
                if one.is_dir(follow_symlinks=False):
                    waiting.append(one.path)
                else:
                    one.stat()
                    count += 1
    return count


def make(root, files):
    """Write the stories, an hour old."""
    for number in range(files):
        if number % FOLDER == 0:
            folder = root / f"desk-{number // FOLDER}"
            folder.mkdir(parents=True)
        file = folder / f"2026-03-02-pier-{number}.txt"
        file.write_text(STORY.format(number))
        moment = datetime(2026, 3, 2, 11, tzinfo=UTC).timestamp()
        os.utime(file, (moment, moment))


def remember(store, source, clock):
    """Write down that every file was read as it is."""
    mark = keep_harvest.stamp_mark(source)
    entries = listing.look(source.path, source.ignore).entries
    for start in range(0, len(entries), FOLDER):
        some = entries[start : start + FOLDER]
        store.write(
            lambda tx, some=some: [
                items.record(
                    tx,
                    source.name,
                    one.relpath,
                    stamp=mark + one.stamp,
                    article=None,
                    now=clock.now(),
                )
                for one in some
            ]
        )


def visit(store, source, clock, files):
    """Visit the folder; every file must be found unchanged."""
    site = SiteSettings()
    (report,) = collect(
        store, [source], None, clock=clock, site=site, authority="bell.example.org"
    ).sources
    if (report.unchanged, report.new, report.error) != (files, 0, ""):
        sys.exit(f"not what a re-scan is: {report}")


def timed(action):
    """Return how long it took, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main():
    """Print how many times the bare walk a visit takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=100_000)
    files = parser.parse_args().files
    clock = Clock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "articles"
        make(folder, files)
        source = SourceSettings(name="newsroom", kind="folder", path=folder)
        store = open_store(f"sqlite:///{name}/dispatch.db", clock=clock)
        remember(store, source, clock)
        taken = {"bare": [], "unchanged": [], "compared": []}
        for _ in range(ROUNDS):
            clock.moment += timedelta(hours=2)
            each = lambda: visit(store, source, clock, files)  # noqa: E731
            taken["compared"].append(timed(each))
            clock.moment += timedelta(minutes=1)
            taken["unchanged"].append(timed(each))
            taken["bare"].append(timed(lambda: bare(str(folder))))
        store.close()
    best = {name: min(times) for name, times in taken.items()}
    print(
        f"{files:,} files: bare walk {best['bare']:.2f} s; a visit is "
        f"{best['unchanged'] / best['bare']:.1f} x that, one that compares every file "
        f"{best['compared'] / best['bare']:.1f} x."
    )


if __name__ == "__main__":
    main()
