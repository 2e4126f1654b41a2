"""What one more story costs a publication of 100,000, and what all of them cost.

    python benchmarks/archive.py [SMALL LARGE]

Two databases with stories of 3 kB, 27 a day, the large one over ten years; a feed of
all and one of a section that a twentieth of them are in; made by raw inserts. Each is
published whole, archives and all, in a process of its own that tells its peak memory.
Then one story comes and is published, as the daemon does it, with a memory of what it
published last; the figure is the median of several, large against small, by the clock
and by the processor (the clock counts the disk's syncs too). The yardstick of the whole
is writing the same bytes, packed forms too, durably to the same disk. Last, all is
published once more in rounds of the daemon: how long is the longest?
"""

import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.actions.feeds.publish import publish
from dispatch.actions.feeds.publish_memory import Memory
from dispatch.model import (
    Article,
    Content,
    FeedSettings,
    FeedsSettings,
    Settings,
    SiteSettings,
)
from dispatch.store import articles, contents, open_store, schema

SMALL, LARGE = 1_000, 100_000
ROUNDS = 15
ALLOWED = 5.0  # seconds of publishing in one round of the daemon
SECTIONS = 20
BATCH = 2_000
END = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(days=3650) / LARGE
PARAGRAPH = "<p>The ferry runs again, &amp; the pier is <em>longer</em> now.</p>\n"
SITE = SiteSettings(title="The Bell", url="https://bell.example.org")


class Clock:
    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return self.moment


def story(number, moment):
    content = Content(
        headline=f"Story {number}",
        html=PARAGRAPH * (3000 // len(PARAGRAPH)),
        summary="The ferry runs again.",
        section=f"section {number % SECTIONS}",
        url=f"https://bell.example.org/{number}",
    )
    tag = f"tag:bell.example.org,2016-01-01:article/{number}"
    return Article(number, tag, "newsroom", content, moment, moment, moment, "")


def row(one):
    told = contents.to_json(one.content)
    return {
        "id": one.id,
        "tag_id": one.tag_id,
        "source": one.source,
        "section": one.content.section,
        "content": told,
        "content_hash": str(one.id),
        "published_at": one.published_at,
        "updated_at": one.updated_at,
        "first_seen_at": one.first_seen_at,
    }


def stock(store, number, seen=None):
    """Fill the database; a revision of each story, as collecting leaves it."""
    start = END - STEP * (number + 1)
    for first in range(1, number + 1, BATCH):
        batch = range(first, min(first + BATCH, number + 1))
        rows = [row(story(n, start + STEP * n)) for n in batch]
        rows = [one | {"first_seen_at": seen or one["first_seen_at"]} for one in rows]
        revisions = [
            {
                "article": one["id"],
                "number": 1,
                "content": one["content"],
                "content_hash": one["content_hash"],
                "seen_at": seen or one["first_seen_at"],
                "reason": "first seen",
            }
            for one in rows
        ]
        store.write(
            lambda tx, rows=rows, revisions=revisions: (
                tx.execute(schema.article.insert(), rows),
                tx.execute(schema.revision.insert(), revisions),
            )
        )


def settings_for(folder):
    return Settings(
        site=SITE,
        feeds=FeedsSettings(directory=folder / "feeds"),
        feed=(FeedSettings("all"), FeedSettings("town", sections=("section 0",))),
    )


def first_time(folder, answer):
    """Publish everything in a process of its own; tell seconds and peak memory."""
    clock = Clock(END)
    with open_store(f"sqlite:///{folder}/dispatch.db", clock=clock) as store:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        assert publish(store, settings_for(folder), clock=clock).ok
        took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer.put((took, peak / 1024, (peak - before) / 1024))


def in_steps(folder, number):
    """Publish everything as the daemon does; return the time of each round.

    All stories came just now, as in a newsroom that begins with Dispatch.
    """
    clock, memory, rounds = Clock(END), Memory(), []
    with open_store(f"sqlite:///{folder}/steps.db", clock=clock) as store:
        stock(store, number, seen=END)
        settings = settings_for(folder / "steps")
        while True:
            started = time.monotonic()
            end = started + ALLOWED
            report = publish(
                store,
                settings,
                clock=clock,
                memory=memory,
                enough=lambda end=end: time.monotonic() > end,
            )
            rounds.append(time.monotonic() - started)
            clock.moment += timedelta(seconds=rounds[-1])
            if not report.unfinished:
                return rounds


def yardstick(folder):
    """Write the bytes of every published file durably once more, elsewhere."""
    data = [one.read_bytes() for one in (folder / "feeds").rglob("*") if one.is_file()]
    other = folder / "yardstick"
    other.mkdir()
    started = time.perf_counter()
    for number, one in enumerate(data):
        with (other / str(number)).open("wb") as file:
            file.write(one)
            file.flush()
            os.fsync(file.fileno())
    return time.perf_counter() - started, sum(map(len, data))


def one_more(folder, number):
    """Return the median time of publishing one new story, as the daemon does."""
    clock = Clock(END)
    settings, memory, wall, work = settings_for(folder), Memory(), [], []
    with open_store(f"sqlite:///{folder}/dispatch.db", clock=clock) as store:
        publish(store, settings, clock=clock, memory=memory)
        for extra in range(1, ROUNDS + 1):
            clock.moment += timedelta(minutes=6)
            new = story((number // SECTIONS + extra) * SECTIONS, clock.moment)
            store.write(lambda tx, new=new: articles.add(tx, new))
            started, busy = time.perf_counter(), time.process_time()
            report = publish(store, settings, clock=clock, memory=memory)
            wall.append(time.perf_counter() - started)
            work.append(time.process_time() - busy)
            assert len([one for one in report.feeds if one.written]) == 2
    return statistics.median(wall), statistics.median(work)


def main():
    sizes = [int(one) for one in sys.argv[1:]] or [SMALL, LARGE]
    took = {}
    for number in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = f"sqlite:///{folder}/dispatch.db"
            with open_store(url, clock=Clock(END)) as store:
                stock(store, number)
            answer = multiprocessing.get_context("spawn").SimpleQueue()
            process = multiprocessing.get_context("spawn").Process(
                target=first_time, args=(folder, answer)
            )
            process.start()
            process.join()
            whole, peak, more = answer.get()
            disk, size = yardstick(folder)
            took[number] = one_more(folder, number)
            rounds = in_steps(folder, number)
        print(
            f"archive: {number:,} stories published whole, {size / 1e6:,.0f} MB of "
            f"files: {whole / disk:.1f} x writing those bytes; peak memory {peak:.0f} "
            f"MB, {more:.0f} MB more than before",
            flush=True,
        )
        print(
            f"archive: the same in {len(rounds)} rounds, as the daemon does it: the "
            f"longest takes {max(rounds) / ALLOWED:.2f} x the {ALLOWED:.0f} seconds of "
            f"a round, all {sum(rounds) / whole:.2f} x publishing in one go",
            flush=True,
        )
    first, *_, last = took
    by_clock, by_processor = zip(*took.values(), strict=True)
    for what, figures in (("clock", by_clock), ("processor", by_processor)):
        told = ", ".join(f"{1000 * one:.0f}" for one in figures)
        print(
            f"archive: one new story with {last:,} stories by the {what}: "
            f"{figures[-1] / figures[0]:.2f} x with {first:,} ({told} ms)"
        )


if __name__ == "__main__":
    main()
