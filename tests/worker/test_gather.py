import threading

import pytest

from dispatch.model import SourceSettings
from dispatch.worker.gather import Gatherer


def source(name):
    return SourceSettings(name=name, kind="feed", url=f"https://{name}.example/feed")


@pytest.fixture
def release():
    """An event that the slow source waits for; set at the end, so nothing hangs."""
    event = threading.Event()
    yield event
    event.set()


def gatherer():
    return Gatherer(patience=0.2)


def test_all_sources_are_visited_side_by_side():
    together = threading.Barrier(3, timeout=5)

    def visit(visited):
        together.wait()
        return visited.name

    found = Gatherer(patience=5).gather([source(n) for n in "abc"], visit)

    assert found == {"a": "a", "b": "b", "c": "c"}


def test_a_slow_source_delays_nothing_and_is_named(release, caplog):
    def visit(visited):
        if visited.name == "slow":
            release.wait()
        return visited.name

    found = gatherer().gather([source("slow"), source("quick")], visit)

    assert found == {"quick": "quick"}
    assert "source is late name=slow" in caplog.text


def test_a_source_under_visit_is_not_visited_twice(release):
    visits = []

    def visit(visited):
        visits.append(visited.name)
        release.wait()
        return visited.name

    gathering = gatherer()
    gathering.gather([source("slow")], visit)
    gathering.gather([source("slow")], visit)
    release.set()
    found = gathering.gather([source("slow")], visit)

    assert visits == ["slow"]
    assert found == {"slow": "slow"}


def test_stopping_waits_for_no_source(release):
    gathering = Gatherer(patience=60)
    begun = threading.Event()

    def visit(visited):
        begun.set()
        release.wait()
        return visited.name

    gathered = threading.Thread(target=gathering.gather, args=([source("slow")], visit))
    gathered.start()
    begun.wait(5)
    gathering.close()
    gathered.join(5)

    assert not gathered.is_alive()


def test_a_source_that_breaks_takes_nobody_with_it(caplog):
    def visit(visited):
        if visited.name == "bad":
            raise RuntimeError("out of order")
        return visited.name

    found = gatherer().gather([source("bad"), source("good")], visit)

    assert found == {"good": "good"}
    assert "source failed unexpectedly name=bad" in caplog.text
