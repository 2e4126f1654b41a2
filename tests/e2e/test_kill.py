"""The daemon is killed in the middle of an issue; everybody is accounted for."""

import signal
import threading
from collections import defaultdict

import pytest

from dispatch.clock import SystemClock
from dispatch.store import open_store
from support import ledger, smtp
from support.publication import Publication

STORY = "The ferry is late\n\nIt left the island an hour after noon.\n"
READERS = {f"reader-{number}@inbox.example" for number in range(300)}
CONNECTIONS = 8  # the default of smtp.connections


class Watcher:
    """At the relay: acts in the middle of a message, kept but not yet answered."""

    def __init__(self):
        self.reached = threading.Event()
        self.count = 0
        self.act = None

    def at(self, count, act):
        self.reached.clear()
        self.count, self.act = count, act

    def __call__(self, stage, server):
        if stage == "KEPT" and self.act and len(server.received) >= self.count:
            act, self.act = self.act, None
            act()
            self.reached.set()


@pytest.fixture
def relay():
    with smtp.serving(watch=Watcher(), dribble=True) as server:
        yield server


@pytest.fixture
def courier(tmp_path, database_url, relay):
    """A publication that has released an issue to 300 readers."""
    folder = tmp_path / "courier"
    folder.mkdir()
    made = Publication(folder, database=database_url, smtp=relay.port)
    made.database = database_url
    made.write("ferry.txt", STORY)
    readers = folder / "readers.csv"
    readers.write_text("email\n" + "\n".join(sorted(READERS)), encoding="utf-8")
    made.command("import", str(readers), "--newsletter", "daily", "--confirmed")
    made.command("collect")
    made.command("compose", "daily", "--now", "--send")
    return made


def kill_after(courier, relay, count):
    """Run the daemon until the relay has so many messages; kill it there and then."""
    process = courier.start()
    try:
        relay.watch.at(count, lambda: process.send_signal(signal.SIGKILL))
        process.stdout.read()
        assert process.wait(20) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def stop_after(courier, relay, count):
    """Run the daemon until the relay has so many; then stop it as systemd does."""
    relay.watch.at(count, lambda: None)
    with courier.running():
        assert relay.watch.reached.wait(20)


def states(courier):
    """Return what became of each reader, and look at the books."""
    (issue,) = courier.status()["issues"]
    with open_store(courier.database, clock=SystemClock()) as store:
        assert ledger.books(store, issue["id"]).gap == 0
        rows = ledger.rows(store, "recipient, state")
    assert {row.recipient for row in rows} == READERS
    return issue["state"], {row.recipient: row.state for row in rows}


def in_state(found, state):
    return {reader for reader, theirs in found.items() if theirs == state}


def messages(relay):
    """Return what each reader got."""
    got = defaultdict(list)
    for mail in relay.received:
        got[mail.recipient].append(mail.data)
    return got


def test_everybody_is_accounted_for_after_the_daemon_was_killed_twice(courier, relay):
    kill_after(courier, relay, 70)
    state, found = states(courier)
    assert state == "sending"
    assert 0 < len(in_state(found, "accepted")) <= len(relay.received)

    kill_after(courier, relay, 140)
    stop_after(courier, relay, 210)
    courier.command("deliver")

    state, found = states(courier)
    doubtful = in_state(found, "unknown")
    assert state == "sending"
    assert 1 <= len(doubtful) <= 2 * CONNECTIONS
    assert in_state(found, "accepted") == READERS - doubtful
    got = messages(relay)
    assert {len(got[reader]) for reader in READERS - doubtful} == {1}
    assert all(len(got[reader]) <= 1 for reader in doubtful)

    time_passes_and_the_rest_is_sent_once_more(courier, relay, doubtful)


def time_passes_and_the_rest_is_sent_once_more(courier, relay, doubtful):
    with open_store(courier.database, clock=SystemClock()) as store:
        ledger.end_leases(store)
    courier.command("deliver")

    state, found = states(courier)
    assert state == "done"
    assert in_state(found, "accepted") == READERS
    got = messages(relay)
    assert set(got) == READERS
    twice = {reader for reader, mails in got.items() if len(mails) > 1}
    assert twice <= doubtful
    assert all(len(set(got[reader])) == 1 for reader in READERS), "other bytes"
    assert all(len(got[reader]) <= 2 for reader in twice)
