import socket
import threading
import time
from concurrent.futures import Future
from contextlib import closing

import pytest

from dispatch.deliver import steps
from dispatch.deliver.steps import READABLE, WRITABLE, SideBySide, Until

SOON = 0.02
LATE = 30.0


def listening(seconds=LATE):
    """Return two ends of a socket, ours not blocking, and the wait for it."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return ours, theirs, Until(ours.fileno(), READABLE, time.monotonic() + seconds)


def one(conversation):
    """Run a conversation beside others; return what it returned."""
    said = []

    def noting():
        said.append((yield from conversation))

    SideBySide().run([noting()])
    return said[0]


either_way = pytest.mark.parametrize("run", [steps.drive, one], ids=["alone", "beside"])


@either_way
def test_a_conversation_goes_on_when_its_socket_can_be_read(run):
    ours, theirs, until = listening()

    def conversation():
        yield until
        return ours.recv(10)

    with closing(ours), closing(theirs):
        threading.Timer(SOON, theirs.send, (b"hello",)).start()
        assert run(conversation()) == b"hello"


@either_way
def test_a_wait_for_a_socket_in_vain_is_a_timeout(run):
    ours, theirs, until = listening(SOON)

    def conversation():
        with pytest.raises(TimeoutError, match="in time"):
            yield until
        return "went on"

    with closing(ours), closing(theirs):
        assert run(conversation()) == "went on"


@either_way
def test_a_pause_is_over_when_its_time_has_come(run):
    def conversation():
        began = time.monotonic()
        yield steps.pause(SOON)
        return time.monotonic() - began

    assert run(conversation()) >= SOON


@either_way
def test_a_future_that_another_thread_ends_wakes_who_sleeps(run):
    future = Future()
    threading.Timer(SOON, future.set_result, ("done",)).start()

    assert run(steps.result(future)) == "done"


@either_way
def test_what_a_future_raises_is_raised_in_the_conversation(run):
    future = Future()
    future.set_exception(ValueError("no"))

    with pytest.raises(ValueError, match="no"):
        run(steps.result(future))


@either_way
def test_a_full_socket_is_written_to_when_there_is_room(run):
    ours, theirs, _ = listening()

    def conversation():
        sent = 0
        while sent < 10_000_000:
            try:
                sent += ours.send(b"x" * 100_000)
            except BlockingIOError:
                yield Until(ours.fileno(), WRITABLE, time.monotonic() + LATE)
        ours.shutdown(socket.SHUT_WR)
        return sent

    def swallow():
        while theirs.recv(1_000_000):
            pass

    with closing(ours), closing(theirs):
        reader = threading.Thread(target=swallow)
        reader.start()
        assert run(conversation()) >= 10_000_000
        reader.join()


def test_nobody_waits_for_the_others():
    """One speaks with another in the same thread: neither may block it."""
    ours, theirs, until = listening()
    theirs.setblocking(False)
    heard = []

    def asks():
        ours.send(b"?")
        yield until
        heard.append(ours.recv(10))

    def answers():
        yield Until(theirs.fileno(), READABLE, time.monotonic() + LATE)
        heard.append(theirs.recv(10))
        theirs.send(b"!")

    with closing(ours), closing(theirs):
        SideBySide().run([asks(), answers()])

    assert heard == [b"?", b"!"]


def test_a_wait_in_vain_ends_though_others_never_rest(monkeypatch):
    monkeypatch.setattr(steps, "OFTEN", 0.0)
    ours, theirs, until = listening(SOON)
    over = []

    def waits():
        with pytest.raises(TimeoutError):
            yield until
        over.append("late")

    def never_rests():
        """There is always something to read where it listens."""
        busy, other, _ = listening()
        other.send(b"x")
        with closing(busy), closing(other):
            while not over:
                yield Until(busy.fileno(), READABLE, time.monotonic() + LATE)

    with closing(ours), closing(theirs):
        SideBySide().run([waits(), never_rests()])

    assert over == ["late"]


def test_who_waits_is_told_before_the_thread_sleeps():
    """What is kept until then may be what somebody waits for."""
    kept = [Future()]

    def conversation():
        yield from steps.result(kept[0])

    SideBySide(lambda: kept[0].done() or kept[0].set_result(None)).run([conversation()])

    assert kept[0].done()


def test_one_that_fails_ends_alone_and_is_heard_of_at_the_end():
    ended = []

    def fails():
        yield steps.pause(0)
        raise KeyError("mine")

    def goes_on():
        yield steps.pause(SOON)
        ended.append("well")

    with pytest.raises(KeyError, match="mine"):
        SideBySide().run([fails(), goes_on()])

    assert ended == ["well"]


def test_many_futures_ended_from_many_threads_lose_no_wake_up():
    asked = [[Future() for _ in range(50)] for _ in range(20)]
    heard = []

    def conversation(mine):
        for future in mine:
            said = yield from steps.result(future)
            heard.append(said)

    def answer(column):
        for row in asked:
            row[column].set_result(column)

    threads = [threading.Thread(target=answer, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    SideBySide().run([conversation(mine) for mine in asked])
    for thread in threads:
        thread.join()

    assert len(heard) == 1000
