"""Caught mails, without a catcher."""

from dataclasses import dataclass
from datetime import UTC, datetime

HTML = (
    '<!doctype html><html><head><title>x</title></head><body style="color:#111">'
    '<h1>Hello</h1><a href="https://quad.example/">on</a>'
    "</body></html>"
)
RAW = (
    b"From: =?utf-8?q?The_Qu=C3=A4d?= <news@quad.example>\r\n"
    b"Subject: Hello\r\n there\r\nX-Odd: <b>&\r\n\r\nBody \xff end\r\n"
)


@dataclass(frozen=True)
class Mail:
    id: int
    subject: str = "Rowing club wins <&>"
    html: str = HTML
    text: str = "Hello,\n\nin plain <text>."
    raw: bytes = RAW
    received_at: datetime = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
    sender: str = "b+1@quad.example"
    recipients: tuple = ("alice@example.org",)
    from_: str = "The Quäd <news@quad.example>"
    to: str = "alice@example.org"


class Mailbox:
    def __init__(self, *mails):
        self._mails = mails

    def messages(self):
        return self._mails

    def get(self, message):
        return next((mail for mail in self._mails if mail.id == message), None)
