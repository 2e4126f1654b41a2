"""What freezing an audience costs: readers of mixed cadences against bare rows.

    python benchmarks/planning.py

50,000 readers, seven of ten of each issue, two weekly, one monthly, of several topics
and two formats, planned in chunks: once for an issue that only those of each are due
for, once for one that all are. The yardstick of the same run writes as many rows of a
delivery with `executemany` of sqlite3, in as many transactions, and moves no marks.
"""

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sqlalchemy import text

from dispatch.compose import cadence
from dispatch.model import IssueState
from dispatch.store import audience, bodies, issues, mailings, newsletters, open_store
from dispatch.store.types import to_micros
from support import ledger

READERS, CHUNK = 50_000, 500
TUESDAY = datetime(2026, 3, 3, 12, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday, and the first of the month
TOPICS = [[], [], ["arts"], ["news"], ["sports"], ["arts", "news"]]
BARE = """
INSERT INTO delivery (mailing, priority, recipient, mailbox_hash, subscription, body,
                      state, not_before, created_at)
VALUES (?, 10, ?, ?, ?, ?, 'pending', 1, 1)
"""


class Clock:
    moment = TUESDAY

    def now(self):
        return self.moment


def fill(tx, first):
    day = to_micros(TUESDAY - timedelta(days=1))
    numbers = range(first, first + 5_000)
    people = [{"i": i, "m": f"r{i}@example.net", "h": f"{i:064d}"} for i in numbers]
    tx.execute(text("INSERT INTO subscriber VALUES (:i, :m, :m, :h, '', 1)"), people)
    ties = []
    for i in numbers:
        often = random.choices(["each", "weekly", "monthly"], [7, 2, 1])[0]
        wants = {"topics": json.dumps(random.choice(TOPICS)), "cadence": often}
        form = random.choice(["html", "html", "text"])
        mark = 7 if often == "each" else 3
        ties.append({"i": i, "form": form, "mark": mark, "day": day, **wants})
    tx.execute(
        text(
            "INSERT INTO subscription (id, subscriber, newsletter, state, topics,"
            " format, cadence, covered_to, covered_at, created_at, changed_at) VALUES"
            " (:i, :i, 'daily', 'active', :topics, :form, :cadence, :mark, :day, 1, 1)"
        ),
        ties,
    )


def ready(tx, slot, upto):
    newsletters.ensure(tx, "daily", "Daily", now=slot)
    issue = issues.open(
        tx,
        "daily",
        slot,
        day=slot.date(),
        from_position=7,
        to_position=upto,
        expires_at=slot + timedelta(hours=20),
        now=slot,
    )
    issues.change_state(tx, issue.id, IssueState.DRAFT, IssueState.READY, now=slot)
    mailing = mailings.open_issue_mailing(
        tx, issue, sender="news@example.org", on_unknown="hold"
    )
    return issues.by_id(tx, issue.id), mailing, bodies.put(tx, ledger.frozen())


def plan(store, slot, upto):
    """Return seconds, how many were planned, and the milliseconds of each chunk."""
    issue, mailing, body = store.write(lambda tx: ready(tx, slot, upto))
    begun = cadence.begun(slot, "UTC")
    chosen, took, planned = {}, [], 0

    def unit(tx):
        start = time.perf_counter()
        done = audience.plan_chunk(tx, issue, mailing, chosen, begun=begun, most=CHUNK)
        took.append((time.perf_counter() - start) * 1000)
        return done

    start = time.perf_counter()
    while not (chunk := store.write(unit)).finished:
        planned += chunk.planned
        chosen |= dict.fromkeys(chunk.missing, body)
    return time.perf_counter() - start, planned + chunk.planned, took


def bare(file, mailing, body, count):
    """Return the seconds that as many rows take, written without any thought."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    start = time.perf_counter()
    for first in range(0, count, CHUNK):
        rows = [
            (mailing, f"b{i}@example.net", f"{i:064d}", i + 1, body)
            for i in range(first, min(first + CHUNK, count))
        ]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(BARE, rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - start
    connection.close()
    return took


def main():
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        file, clock = Path(folder) / "dispatch.db", Clock()
        with open_store(f"sqlite:///{file}", clock=clock) as store:
            for first in range(1, READERS, 5_000):
                store.write(lambda tx, n=first: fill(tx, n))
            for said, slot, upto in (
                ("only those of each are due", TUESDAY, 9),
                ("all are due", JUNE, 12),
            ):
                clock.moment = slot
                seconds, planned, took = plan(store, slot, upto)
                with store.read() as tx:
                    query = (
                        "SELECT mailing, body FROM delivery ORDER BY id DESC LIMIT 1"
                    )
                    mailing, body = tx.execute(text(query)).one()
                spare = mailing + 1_000  # rows of no mailing of ours
                store.write(
                    lambda tx, n=spare: (
                        tx.execute(
                            text(
                                "INSERT INTO mailing (id, kind, dedupe_key, created_at)"
                                f" VALUES ({n}, 'test', 'bare:{n}', 1)"
                            )
                        )
                        and None
                    )
                )
                yardstick = bare(file, spare, body, planned)
                chunks = sorted(took)
                print(
                    f"{said}: {planned:,} of {READERS:,} planned at"
                    f" {seconds / yardstick:.2f} × bare rows; a chunk of {CHUNK} takes"
                    f" {statistics.median(chunks):.0f} ms, 95 of 100 at most"
                    f" {chunks[len(chunks) * 95 // 100]:.0f}"
                )


if __name__ == "__main__":
    main()
