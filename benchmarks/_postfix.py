"""Postfix's own test programs: `smtp-sink` takes mail, `smtp-source` makes it."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

FOLDERS = "/usr/sbin:/usr/lib/postfix/sbin:/usr/libexec/postfix"
MISSING = "skipped: Postfix's {} is not installed (Debian: apt-get install postfix)"


def find(name):
    """Return the program's path, or None."""
    return shutil.which(name, path=FOLDERS)


@contextmanager
def sink():
    """Run `smtp-sink`; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to be root
    command = [find("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def source(port, *, count, sessions, size):
    """Let `smtp-source` send; return the seconds it took."""
    command = [
        find("smtp-source"),
        "-d",  # a connection carries many messages, as ours do
        *("-s", str(sessions), "-m", str(count), "-l", str(size)),
        *("-f", "news@example.org", "-t", "reader@example.net"),
        f"127.0.0.1:{port}",
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _wait(port):
    for _ in range(100):
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        time.sleep(0.05)
    raise SystemExit("smtp-sink did not start")
