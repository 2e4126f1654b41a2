"""A disk that is full, a database that is locked, a clock that jumps."""

import contextlib
import random
import sqlite3
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.conftest import FakeClock

from dispatch.actions.delivery import deliver as delivering
from dispatch.errors import StoreError
from dispatch.store import open_store
from support import issues as making, ledger, smtp
from support.truth import compare

READERS = 30
BALLAST = text(
    "INSERT INTO body (sha256, data, spans, created_at)"
    " VALUES (lower(hex(randomblob(32))), :f, '[]', 1)"
)


@pytest.fixture
def server():
    with smtp.serving() as running:
        yield running


def pragma(store, words):
    return store.write(lambda tx: tx.execute(text(f"PRAGMA {words}")).scalar())


@pytest.mark.parametrize("on_unknown", ["hold", "resend_once"])
def test_a_disk_that_fills_up_stops_before_the_dot(
    sqlite_store, clock, server, on_unknown
):
    """SQLite refuses to grow: what it cannot write down is not sent."""
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown=on_unknown)
    pages = pragma(sqlite_store, "page_count")
    pragma(sqlite_store, f"max_page_count = {pages}")
    filler = b"x" * 2_000
    full = 0
    while not full:  # use up the pages that are there
        full = fill(sqlite_store, filler)

    report = making.send(sqlite_store, clock, server, connections=4)
    sent = len(server.received)

    assert report.failure or sent == READERS
    compare(
        sqlite_store,
        issue,
        server.recipients,
        on_unknown=on_unknown,
        doubts=4,
        finished=False,
    )

    pragma(sqlite_store, "max_page_count = 1000000")
    for _ in range(3):
        making.send(sqlite_store, clock, server, connections=4)
        ledger.end_leases(sqlite_store)
    compare(sqlite_store, issue, server.recipients, on_unknown=on_unknown, doubts=4)


def fill(store, filler):
    """Add a row to a table nobody needs; return whether the disk was full."""
    with contextlib.suppress(StoreError):
        store.write(lambda tx: tx.execute(BALLAST, {"f": filler}))
        return False
    return True


def test_below_min_free_nothing_is_claimed(sqlite_url, clock, server):
    with open_store(sqlite_url, clock=clock) as store:
        issue = ledger.sending_issue(store, READERS)
    with open_store(sqlite_url, clock=clock, min_free=2**60) as store:
        report = making.send(store, clock, server)

        assert not report.ok
        assert "are free on the disk of the database" in report.failure
        assert server.received == []
        assert ledger.books(store, issue).pending == READERS

    with open_store(sqlite_url, clock=clock, min_free=1) as store:
        assert making.send(store, clock, server).accepted == READERS


@pytest.fixture
def hasty_upkeep(monkeypatch):
    """Upkeep all the time: it, too, finds the lock."""
    monkeypatch.setattr(delivering, "UPKEEP", 0.0)


@pytest.mark.usefixtures("hasty_upkeep")
@pytest.mark.parametrize("after", [5, READERS - 1])
@pytest.mark.parametrize(("seconds", "patience"), [(0.3, 5.0), (60.0, 0.2)])
def test_a_database_that_another_program_locks(
    sqlite_store, server, seconds, patience, after
):
    """Shorter than our patience: a pause. Longer: the round ends, nothing is lost."""
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown="hold")
    pragma(sqlite_store, f"busy_timeout = {patience * 1000:.0f}")
    file = sqlite_store.file
    locked, done = threading.Event(), threading.Event()

    def hold():
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        done.wait(seconds)
        other.execute("ROLLBACK")
        other.close()

    holder = threading.Thread(target=hold)

    once = threading.Lock()

    def watch(stage, server):
        if stage == "DOT" and len(server.received) >= after and once.acquire(False):
            holder.start()
            locked.wait(5)

    server.watch = watch
    report = making.send(sqlite_store, FakeClock(), server, connections=2)
    done.set()
    holder.join()
    pragma(sqlite_store, "busy_timeout = 5000")
    assert report.ok == (seconds < patience), report.lines()
    assert not [one for one in threading.enumerate() if one.name.startswith("postman")]
    for _ in range(2):
        making.send(sqlite_store, FakeClock(), server, connections=2)
        ledger.end_leases(sqlite_store)
    compare(sqlite_store, issue, server.recipients, on_unknown="hold", doubts=2)


@pytest.mark.parametrize("on_unknown", ["hold", "resend_once"])
def test_a_clock_that_jumps_back_and_forth(sqlite_store, clock, server, on_unknown):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    issue = ledger.sending_issue(
        sqlite_store, READERS, on_unknown=on_unknown, expires=timedelta(days=400)
    )
    jumps = [timedelta(hours=1), timedelta(days=40), timedelta(seconds=2)]

    def watch(stage, _server):
        if stage in {"DATA", "KEPT"} and chance.random() < 0.2:
            clock.moment += chance.choice([1, -1]) * chance.choice(jumps)

    server.watch = watch
    for _ in range(4):
        making.send(sqlite_store, clock, server, connections=3)
        making.recover_now(sqlite_store)
        clock.advance(days=50)
        ledger.make_due(sqlite_store)
        ledger.end_leases(sqlite_store)
    server.watch = None
    making.send(sqlite_store, clock, server, connections=3)

    compare(
        sqlite_store, issue, server.recipients, on_unknown=on_unknown, doubts=READERS
    )
    if on_unknown == "resend_once":
        assert set(server.recipients) == {
            f"reader-{number}@example.net" for number in range(READERS)
        }


def test_a_clock_set_back_by_a_year_sends_nothing_twice(sqlite_store, clock, server):
    issue = ledger.sending_issue(sqlite_store, READERS, on_unknown="hold")
    making.send(sqlite_store, clock, server)
    clock.advance(days=-365)
    making.send(sqlite_store, clock, server)

    compare(sqlite_store, issue, server.recipients, on_unknown="hold", doubts=0)
