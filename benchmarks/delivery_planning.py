"""What a large audience costs: planning it, holding it, and doing nothing at all.

    python benchmarks/delivery_planning.py [--readers N] [--send N]

- planning: N recipients frozen into deliveries with their marks and books, against the
  bare INSERT of as many rows into a bare SQLite table, committed in chunks of the same
  size with the same durability;
- peak memory: of a process that plans them and sends the first, against the aim;
- idle memory: of a process that has a daemon's modules and its store open and nothing
  to do, against bare Python.
"""

import argparse
import multiprocessing
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sqlalchemy import text

from dispatch import cli  # noqa: F401 - what a daemon has in memory
from dispatch.actions.delivery.deliver import deliver
from dispatch.clock import SystemClock
from dispatch.deliver import session
from dispatch.store import audience, bodies, issues, mailings, open_store
from dispatch.worker import daemon  # noqa: F401
from support import ledger, smtp
from support.audience import subscribed

CHUNK = 500
AIM = 200.0  # MB
PEOPLE = text("""
INSERT INTO subscriber (mailbox, address, mailbox_hash, name, created_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :readers)
SELECT 'reader-' || i || '@example.net', 'reader-' || i || '@example.net',
       'hash-of-43-characters-for-reader-' || i, '', 0 FROM n
""")
TIES = text("""
INSERT INTO subscription (subscriber, newsletter, state, topics, format, covered_to,
                          created_at, changed_at)
SELECT id, 'daily', 'active', '[]', 'html', 0, 0, 0 FROM subscriber
 WHERE id NOT IN (SELECT subscriber FROM subscription)
""")
BARE = """
import re
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""
ROW = ("reader-000000@example.net", "h" * 43, "b" * 64)


def peak():
    """Return the most memory this process ever held, in MB (Linux)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def bare(file, readers):
    """Return the seconds of the yardstick."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE d (id INTEGER PRIMARY KEY, recipient TEXT, hash TEXT, body TEXT)"
    )
    started = time.perf_counter()
    for _ in range(0, readers, CHUNK):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO d (recipient, hash, body) VALUES (?, ?, ?)", [ROW] * CHUNK
        )
        connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.close()
    return took


def subscribe(url, readers):
    """Make the readers, quickly: not what is measured."""

    with open_store(url, clock=SystemClock()) as store:
        issue = store.write(ledger.ready_issue)
        store.write(lambda tx: subscribed(tx, "first@example.net", issue.newsletter))
        store.write(lambda tx: _many(tx, readers))
    return issue.id


def _many(tx, readers):
    tx.execute(PEOPLE, {"readers": readers})
    tx.execute(TIES)


def plan_and_send(pipe, url, issue, send):
    """Plan, then send a few; tell the seconds and the peak."""

    with open_store(url, clock=SystemClock()) as store:
        with store.read() as tx:
            ready = issues.by_id(tx, issue)
        mailing = store.write(
            lambda tx: mailings.open_issue_mailing(
                tx, ready, sender=ledger.SENDER, on_unknown="hold"
            )
        )
        body = store.write(lambda tx: bodies.put(tx, ledger.frozen()))
        chosen = {}
        started = time.perf_counter()

        def unit(tx):
            return audience.plan_chunk(tx, ready, mailing, chosen, most=CHUNK)

        while not (chunk := store.write(unit)).finished:
            chosen |= dict.fromkeys(chunk.missing, body)
        took = time.perf_counter() - started
        store.write(lambda tx: mailings.start_sending(tx, issue))
        with smtp.serving() as server:
            relay = server.relay(connections=8)
            started = time.perf_counter()
            deliver(
                store,
                lambda: session.connect(relay, helo="bench"),
                ledger.TOKENS,
                relay,
                clock=SystemClock(),
                stop=threading.Event(),
                limit=send,
                alone=True,
            )
            sent = time.perf_counter() - started
    pipe.send((took, sent, peak()))


def idle(pipe, url):
    """Open a store and do nothing."""

    with open_store(url, clock=SystemClock()):
        pipe.send(peak())


def bare_python():
    """Return the peak of an interpreter that does nothing, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", BARE], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


def in_a_process(target, *given):
    """Run a function in a fresh interpreter; return what it sent."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=target, args=(there, *given))
    process.start()
    try:
        return here.recv()
    finally:
        process.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--send", type=int, default=500)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        yardstick = bare(f"{folder}/bare.db", wanted.readers)
        issue = subscribe(url, wanted.readers)
        took, sent, most = in_a_process(plan_and_send, url, issue, wanted.send)
        base, resting = bare_python(), in_a_process(idle, url)
    print(f"{wanted.readers:,} recipients on SQLite:")
    print(
        f"  planned in {took / yardstick:.1f} x the time of bare INSERTs as durable "
        f"({took:.1f} s, {wanted.readers / took:,.0f}/s)"
    )
    print(f"  the first {wanted.send} of them then left at {wanted.send / sent:,.0f}/s")
    print(f"  peak memory {most / AIM:.2f} x the aim of {AIM:.0f} MB ({most:.0f} MB)")
    print(
        f"  idle memory {resting / base:.1f} x bare Python's "
        f"({resting:.0f} MB against {base:.0f} MB)"
    )


if __name__ == "__main__":
    main()
