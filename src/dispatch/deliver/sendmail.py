"""A relay that is a program: `sendmail -bs` speaks SMTP on its standard input.

Not `sendmail -i` with the message piped in: there the end of the input is the dot, and
when we are killed the system closes the pipe, as if we had meant it. In SMTP only the
dot is the dot, and a dialogue that breaks off hands nothing over.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence

from dispatch.errors import RelayError

PARTING = 5.0  # seconds after QUIT


class Program:
    """A running program, and `socket`, whose other end is its input and output."""

    def __init__(self, command: Sequence[str], *, table: str) -> None:
        path = shutil.which(command[0]) if command else None
        if path is None:
            named = command[0] if command else "nothing"
            raise RelayError(
                f"{table}.command: {named} is not a program of this machine. Write "
                'one that speaks SMTP, as in ["/usr/sbin/sendmail", "-bs"].'
            )
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the operator's own
                    [path, *command[1:]],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise RelayError(
                    f"{table}.command: {path} cannot be run ({error.strerror})."
                ) from error
        self.socket = ours

    def end(self) -> None:
        """Wait for its end; one that does not come is brought about."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PARTING)
            return
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
