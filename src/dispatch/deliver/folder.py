"""A relay that is a folder: each message becomes a file, and goes nowhere.

For a dry run with the whole protocol: the file gets its name only after the intent is
durable. A message that is handed over again gets the same name.
"""

import os
import time
from functools import partial
from pathlib import Path

from dispatch.deliver import steps
from dispatch.deliver.steps import Steps
from dispatch.deliver.transaction import BeforeDot, Gate
from dispatch.errors import RelayError
from dispatch.model import Envelope, Phase, RelaySettings, Reply


def connect(relay: RelaySettings) -> "Session":
    """Make the folder ready. Raises RelayError."""
    folder = relay.folder
    if folder is None:
        raise RelayError(f"{relay.table}.folder is missing.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RelayError(
            f"{relay.table}.folder: {folder} cannot be made ({error.strerror})."
        ) from error
    return Session(folder)


class Session:
    """A folder that takes messages."""

    mechanism = ""
    encryption = ""
    extensions: tuple[str, ...] = ()
    usable = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.opened = time.monotonic()
        self.messages = 0

    def transact(
        self, envelope: Envelope, message: bytes, before_dot: BeforeDot
    ) -> Reply:
        """Write one message; see `transaction.transact`."""
        gate = partial(steps.at_once, before_dot)
        return steps.drive(self.hand_over(envelope, message, gate))

    def hand_over(
        self, envelope: Envelope, message: bytes, before_dot: Gate
    ) -> Steps[Reply]:
        """Write one message, step by step; nothing but `before_dot` is waited for."""
        self.messages += 1
        name = f"{envelope.id or time.monotonic_ns()}.eml"
        begun = self._folder / f".{name}.{os.getpid()}"
        try:
            _write(begun, envelope, message)
        except OSError as error:
            begun.unlink(missing_ok=True)
            said = f"The message cannot be written ({error.strerror})."
            return Reply(452, said, "4.3.1", Phase.MAIL)
        try:
            go = yield from before_dot()
        except BaseException:
            begun.unlink(missing_ok=True)
            raise
        if not go:
            begun.unlink(missing_ok=True)
            return Reply(0, "withheld", phase=Phase.BODY)
        return self._name(begun, name)

    def _name(self, begun: Path, name: str) -> Reply:
        """Give the file its name: this is the dot."""
        try:
            begun.replace(self._folder / name)
        except OSError as error:
            begun.unlink(missing_ok=True)
            return Reply(0, str(error.strerror), phase=Phase.INTENT)
        try:
            _sync(self._folder)
        except OSError as error:
            return Reply(0, str(error.strerror), phase=Phase.DOT)
        return Reply(250, f"2.0.0 Written to {name}", "2.0.0", Phase.DOT)

    def abort(self) -> None:
        """Nothing waits here."""

    def quit(self) -> None:
        """Nothing is open."""


def _write(file: Path, envelope: Envelope, message: bytes) -> None:
    """Write the message as a mailbox has it: with its envelope, dots as they were."""
    head = f"Return-Path: <{envelope.sender}>\r\nDelivered-To: {envelope.recipient}\r\n"
    plain = message.replace(b"\r\n..", b"\r\n.")
    with file.open("wb") as opened:
        opened.write(head.encode() + plain)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
