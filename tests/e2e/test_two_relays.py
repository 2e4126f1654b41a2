"""A daemon with two relays: one fails, its stand-in takes over; what is known of them
survives a kill; SIGHUP changes them under way; every reader gets one mail."""

import contextlib
import signal
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import text

from dispatch.clock import SystemClock
from dispatch.store import open_store, pacing, relays
from support import ledger, smtp
from support.publication import CONFIG, Publication

STORY = "The ferry is late\n\nIt left the island an hour after noon.\n"
READERS = {f"reader-{number}@inbox.example" for number in range(90)}
CONNECTIONS = 2
QUOTA = 60  # an hour, of the stand-in
PATIENCE = 120  # seconds; far more than anything here takes

RELAYS = """connections = 2
failover = "second"

[[relay]]
name = "second"
host = "127.0.0.1"
port = {second}
security = "none"
connections = 2
rate = ["{quota}/h"]
"""


class Until:
    """At a server: wakes who waits for the number of its messages to be so large."""

    def __init__(self):
        self.changed = threading.Condition()

    def __call__(self, stage, _server):
        if stage == "KEPT":
            with self.changed:
                self.changed.notify_all()

    def count(self, server, wanted):
        with self.changed:
            enough = self.changed.wait_for(
                lambda: len(server.received) >= wanted, PATIENCE
            )
        assert enough, f"only {len(server.received)} of {wanted}"


@pytest.fixture
def servers():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(smtp.serving(watch=Until())) for _ in range(3)]


@pytest.fixture
def courier(tmp_path, sqlite_url, servers):
    """A publication whose issue waits for its relays."""
    first, second, _ = servers
    folder = tmp_path / "courier"
    folder.mkdir()
    lines = RELAYS.format(second=second.port, quota=QUOTA)
    config = CONFIG.replace('security = "none"\n', f'security = "none"\n{lines}')
    made = Publication(folder, database=sqlite_url, smtp=first.port, config=config)
    made.database = sqlite_url
    made.write("ferry.txt", STORY)
    readers = folder / "readers.csv"
    readers.write_text("email\n" + "\n".join(sorted(READERS)), encoding="utf-8")
    made.command("import", str(readers), "--newsletter", "daily", "--confirmed")
    made.command("collect")
    made.command("compose", "daily", "--now", "--send")
    return made


@contextlib.contextmanager
def known(courier):
    with open_store(courier.database, clock=SystemClock()) as store:
        yield store


@contextlib.contextmanager
def killed(courier):
    """Run the daemon for the length of the block, and kill it."""
    process = courier.start()
    try:
        courier.wait_until_ready(process)
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        process.stdout.close()


def rest_of(courier, relay="default"):
    with known(courier) as store, store.read() as tx:
        return relays.state(tx, relay).rest


def wait_for(courier, failures):
    """Wait until the first relay has failed so often; return its rest."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while time.monotonic() < end:
        rest = rest_of(courier)
        if rest and rest.failures >= failures:
            return rest
        pause.wait(0.1)
    raise AssertionError("the relay never failed so often")


def end_the_rest(courier, *, in_seconds=0):
    """Let its rest be over, as if its seconds had passed, or last so much longer."""
    until = int((time.time() + in_seconds) * 1_000_000)
    with known(courier) as store:
        store.write(
            lambda tx: tx.execute(text(f"UPDATE relay_state SET rest_until = {until}"))
        )


def used(courier, relay):
    with known(courier) as store, store.read() as tx:
        return sum(pacing.used(tx, relay, since=0).values())


def test_a_stand_in_takes_over_and_nothing_is_forgotten_nor_sent_twice(
    courier, servers
):
    first, second, third = servers
    first.say = {"GREETING": "554 5.7.1 You are not welcome here"}
    with killed(courier):
        wait_for(courier, failures=1)
        assert not second.received, "one failure may be a hiccup"
        end_the_rest(courier)
        second.watch.count(second, 20)

    rest = rest_of(courier)
    assert rest.failures == 2
    assert "You are not welcome here" in rest.why
    asked, quota = first.connections, used(courier, "second")
    assert 20 <= quota <= QUOTA
    end_the_rest(courier, in_seconds=600)  # a busy machine may be slow to start again

    with courier.running() as process:
        # What a killed worker held of the quota stays used, so that it ends early.
        second.watch.count(second, QUOTA - (quota - 20) - 2 * CONNECTIONS)
        told = " ".join(
            words for one in courier.status()["relays"] for words in one["words"]
        )
        assert first.connections == asked, "a rest outlives the process"
        assert "default refuses since" in told

        text = (courier.folder / "config.toml").read_text(encoding="utf-8")
        moved = text.replace(f"port = {second.port}", f"port = {third.port}")
        moved = moved.replace(f'"{QUOTA}/h"', '"1000/h"')
        (courier.folder / "config.toml").write_text(moved, encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        third.watch.count(third, 1)

        first.say = {}
        end_the_rest(courier)
        left = everybody_had_it(courier, servers)
    assert left <= 2 * CONNECTIONS


def everybody_had_it(courier, servers):
    """Wait until only what is in doubt is open; return how many that are."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while time.monotonic() < end:
        (issue,) = courier.status()["issues"]
        with known(courier) as store:
            books = ledger.books(store, issue["id"])
        assert books.gap == 0
        if books.open == books.unknown:
            break
        pause.wait(0.3)
    got = Counter(one for server in servers for one in server.recipients)
    assert books.accepted + books.unknown == len(READERS)
    assert max(got.values()) == 1
    assert set(got) <= READERS
    assert len(READERS - set(got)) <= books.unknown
    return books.unknown
