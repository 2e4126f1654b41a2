"""Ports for programs that have to be told theirs before they listen."""

import itertools
import os
import socket

# Below those that the system gives out by itself (from 32768 on), so that nobody else's
# connection sits on one between here and the program; a stretch for each test process.
FIRST, EACH = 20_000, 2_000
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6

_numbers = itertools.cycle(range(FIRST + WORKER * EACH, FIRST + (WORKER + 1) * EACH))


def free_port():
    """Return a port that nobody listens at, another one each time."""
    for number in _numbers:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
    raise AssertionError
