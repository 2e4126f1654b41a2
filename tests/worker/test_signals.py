"""Signals that come in storms, and while the main thread holds a lock."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from dispatch.worker import signals

STORM = 3_000
PATIENCE = 120  # seconds; far more than anything here takes

ENDING = """
import os, signal, threading
from dispatch.worker import signals

held = threading.Event()
with signals.heard(stop=held.set):
    print("ready", flush=True)
    held.wait()
    {then}
print("ended", flush=True)
"""


def test_a_handler_waits_for_no_lock_that_the_main_thread_holds():
    """An Event set by a handler would wait for the lock that it interrupted."""
    event = threading.Event()
    with signals.heard(stop=event.set), event._cond:
        os.kill(os.getpid(), signal.SIGTERM)
    assert event.wait(PATIENCE)


def test_a_storm_of_reloads_ends_in_one_that_came_after_the_last():
    count, told = 0, threading.Event()

    def reload():
        nonlocal count
        count += 1
        told.set()

    with signals.heard(stop=lambda: None, reload=reload):
        for _ in range(STORM):
            told.clear()
            os.kill(os.getpid(), signal.SIGHUP)
            assert told.wait(PATIENCE)
    assert count == STORM


def test_what_was_set_before_is_set_again():
    numbers = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    before = [signal.getsignal(number) for number in numbers]
    with signals.heard(stop=lambda: None):
        assert signal.getsignal(signal.SIGHUP) == before[2]  # a closed terminal ends it
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.mark.parametrize(
    ("then", "code", "said"),
    [("pass", 0, "ended\n"), ("threading.Event().wait()", 1, "")],
)
def test_the_first_ends_cleanly_and_the_second_at_once(then, code, said):
    process = subprocess.Popen(
        [sys.executable, "-c", ENDING.format(then=then)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        if code:
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
        assert process.stdout.read() == said
        assert process.wait(PATIENCE) == code
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
