"""A report taken apart: its parts, with bounds on size, number and depth.

The standard library reads headers and decodes bodies. It does not split: its parser
recurses as deep as a hostile mail wishes, and looks for every boundary in every line.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

MOST_BYTES = 256 * 1024  # of a report; what follows is the mail that we sent
MOST_HEADER = 64 * 1024
MOST_PARTS = 24
DEEPEST = 4
PARSER = BytesHeaderParser()
END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
END_OF_LINE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is no multipart: its type, its headers, its decoded body."""

    kind: str  # lower-case: message/delivery-status
    header: Message
    body: bytes

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")


def take(raw: bytes) -> tuple[Message, tuple[Part, ...]]:
    """Return the header of a mail, and its parts in order. Never raises."""
    header, body = split(END_OF_LINE.sub(b"\n", raw[:MOST_BYTES]))
    found: list[Part] = []
    for part in _leaves(header, body, 0):
        found.append(part)
        if len(found) == MOST_PARTS:
            break
    return header, tuple(found)


def split(raw: bytes) -> tuple[Message, bytes]:
    """Return the header and the body of a mail, or of a part."""
    if raw.startswith(b"\n"):
        return Message(), raw[1:]
    end = END_OF_HEADER.search(raw)
    stop = end.start() if end else len(raw)
    body = raw[end.end() :] if end else b""
    return fields(raw[:stop]), body


def fields(raw: bytes) -> Message:
    """Return "Name: value" lines as a header."""
    return PARSER.parsebytes(raw[:MOST_HEADER])


def value(header: Message, name: str) -> str:
    """Return a field on one line; empty when it is not there, or cannot be read."""
    try:
        text = str(header.get(name, "") or "")
    except (ValueError, IndexError, LookupError):
        return ""
    return " ".join(text.split())


def parameter(header: Message, name: str) -> str:
    """Return a parameter of Content-Type, or nothing."""
    try:
        found = header.get_param(name, "")
    except (ValueError, IndexError, LookupError):
        return ""
    return found if isinstance(found, str) else ""


def kind_of(header: Message) -> str:
    """Return the content type, lower-case."""
    try:
        return header.get_content_type()
    except (ValueError, IndexError, LookupError):
        return "text/plain"


def _leaves(header: Message, body: bytes, depth: int) -> Iterator[Part]:
    kind = kind_of(header)
    boundary = parameter(header, "boundary")
    if not kind.startswith("multipart/") or not boundary or depth >= DEEPEST:
        yield Part(kind, header, _decoded(header, body))
        return
    for piece in _pieces(body, boundary):
        yield from _leaves(*split(piece), depth + 1)


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Cut a multipart at its boundary; a truncated one ends where it ends."""
    mark = re.escape(b"--" + boundary.encode("utf-8", "replace"))
    cut = re.split(
        rb"(?:\A|\n)" + mark + rb"(--)?[ \t]*(?=\n|\Z)", body, maxsplit=MOST_PARTS
    )
    # cut: preamble, end?, piece, end?, piece … the pieces stand at even places.
    pieces = []
    for closing, piece in zip(cut[1::2], cut[2::2], strict=False):
        if closing:
            break
        pieces.append(piece.removeprefix(b"\n"))
    return pieces


def _decoded(header: Message, body: bytes) -> bytes:
    match value(header, "content-transfer-encoding").lower():
        case "base64":
            data = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
            with_end = data[: len(data) // 4 * 4]
            return _base64(with_end, data[len(with_end) :])
        case "quoted-printable":
            return quopri.decodestring(body)
        case _:
            return body


def _base64(whole: bytes, rest: bytes) -> bytes:
    try:
        return base64.b64decode(whole + (rest + b"==")[:4] if rest else whole)
    except (binascii.Error, ValueError):
        return base64.b64decode(whole)
