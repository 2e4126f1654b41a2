"""A process of its own that delivers, and dies when it is told to.

It is forked from a server that has imported everything, so that killing it a hundred
times is cheap.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from datetime import timedelta
from multiprocessing import forkserver

from dispatch.actions.delivery import deliver as delivering
from dispatch.clock import SystemClock
from dispatch.deliver import session
from dispatch.model import RelaySettings
from dispatch.store import open_store
from support import ledger

_FORKS = multiprocessing.get_context("forkserver")


def _prepare():
    """Start the server that forks, with the path it needs to import us first."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    _FORKS.set_forkserver_preload(["support.victim"])
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _main(url, port, connections, crash, rate):
    crash_at, crash_after = crash
    relay = RelaySettings(
        host="127.0.0.1",
        port=port,
        connections=connections,
        rate=rate,
        return_path="bounces@example.org",
        timeout=timedelta(seconds=10),
    )
    left = [crash_after]
    lock = threading.Lock()

    def crashpoint(where):
        if where == crash_at:
            with lock:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    clock = SystemClock()
    with open_store(url, clock=clock) as store:
        delivering.deliver(
            store,
            lambda: session.connect(relay, helo="victim.example"),
            ledger.TOKENS,
            relay,
            clock=clock,
            stop=threading.Event(),
            insist=True,
            crashpoint=crashpoint,
        )


def start(url, port, *, connections=4, crash_at="", crash_after=1, rate=()):
    """Start a delivery round in a process of its own."""
    _prepare()
    process = _FORKS.Process(
        target=_main,
        args=(url, port, connections, (crash_at, crash_after), rate),
        daemon=True,
    )
    process.start()
    return process


def call(target, *arguments):
    """Run a function in a process of its own; return whether it was killed."""
    _prepare()
    process = _FORKS.Process(target=target, args=arguments, daemon=True)
    process.start()
    process.join(60)
    return ended(process)


def run(url, port, **wishes):
    """Run a round to its end; return whether it died."""
    process = start(url, port, **wishes)
    process.join(60)
    return ended(process)


def ended(process):
    """Return whether the process was killed; fail when it hangs or went wrong."""
    assert process.exitcode in {0, -signal.SIGKILL}, process.exitcode
    killed = process.exitcode != 0
    process.close()
    return killed


def send(process, number):
    """Send a signal, unless the process has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)
