"""One delivering process per SQLite file; any number on PostgreSQL."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from dispatch.errors import StartError
from dispatch.store import Store
from dispatch.store.lock import HeldLock


@contextmanager
def only_one(store: Store) -> Iterator[None]:
    """Hold the right to deliver from `store` for the length of the block.

    Raises StartError naming the holder when another process has it.
    """
    if store.file is None:
        yield
        return
    lock = HeldLock(store.file.with_name(store.file.name + ".run"))
    try:
        holder = lock.take(f"process {os.getpid()} on {socket.gethostname()}")
        if holder:
            raise StartError(
                f"{store.file} is already being served by {holder}. Stop that one "
                "first, or use PostgreSQL, where several may run."
            )
        yield
    finally:
        lock.release()
