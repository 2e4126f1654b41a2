"""A mail taken apart: its text, its HTML, its pictures, the documents it carries.

The standard library parses MIME; what it could be made to do with hostile input is
bounded before. Nothing here says what is the story: that is `collect.letter`.
"""

import posixpath
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Any

from dispatch.collect import album, mail_header, mail_text, newsroom
from dispatch.text import plain

MOST_LINES = 800_000
MOST_BOUNDARIES = 40  # each costs a look at every line
MOST_PARTS = 100
BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
DOCUMENTS = newsroom.KINDS
SILENT = plain.lexicon(
    "text/calendar application/ics application/pgp-signature application/pgp-keys "
    "application/pkcs7-signature application/x-pkcs7-signature application/ms-tnef "
    "text/x-amp-html text/vcard text/x-vcard message/delivery-status"
)
SEALED = plain.lexicon(
    "multipart/encrypted application/pkcs7-mime application/x-pkcs7-mime"
)


class UnreadableError(ValueError):
    """A mail cannot be taken apart: a phrase that says why."""


@dataclass(frozen=True, slots=True)
class File:
    """Something attached: its name, without any folder, and its bytes."""

    name: str
    data: bytes

    @property
    def extension(self) -> str:
        """The end of the name, lower-case, with its dot."""
        return posixpath.splitext(self.name)[1].lower()


@dataclass(slots=True)
class Parts:
    """What a mail holds, in order. `others` are the names of what nobody can use."""

    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    pictures: list[File] = field(default_factory=list)
    documents: list[File] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def take(raw: bytes) -> Parts:
    """Take a mail apart; raises UnreadableError."""
    if raw.count(b"\n") > MOST_LINES or len(BOUNDARY.findall(raw)) > MOST_BOUNDARIES:
        raise UnreadableError(
            "has more lines or parts than a person’s mail; send it as text"
        )
    parts = Parts()
    try:
        for part in _leaves(BytesParser().parsebytes(raw)):
            _sort(part, parts)
    except UnreadableError:
        raise
    except Exception as error:  # whatever a hostile mail does to the parser
        raise UnreadableError("is damaged beyond reading; send it again") from error
    return parts


def _leaves(message: Message) -> list[Message]:
    """Return the parts that hold something, in order; a mail in a mail is one part."""
    found: list[Message] = []
    waiting: list[Any] = [message]
    while waiting and len(found) < MOST_PARTS:
        one = waiting.pop()
        kind = one.get_content_type()
        if kind in SEALED:
            raise UnreadableError("is encrypted; send it unencrypted")
        payload = one.get_payload()
        if isinstance(payload, list) and not kind.startswith("message/"):
            waiting.extend(reversed(payload))
        else:
            found.append(one)
    return found


def _sort(part: Message, parts: Parts) -> None:
    """Put one part where it belongs."""
    kind = part.get_content_type()
    name = _name(part)
    attached = part.get_content_disposition() == "attachment" or bool(name)
    extension = posixpath.splitext(name)[1].lower()
    if kind in SILENT:
        return
    if kind.startswith("text/") and not attached:
        _add_text(part, kind, parts)
    elif kind.startswith("image/") or extension in album.KINDS:
        parts.pictures.append(File(name or kind, _bytes(part)))
    elif extension in DOCUMENTS:
        parts.documents.append(File(name, _bytes(part)))
    else:
        parts.others.append(name or kind)


def _add_text(part: Message, kind: str, parts: Parts) -> None:
    text = mail_header.text_of(_bytes(part), str(part.get_content_charset() or ""))
    if kind == "text/html":
        parts.html.append(text)
    elif kind in {"text/plain", "text/markdown"}:
        if str(part.get_param("format", "")).lower() == "flowed":
            delsp = str(part.get_param("delsp", "")).lower() == "yes"
            text = mail_text.unflowed(text, delsp=delsp)
        parts.text.append(text)


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: Message) -> str:
    """Return a file's name, without any folder, decoded and bounded."""
    name = mail_header.decoded(str(part.get_filename() or ""))
    return plain.excerpt(re.split(r"[/\\]", name)[-1], 120)
