"""Kill a delivering process for real, at every point that it can die at, and count.

Each scene has a database of its own, a server that remembers what it took, and a
child process that kills itself at one point (SIGKILL: nothing is tidied up). Then
others take up what it left, until nothing is due.
"""

import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess

from dispatch import app as wiring
from dispatch.actions.delivery import rehearsal
from dispatch.actions.delivery.deliver import deliver
from dispatch.actions.delivery.rehearsal import Policy, Verdict
from dispatch.errors import StartError
from dispatch.model import RelaySettings
from dispatch.sandbox.nasty import MANNERS, Manner, NastyServer
from dispatch.store import Store, open_store
from dispatch.subscribe.tokens import Tokens

POINTS = {
    "registered": "it is known who delivers",
    "recovered": "what others left is taken up",
    "claimed": "rows are taken, nothing is sent",
    "body sent": "the body is out, the dot is not",
    "intent": "it is written down that the dot leaves",
    "answered": "the server answered, nothing is written",
    "settling": "the answer is being written",
}
"""Every point that a delivery can be killed at: a test compares them."""

KEY = b"a rehearsal's key, which opens nothing"
AFTER = (1, 3)  # how often each of two children passes its point before it dies
ONCE = ("registered", "recovered", "claimed")  # passed too seldom to wait for more
NASTY = tuple(one for manner in MANNERS for one in (manner, Manner.PLAIN, Manner.PLAIN))
LONGEST = 120  # seconds for one child
ROUNDS = 20  # of deliveries until nothing is due
FORKS = multiprocessing.get_context("forkserver")

OpenDatabase = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Script:
    """What a rehearsal plays: where it dies, by which policy, before which server."""

    point: str
    policy: Policy
    manners: Sequence[Manner]

    @property
    def nasty(self) -> bool:
        """Whether the server misbehaves, too."""
        return set(self.manners) != {Manner.PLAIN}


@dataclass(frozen=True, slots=True)
class Scene:
    """One rehearsal, and what it cost."""

    script: Script
    crashes: int
    connections: int
    in_doubt: int  # right after the crashes
    verdict: Verdict

    @property
    def broken(self) -> list[str]:
        """The promises that were broken; none, one hopes.

        A server that hangs up after the dot leaves a doubt of its own each time.
        """
        bound = self.connections * self.crashes
        if self.script.nasty:
            bound += self.verdict.books.planned
        return self.verdict.broken(self.script.policy, bound)


def scripts() -> Iterator[Script]:
    """Yield all that is played: every point under both policies, and nasty servers."""
    policies: tuple[Policy, ...] = ("resend_once", "hold")
    for policy in policies:
        yield from (Script(point, policy, (Manner.PLAIN,)) for point in POINTS)
        yield Script("", policy, NASTY)
        yield Script("intent", policy, NASTY)


def rehearse(
    database: OpenDatabase, *, readers: int, connections: int
) -> Iterator[Scene]:
    """Play every script; `database` gives the address of an empty one each time."""
    FORKS.set_forkserver_preload(["dispatch.worker.chaos"])
    for script in scripts():
        yield play(script, database(), readers=readers, connections=connections)


def play(script: Script, url: str, *, readers: int, connections: int) -> Scene:
    """Play one script on an empty database."""
    clock = wiring.system_clock()
    with NastyServer(script.manners) as server:
        with open_store(url, clock=clock) as store:
            issue = rehearsal.prepare(store, Tokens(KEY), readers, script.policy)
        crashes = sum(
            _child(url, server.port, connections, script.point, after)
            for after in _passes(script.point)
        )
        with open_store(url, clock=clock) as store:
            deliver_here(store, server.port, connections)
            books = rehearsal.judge(store, issue, server.taken).books
            _finish(store, server.port, connections, issue)
            verdict = rehearsal.judge(store, issue, server.taken)
    return Scene(script, crashes, connections, books.unknown, verdict)


def _passes(point: str) -> Sequence[int]:
    if not point:
        return ()
    return (1, 1) if point in ONCE else AFTER


def _finish(store: Store, port: int, connections: int, issue: str) -> None:
    for _round in range(ROUNDS):
        rehearsal.time_passes(store)
        deliver_here(store, port, connections)
        if not rehearsal.open_rows(store, issue):
            return


def deliver_here(
    store: Store,
    port: int,
    connections: int,
    crashpoint: Callable[[str], None] = lambda _: None,
) -> None:
    """Deliver what is due to the server on this port, in this process."""
    relay = RelaySettings(
        host="127.0.0.1",
        port=port,
        connections=connections,
        return_path="bounces@dispatch.example.org",
        timeout=timedelta(seconds=10),
    )
    deliver(
        store,
        wiring.connecting(relay, helo="rehearsal.invalid"),
        Tokens(KEY),
        relay,
        clock=wiring.system_clock(),
        stop=threading.Event(),
        worker=f"rehearsal:{os.getpid()}:{secrets.token_hex(4)}",
        alone=True,
        insist=True,
        crashpoint=crashpoint,
    )


def _child(url: str, port: int, connections: int, point: str, after: int) -> int:
    """Run a process that dies at a point; return how many died (1, or 0)."""
    child: BaseProcess = FORKS.Process(
        target=_die_at, args=(url, port, connections, point, after), daemon=True
    )
    child.start()
    child.join(LONGEST)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise StartError(f"A child process hung for {LONGEST} seconds at {point!r}.")
    if child.exitcode not in {0, -signal.SIGKILL}:
        raise StartError(f"A child process failed at {point!r}: {child.exitcode}.")
    return int(child.exitcode != 0)


def _die_at(url: str, port: int, connections: int, point: str, after: int) -> None:
    left = [after]
    lock = threading.Lock()

    def crashpoint(where: str) -> None:
        if where == point:
            with lock:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    with open_store(url, clock=wiring.system_clock()) as store:
        deliver_here(store, port, connections, crashpoint)
