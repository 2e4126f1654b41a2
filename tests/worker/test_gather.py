import itertools
import threading
import time
from datetime import UTC, datetime

import pytest

from dispatch.actions.collection.calls import Call
from dispatch.errors import StoreError
from dispatch.model import SourceSettings, SourceState
from dispatch.worker.gather import Gatherer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def call(name, host=""):
    url = f"https://{host or name}.example/{name}"
    source = SourceSettings(name=name, kind="feed", url=url)
    return Call(source, SourceState(name, "feed", NOW), {})


def calls(names):
    return [call(name) for name in names]


@pytest.fixture
def release():
    """An event that the slow source waits for; set at the end, so nothing hangs."""
    event = threading.Event()
    yield event
    event.set()


def gatherer(**options):
    return Gatherer(**{"patience": 0.2, "gap": 0, **options})


def named(visited):
    return visited.source.name


def test_all_sources_are_visited_side_by_side():
    together = threading.Barrier(3, timeout=60)

    def visit(visited):
        together.wait()
        return named(visited)

    found = gatherer(patience=5).gather(calls("abc"), visit)

    assert sorted(found) == ["a", "b", "c"]


def test_a_slow_source_delays_nothing_and_is_named(release, caplog):
    def visit(visited):
        if named(visited) == "slow":
            release.wait()
        return named(visited)

    found = gatherer().gather(calls(["slow", "quick"]), visit)

    assert found == ["quick"]
    assert "source is late name=slow" in caplog.text


def test_a_source_under_visit_is_not_visited_twice(release):
    visits = []

    def visit(visited):
        visits.append(named(visited))
        release.wait()
        return named(visited)

    gathering = gatherer()
    gathering.gather(calls(["slow"]), visit)
    gathering.gather(calls(["slow"]), visit)
    release.set()
    found = gatherer_until_done(gathering, visit)

    assert visits == ["slow"]
    assert found == ["slow"]


def gatherer_until_done(gathering, visit):
    """Gather nothing new until what is under way has ended."""
    found = []
    while not found:
        found = gathering.gather([], visit)
    return found


def test_sources_that_hang_take_no_place_of_those_that_answer(release):
    def visit(visited):
        if named(visited).startswith("hung"):
            release.wait()
        return named(visited)

    gathering = gatherer()
    hung = [f"hung{number}" for number in range(20)]
    for _ in range(3):
        gathering.gather(calls(hung), visit)

    assert gathering.gather(calls(["quick"]), visit) == ["quick"]


def test_stopping_waits_for_no_source(release):
    gathering = gatherer(patience=60)
    begun = threading.Event()

    def visit(visited):
        begun.set()
        release.wait()
        return named(visited)

    gathered = threading.Thread(target=gathering.gather, args=(calls(["slow"]), visit))
    gathered.start()
    begun.wait(5)
    gathering.close()
    gathered.join(5)

    assert not gathered.is_alive()


def test_no_visit_outlives_the_process():
    threads = []

    def visit(visited):
        threads.append(threading.current_thread().daemon)
        return named(visited)

    gatherer().gather(calls("a"), visit)

    assert threads == [True]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (RuntimeError("out of order"), "source failed unexpectedly name=bad"),
        (StoreError("the disk is full."), "source failed name=bad error=the disk"),
    ],
)
def test_a_source_that_breaks_takes_nobody_with_it(caplog, fault, words):
    def visit(visited):
        if named(visited) == "bad":
            raise fault
        return named(visited)

    found = gatherer(patience=5).gather(calls(["bad", "good"]), visit)

    assert found == ["good"]
    assert words in caplog.text


def test_a_host_is_asked_one_request_at_a_time_and_with_a_pause():
    asked, at_once = [], []
    lock = threading.Lock()

    def visit(visited):
        with lock:
            at_once.append(visited.host)
            assert at_once.count(visited.host) == 1
            asked.append((visited.host, time.monotonic()))
        time.sleep(0.01)
        with lock:
            at_once.remove(visited.host)
        return named(visited)

    many = [call(f"{host}{n}", host) for n in range(4) for host in ("one", "two")]
    found = gatherer(patience=5, gap=0.05).gather(many, visit)

    assert len(found) == 8
    moments = [moment for host, moment in asked if host == "one.example"]
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert min(pauses) >= 0.05
    assert [host for host, _ in asked[:2]] == ["one.example", "two.example"]


def test_what_has_no_turn_is_left_for_the_next_round(caplog):
    caplog.set_level("INFO", logger="dispatch")
    many = [call(f"n{number}", "one") for number in range(5)]

    found = gatherer(patience=0.15, gap=10).gather(many, named)

    assert found == ["n0"]
    assert "sources wait for the next round count=4" in caplog.text


def test_the_pause_is_kept_between_rounds_too():
    gathering = gatherer(patience=0.05, gap=10)
    gathering.gather([call("a", "one")], named)

    assert gathering.gather([call("b", "one")], named) == []


def test_folders_have_no_host_and_wait_for_nobody(tmp_path):
    together = threading.Barrier(2, timeout=60)

    def visit(visited):
        together.wait()
        return named(visited)

    def folder(name):
        source = SourceSettings(name=name, kind="folder", path=tmp_path)
        return Call(source, SourceState(name, "folder", NOW), {})

    both = [folder("a"), folder("b")]
    assert len(gatherer(patience=5, gap=10).gather(both, visit)) == 2
