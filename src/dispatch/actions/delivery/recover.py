"""Take up what crashed processes left.

Runs at the start of every delivery round and now and then during it. Safe to repeat,
and safe beside other processes: the store's conditions decide, not this reading.
"""

import os
import socket
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from dispatch.model import Worker
from dispatch.store import Store, Tx, unknown, workers

BOOT = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = "/proc/self/ns/pid"


def this_host() -> str:
    """Name the place where our process ids mean something: host, boot, namespace.

    Two containers may share a host name, and each has a process number 1.
    """
    boot, namespace = "", ""
    with suppress(OSError):
        boot = BOOT.read_text(encoding="ascii")[:8]
        namespace = os.readlink(NAMESPACE)  # noqa: PTH115 - no path, but "pid:[…]"
    return f"{socket.gethostname()}/{boot}/{namespace}"


def gone(worker: Worker, *, me: str, alone: bool, beside: Collection[str] = ()) -> bool:
    """Whether `worker` is provably no more. In doubt it is alive: leases end, too.

    `alone` says that no other process delivers from this store, and `beside` who else
    of this process does.
    """
    if worker.id == me or worker.id in beside:
        return False
    if alone:
        return True
    if worker.host != this_host():
        return False
    return worker.pid == os.getpid() or not _runs(worker.pid)


def recover(
    store: Store, *, me: str, alone: bool, fresh: bool, beside: Collection[str] = ()
) -> unknown.Lost:
    """Free what lost workers held, and send once more what policy says.

    `fresh` says that this process has nothing under way, so that rows held under its
    own name are left from a round that broke off.
    """
    with store.read() as tx:
        dead = {
            worker.id
            for worker in workers.running(tx)
            if gone(worker, me=me, alone=alone, beside=beside)
        }
        ours = {me} if fresh else set()
        if not unknown.anything(tx):
            return unknown.Lost()

    def unit(tx: Tx) -> unknown.Lost:
        lost = unknown.recover(tx, dead=dead | ours)
        unknown.resend_once(tx)
        for worker in dead:
            workers.stop(tx, worker)
        return lost

    return store.write(unit)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
