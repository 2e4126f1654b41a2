"""A real SMTP server that delivers to nobody but a `Mailbox`."""

import socket

from dispatch import smtpd
from dispatch.sandbox.mailbox import Mailbox
from dispatch.smtpd import MailServer, Place

IDENT = "Dispatch mail catcher"
PATIENCE = 3.0  # seconds for a greeting


class Catcher(MailServer):
    """Listens on `address` ("127.0.0.1:1025"; port 0 picks one) and keeps all mail."""

    def __init__(self, address: str, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        place = Place(address, "The mail catcher", "sandbox.smtp", IDENT)
        super().__init__(place, self._keep)

    def _keep(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        caught = self._mailbox.keep(sender, recipients, raw)
        return f"250 2.0.0 Caught as {caught.id}"


def runs_at(address: str) -> bool:
    """Whether a catcher of ours, and no other program, listens on `address`."""
    host, _, port = address.rpartition(":")
    place = host.strip("[]"), smtpd.port(port)
    try:
        with socket.create_connection(place, PATIENCE) as sock:
            return IDENT.encode() in sock.recv(512)
    except OSError:
        return False
