"""A real SMTP server on loopback that keeps what it receives."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


@dataclass(frozen=True)
class Received:
    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self):
        return message_from_bytes(self.raw, policy=policy.default)

    def part(self, subtype):
        body = self.message.get_body(preferencelist=(subtype,))
        return body.get_content() if body else ""


class Inbox:
    """What arrived, in order; `wait_for` blocks until enough did."""

    def __init__(self):
        self._arrived = threading.Condition()
        self.messages = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd asks for this name
        self, server, session, envelope
    ):
        del server, session
        with self._arrived:
            for recipient in envelope.rcpt_tos:
                content = bytes(envelope.original_content)
                self.messages.append(Received(envelope.mail_from, recipient, content))
            self._arrived.notify_all()
        return "250 2.0.0 kept"

    def to(self, recipient):
        return [m for m in self.messages if m.recipient == recipient]

    def wait_for(self, recipient, count=1, timeout=120):
        with self._arrived:
            enough = self._arrived.wait_for(
                lambda: len(self.to(recipient)) >= count, timeout
            )
            assert enough, f"{recipient} got {len(self.to(recipient))} of {count} mails"
            return self.to(recipient)[count - 1]


class _Controller(Controller):
    """Listens on a port the system chose; the start-up probe must know it."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def listening():
    inbox = Inbox()
    controller = _Controller(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        inbox.port = controller.port
        yield inbox
    finally:
        controller.stop(no_assert=True)
