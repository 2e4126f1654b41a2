"""Kill the delivering process for real, everywhere, and count what everybody got.

In every run: the books balance after every crash; at most one delivery per connection
is in doubt after a crash; nothing is called accepted that the server does not have;
with `hold` nobody gets a message twice; with `resend_once` nobody is lost.
"""

import os
import random
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

import dispatch
from dispatch.clock import SystemClock
from dispatch.model import IssueState
from dispatch.store import open_store, unknown
from dispatch.worker import chaos
from support import ledger, smtp, victim

POINTS = tuple(chaos.POINTS)
LONG = int(os.environ.get("DISPATCH_CHAOS", "1"))  # `make chaos` plays more rounds
STAGES = ("MAIL", "DATA", "DOT", "KEPT")
CONNECTIONS = 4


class Trial:
    """An issue, a server, and the processes that are killed between them."""

    def __init__(self, url, server, *, readers, on_unknown):
        self.url = url
        self.server = server
        self.on_unknown = on_unknown
        self.crashes = 0
        with open_store(url, clock=SystemClock()) as store:
            self.issue = ledger.sending_issue(store, readers, on_unknown=on_unknown)

    def run(self, **wishes):
        """Run a process to its end; return whether it was killed."""
        killed = victim.run(
            self.url, self.server.port, connections=CONNECTIONS, **wishes
        )
        self.after(killed)
        return killed

    def after(self, killed):
        self.crashes += killed
        with open_store(self.url, clock=SystemClock()) as store:
            books = ledger.books(store, self.issue)
            assert books.gap == 0
            assert books.dot <= CONNECTIONS
            assert books.unknown <= CONNECTIONS * self.crashes
            ledger.end_leases(store)

    def finish(self):
        """Deliver until nothing is due, then compare the books with the server's."""
        for _ in range(2):
            assert not self.run()
        with open_store(self.url, clock=SystemClock()) as store:
            self.books = ledger.books(store, self.issue)
            rows = ledger.rows(store, "recipient, state, resends")
            if self.books.unknown:
                doubtful = [row.recipient for row in rows if row.state == "unknown"]
                assert len(doubtful) == self.books.unknown
            else:
                assert ledger.state_of(store, self.issue) is IssueState.DONE
        self.compare(rows)

    def compare(self, rows):
        got = Counter(self.server.recipients)
        assert self.books.gap == 0
        assert self.books.open == self.books.unknown
        # After many kills more may be in doubt than is resent without being asked.
        doubts = sum(row.state == "unknown" or row.resends > 0 for row in rows)
        many = doubts > unknown.tolerable(len(rows))
        for row in rows:
            if row.state == "accepted":
                assert got[row.recipient] >= 1
            if self.on_unknown == "hold":
                assert got[row.recipient] <= 1
            if got[row.recipient] == 0:
                assert row.state == "unknown"
                assert row.resends == (self.on_unknown == "resend_once" and not many)
        again = sum(count - 1 for count in got.values())
        assert again <= CONNECTIONS * self.crashes


def test_every_crash_point_of_the_program_is_enumerated():
    """Who adds a point to the code adds it here, and to `dispatch chaos`."""
    source = Path(dispatch.__file__).parent
    named = {
        name
        for file in source.rglob("*.py")
        for name in re.findall(r'crashpoint\("([^"]+)"\)', file.read_text("utf-8"))
    }

    assert named == set(POINTS)


def passes(point):
    """How often a process passes the point before it dies there, three times over."""
    if point in chaos.ONCE:
        return 1, 1, 1
    return 1, 2, 9


@pytest.mark.parametrize("on_unknown", ["hold", "resend_once"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_of_its_own(sqlite_url, point, on_unknown):
    with smtp.serving() as server:
        trial = Trial(sqlite_url, server, readers=40, on_unknown=on_unknown)
        for number in passes(point):
            assert trial.run(crash_at=point, crash_after=number)
        trial.finish()

    assert trial.crashes == 3
    if on_unknown == "resend_once":
        assert trial.books.accepted == 40


def with_others():
    """Points, daemons, policies: in the long form all, in the short one in turns."""
    ways = [(2, "hold"), (3, "resend_once"), (3, "hold"), (2, "resend_once")]
    for turn, point in enumerate(POINTS):
        for way in ways if LONG > 1 else [ways[turn % len(ways)]]:
            yield point, *way


@pytest.mark.postgres
@pytest.mark.parametrize(("point", "daemons", "on_unknown"), [*with_others()])
def test_one_of_several_daemons_killed_at_a_point_of_its_own(
    postgres_url, point, daemons, on_unknown
):
    """The others go on meanwhile."""
    with smtp.serving() as server:
        trial = Trial(postgres_url, server, readers=80, on_unknown=on_unknown)
        doomed = victim.start(
            postgres_url, server.port, connections=CONNECTIONS, crash_at=point
        )
        while not server.connections and doomed.is_alive():
            doomed.join(0.01)  # or the others would leave it nothing to die of
        others = [
            victim.start(postgres_url, server.port, connections=CONNECTIONS)
            for _ in range(daemons - 1)
        ]
        for process in (doomed, *others):
            process.join(60)
        assert victim.ended(doomed), "it never came to its point"
        assert [victim.ended(process) for process in others] == [False] * len(others)
        trial.after(1)
        trial.finish()


@pytest.mark.parametrize("on_unknown", ["hold", "resend_once"])
@pytest.mark.parametrize("stage", STAGES)
def test_killed_when_the_server_has_come_so_far(sqlite_url, stage, on_unknown):
    process = None
    left = 0

    def watch(seen, _server):
        nonlocal left
        if seen == stage and process is not None:
            left -= 1
            if left == 0:
                victim.send(process, signal.SIGKILL)

    with smtp.serving(watch=watch) as server:
        trial = Trial(sqlite_url, server, readers=40, on_unknown=on_unknown)
        for number in (3, 11):
            left = number
            process = victim.start(sqlite_url, server.port, connections=CONNECTIONS)
            process.join(60)
            dead, process = process, None
            trial.after(victim.ended(dead))
        trial.finish()

    assert trial.crashes >= 1


@pytest.mark.parametrize("on_unknown", ["hold", "resend_once"])
def test_killed_at_any_time(database_url, on_unknown):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with smtp.serving() as server:
        trial = Trial(database_url, server, readers=400 * LONG, on_unknown=on_unknown)
        for _ in range(3 * LONG):
            have = len(server.received)
            process = victim.start(database_url, server.port, connections=CONNECTIONS)
            while len(server.received) == have and process.is_alive():
                process.join(0.01)
            process.join(chance.uniform(0, 0.12))
            victim.send(process, signal.SIGKILL)
            process.join(60)
            trial.after(victim.ended(process))
        trial.finish()


def test_killed_during_recovery(sqlite_url):
    with smtp.serving() as server:
        trial = Trial(sqlite_url, server, readers=20, on_unknown="resend_once")
        trial.run(crash_at="intent", crash_after=2)
        for _ in range(3):
            trial.run(crash_at="claimed", crash_after=1)
        trial.finish()

    assert trial.books.accepted == 20


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("daemons", "on_unknown"), [(2, "resend_once"), (2, "hold"), (3, "hold")]
)
def test_daemons_on_postgresql_killed_at_any_time(postgres_url, daemons, on_unknown):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with smtp.serving() as server:
        trial = Trial(postgres_url, server, readers=300 * LONG, on_unknown=on_unknown)
        for _ in range(2 * LONG):
            group = [
                victim.start(postgres_url, server.port, connections=CONNECTIONS)
                for _ in range(daemons)
            ]
            group[0].join(chance.uniform(0.2, 0.5))
            victim.send(chance.choice(group), signal.SIGKILL)
            for process in group:
                process.join(60)
                trial.crashes += victim.ended(process)
        trial.finish()


def stop_between_transactions(process, store):
    """Stop it where it holds no locks, or everybody would have to wait for it."""
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
    )
    while True:
        victim.send(process, signal.SIGSTOP)
        process.join(0.05)
        with store.read() as tx:
            if tx.execute(busy).scalar_one() == 0:
                return
        victim.send(process, signal.SIGCONT)
        process.join(0.01)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("on_unknown", "others"), [("hold", 1), ("hold", 2), ("resend_once", 2)]
)
def test_a_stopped_daemon_that_wakes_up_late_sends_nothing_that_others_took(
    postgres_url, on_unknown, others
):
    with smtp.serving() as server:
        trial = Trial(postgres_url, server, readers=120, on_unknown=on_unknown)
        sleeper = victim.start(postgres_url, server.port, connections=CONNECTIONS)
        while len(server.received) < 20 and sleeper.is_alive():
            sleeper.join(0.01)
        try:
            with open_store(postgres_url, clock=SystemClock()) as store:
                stop_between_transactions(sleeper, store)
                ledger.end_leases(store)
            awake = [
                victim.start(postgres_url, server.port, connections=CONNECTIONS)
                for _ in range(others)
            ]
            for process in awake:
                process.join(60)
                assert not victim.ended(process)
        finally:
            victim.send(sleeper, signal.SIGCONT)
        sleeper.join(60)
        assert not victim.ended(sleeper)
        trial.crashes = 1  # a sleeper may leave as much in doubt as a dead one
        trial.finish()


def test_the_books_say_who_is_in_doubt(sqlite_url):
    with smtp.serving() as server:
        trial = Trial(sqlite_url, server, readers=10, on_unknown="hold")
        trial.run(crash_at="intent", crash_after=1)
        trial.finish()
        with open_store(sqlite_url, clock=SystemClock()) as store, store.read() as tx:
            doubts = unknown.listed(tx, issue=trial.issue)

    missing = {f"reader-{n}@example.net" for n in range(10)} - set(server.recipients)
    assert missing <= {doubt.recipient for doubt in doubts}
    assert 1 <= len(doubts) <= CONNECTIONS
