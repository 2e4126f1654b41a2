"""Kill a delivering process for real, at every point that it can die at, and count.

Each scene has a database of its own, a server that remembers what it took, and a
child process that kills itself at one point (SIGKILL: nothing is tidied up). On
PostgreSQL others may be delivering beside it. Then others take up what it left, until
nothing is due.
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
TOGETHER = (1, 1)  # the same where others deliver, too
SHARE = 4  # a quarter of the readers is theirs: the rest is for who comes after
ONCE = ("registered", "recovered", "claimed")  # passed too seldom to wait for more
NASTY = tuple(one for manner in MANNERS for one in (manner, Manner.PLAIN, Manner.PLAIN))
LONGEST = 120  # seconds for one child
ROUNDS = 20  # of deliveries until nothing is due
FORKS = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Script:
    """What a rehearsal plays: where it dies, by which policy, before which server."""

    point: str
    policy: Policy
    manners: Sequence[Manner]
    workers: int = 1  # processes that deliver at once: one of them dies

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


def scripts(workers: int = 1) -> Iterator[Script]:
    """Yield all that is played: every point under both policies, and nasty servers."""
    policies: tuple[Policy, ...] = ("resend_once", "hold")
    for policy in policies:
        for point in POINTS:
            yield Script(point, policy, (Manner.PLAIN,), workers)
        yield Script("", policy, NASTY, workers)
        yield Script("intent", policy, NASTY, workers)


def rehearse(
    databases: Iterator[str], *, readers: int, connections: int, workers: int = 1
) -> Iterator[Scene]:
    """Play every script; `databases` are the addresses of empty ones.

    More than one of the `workers` takes PostgreSQL.
    """
    FORKS.set_forkserver_preload(["dispatch.worker.chaos"])
    for script in scripts(workers):
        yield play(script, next(databases), readers=readers, connections=connections)


def play(script: Script, url: str, *, readers: int, connections: int) -> Scene:
    """Play one script on an empty database."""
    clock = wiring.system_clock()
    with NastyServer(script.manners) as server:
        with open_store(url, clock=clock) as store:
            issue = rehearsal.prepare(store, Tokens(KEY), readers, script.policy)
        here = Here(url, server.port, connections, alone=script.workers == 1)
        some = max(1, readers // (SHARE * script.workers))
        crashes = sum(_children(here, script, after, some) for after in _passes(script))
        with open_store(url, clock=clock) as store:
            here.deliver(store)
            books = rehearsal.judge(store, issue, server.taken).books
            _finish(store, here, issue)
            verdict = rehearsal.judge(store, issue, server.taken)
    return Scene(script, crashes, connections, books.unknown, verdict)


def _passes(script: Script) -> Sequence[int]:
    if not script.point:
        return (0,) if script.workers > 1 else ()  # nobody dies
    if script.workers > 1:
        return TOGETHER
    return (1, 1) if script.point in ONCE else AFTER


def _finish(store: Store, here: "Here", issue: str) -> None:
    for _round in range(ROUNDS):
        rehearsal.time_passes(store)
        here.deliver(store)
        if not rehearsal.open_rows(store, issue):
            return


@dataclass(frozen=True, slots=True)
class Here:
    """From which database to which server of this machine a process delivers."""

    url: str
    port: int
    connections: int
    alone: bool

    def deliver(
        self,
        store: Store,
        crashpoint: Callable[[str], None] = lambda _: None,
        limit: int | None = None,
    ) -> None:
        """Deliver what is due, in this process."""
        relay = RelaySettings(
            host="127.0.0.1",
            port=self.port,
            connections=self.connections,
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
            alone=self.alone,
            insist=True,
            limit=limit,
            crashpoint=crashpoint,
        )


def _children(here: Here, script: Script, after: int, some: int) -> int:
    """Run the script's processes, the first of which dies; return how many died.

    The others send `some` messages each, so that they leave it something to die of.
    """
    doomed: BaseProcess = FORKS.Process(
        target=_die_at, args=(here, script.point, after), daemon=True
    )
    others: list[BaseProcess] = [
        FORKS.Process(target=_some, args=(here, some), daemon=True)
        for _ in range(script.workers - 1)
    ]
    for child in (doomed, *others):
        child.start()
    return sum(_ended(child, script.point) for child in (doomed, *others))


def _ended(child: BaseProcess, point: str) -> int:
    """Wait for a process; return 1 if it was killed, else 0."""
    child.join(LONGEST)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise StartError(f"A child process hung for {LONGEST} seconds at {point!r}.")
    if child.exitcode not in {0, -signal.SIGKILL}:
        raise StartError(f"A child process failed at {point!r}: {child.exitcode}.")
    return int(child.exitcode != 0)


def _some(here: Here, limit: int) -> None:
    with open_store(here.url, clock=wiring.system_clock()) as store:
        here.deliver(store, limit=limit)


def _die_at(here: Here, point: str, after: int) -> None:
    left = [after]
    lock = threading.Lock()

    def crashpoint(where: str) -> None:
        if where == point:
            with lock:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    with open_store(here.url, clock=wiring.system_clock()) as store:
        here.deliver(store, crashpoint)
