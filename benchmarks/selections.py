"""What composing costs for an audience that chose 20 different ways.

100,000 readers of one newsletter, 20 distinct selections of topics among them, planned
through the real store (SQLite) as the program does: their deliveries are written down,
and each selection is read, rendered, inlined, frozen and stored once, when the first
reader who chose it comes up. Measured is that composing, apart from the rest of
planning. Yardstick of the same run: the same 20 variants, rendered, inlined and frozen
one by one, without a store and without an audience: the quicker of two turns.
"""

import itertools
import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sqlalchemy import text

from dispatch.actions.issues import compose, plan
from dispatch.clock import SystemClock
from dispatch.compose import variant
from dispatch.model import Choice
from dispatch.store import articles, entries, newsletters, open_store, variants
from support.audience import subscribed
from support.composing import article, newsletter, press

READERS, CHOICES, STORIES, AT_ONCE = 100_000, 20, 48, 1_000
SECTIONS = ("arts", "campus", "letters", "sports", "town", "weather")
TOPICS = [
    list(some) for size in (1, 2, 3) for some in itertools.combinations(SECTIONS, size)
][:CHOICES]
LETTER = newsletter(expires=timedelta(days=365), schedule="* * * * *")
CHOOSE = text("UPDATE subscription SET topics = :topics WHERE id % :all = :one")


def stories():
    """Return a day's stories, some of each section."""
    for number in range(1, STORIES + 1):
        yield article(
            number,
            section=SECTIONS[number % len(SECTIONS)],
            summary="What happened, who says so, and what comes next. " * 5,
            bylines=("Ines Okafor",),
        )


def fill(store, now):
    """Make the newsletter, its readers and its stories."""
    store.write(lambda tx: newsletters.ensure(tx, "daily", "Daily", now=now))
    for first in range(0, READERS, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        store.write(
            lambda tx, some=numbers: (
                [subscribed(tx, f"reader-{n}@example.net") for n in some] and None
            )
        )
    for one, topics in enumerate(TOPICS):
        values = {"topics": json.dumps(topics), "all": CHOICES, "one": one}
        store.write(lambda tx, v=values: tx.execute(CHOOSE, v) and None)
    made = list(stories())
    kept = store.write(lambda tx: [articles.add(tx, one) for one in made])
    store.write(lambda tx: entries.add(tx, "daily", [a.id for a in kept], now=now))


def ready(store, printing, clock):
    """Open the issue by hand, released: its audience is still to be planned."""
    report = compose.compose_now(store, printing, LETTER, clock=clock, send=True)
    assert report.ok, report.lines()
    return report.issues[0]


class Composing:
    """`plan.variant_for`, and the seconds spent in it."""

    def __init__(self):
        self.seconds, self.count, self._own = 0.0, 0, plan.variant_for

    def __call__(self, *arguments, **more):
        started = time.perf_counter()
        try:
            return self._own(*arguments, **more)
        finally:
            self.seconds += time.perf_counter() - started
            self.count += 1


def singly(store, printing, issue, now):
    """Return the seconds that as many single renderings take."""
    with store.read() as tx:
        placed = entries.stories(
            tx, "daily", issue.from_position, issue.to_position, by=issue.slot
        )
    started = time.perf_counter()
    for topics in TOPICS:
        choice = Choice(topics=tuple(topics), from_position=issue.from_position)
        variant.make(
            printing,
            newsletter=LETTER,
            issue=issue,
            choice=choice,
            articles=placed,
            now=now,
        )
    return time.perf_counter() - started


def main():
    clock, printing = SystemClock(), press()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/bench.db", clock=clock) as store,
    ):
        fill(store, clock.now())
        issue = ready(store, printing, clock)
        before = singly(store, printing, issue, clock.now())
        plan.variant_for = composing = Composing()
        started = time.perf_counter()
        report = plan.plan_ready(store, printing, [LETTER], clock=clock)
        whole = time.perf_counter() - started
        assert report.planned == ((issue.id, READERS),), report.lines()
        with store.read() as tx:
            made = len(variants.of(tx, issue.id))
        single = min(before, singly(store, printing, issue, clock.now()))
    print(
        f"{READERS:,} readers, {composing.count} selections, {made} variants stored: "
        f"composing took {composing.seconds / single:.2f} x {CHOICES} single "
        f"renderings ({composing.seconds:.2f} s against {single:.2f} s)."
    )
    rest = whole - composing.seconds
    print(
        f"Writing down their {READERS:,} deliveries took {rest:.1f} s beside it, "
        f"{rest / READERS * 1e6:.0f} us a reader."
    )


if __name__ == "__main__":
    main()
