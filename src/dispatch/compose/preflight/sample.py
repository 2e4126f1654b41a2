"""The message that is looked at, read by the standard library and not by our writer."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from functools import cached_property

from dispatch.compose.preflight.page import Page

FOLD = re.compile(r"\r?\n[ \t]+")


@dataclass(frozen=True)
class Part:
    """One leaf of the message. `words` is None where it could not be decoded."""

    kind: str
    charset: str
    encoding: str
    encoded: int  # bytes
    content: bytes
    identifier: str = ""

    @property
    def words(self) -> str | None:
        """Its text, in the charset that it names."""
        try:
            return self.content.decode(self.charset or "ascii").replace("\r\n", "\n")
        except (LookupError, UnicodeDecodeError):
            return None


@dataclass(frozen=True)
class Sample:
    """A whole message as a mailbox holds it, and what it ought to be.

    `away` says that it leaves this machine. `marks` are stand-ins that must not be in
    it any more. `known` are words that stories brought, a line each: what looks
    like a leftover there is none.
    """

    raw: bytes
    recipient: str
    sender: str
    away: bool = True
    marks: tuple[str, ...] = ()
    known: str = ""

    @cached_property
    def message(self) -> Message:
        """The message as the library sees it."""
        return message_from_bytes(self.raw, policy=policy.compat32)

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Every header, unfolded, its name in small letters."""
        return tuple(
            (name.lower(), FOLD.sub(" ", str(value)).strip())
            for name, value in self.message.items()
        )

    def all(self, name: str) -> list[str]:
        """Return every header of that name."""
        return [value for known, value in self.headers if known == name.lower()]

    def one(self, name: str) -> str:
        """Return the first header of that name, or nothing."""
        return next(iter(self.all(name)), "")

    def words(self, name: str) -> str:
        """Return what a header says once its encoded-words are read."""
        pieces = decode_header(self.one(name))
        return "".join(
            text
            if isinstance(text, str)
            else text.decode(charset or "ascii", "replace")
            for text, charset in pieces
        )

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The leaves, in order."""
        return tuple(
            _part(one) for one in self.message.walk() if not one.is_multipart()
        )

    def part(self, kind: str) -> Part | None:
        """Return the first leaf of that type."""
        return next((one for one in self.parts if one.kind == kind), None)

    @cached_property
    def text(self) -> str:
        """The plain text, or nothing."""
        part = self.part("text/plain")
        return (part.words if part else "") or ""

    @cached_property
    def html(self) -> str:
        """The HTML, or nothing."""
        part = self.part("text/html")
        return (part.words if part else "") or ""

    @cached_property
    def page(self) -> Page:
        """The HTML as elements."""
        return Page(self.html)


def _part(leaf: Message) -> Part:
    raw = leaf.get_payload()
    content = leaf.get_payload(decode=True)
    return Part(
        kind=leaf.get_content_type(),
        charset=(leaf.get_content_charset() or "").lower(),
        encoding=str(leaf.get("Content-Transfer-Encoding", "7bit")).lower(),
        encoded=len(raw) if isinstance(raw, str) else 0,
        content=content if isinstance(content, bytes) else b"",
        identifier=str(leaf.get("Content-ID", "")).strip("<> "),
    )
