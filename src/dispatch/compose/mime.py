"""Freeze a letter: encode it once for everybody, with spans for what is personal.

The bytes are as DATA carries them: CRLF, dot-stuffed, every line within 998. They
are a function of the letter alone, so a second try is byte-identical (the boundary
is a hash of the parts, and in quoted-printable or base64 it can never occur).
"""

import base64
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from dispatch.compose import headers, quoted
from dispatch.compose.letter import Bulk, Letter
from dispatch.compose.pictures import Picture
from dispatch.model import Frozen, Span

IDENTITY = "X-Dispatch-Delivery"

# Controls, and the marks that turn the rest of a line around.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]")
_LINE_END = re.compile(r"\r\n?")
_DOT = re.compile(rb"^\.", re.MULTILINE)


def freeze(letter: Letter) -> Frozen:
    """Encode `letter` and find the places that belong to one recipient."""
    content_type, body = _body(letter)
    head = [*_addresses(letter), *_bulk(letter.bulk), *_manners(letter)]
    message = "".join(head) + content_type + body
    return _cut(stuff(message.encode("ascii")), letter)


def stuff(data: bytes) -> bytes:
    """Double the full stop that starts a line (RFC 5321 section 4.5.2)."""
    return _DOT.sub(b"..", data)


def unstuff(data: bytes) -> bytes:
    """Undo `stuff`: the message as a mailbox holds it."""
    return re.sub(rb"^\.\.", b".", data, flags=re.MULTILINE)


def plain(text: str) -> str:
    """Return `text` as a body can carry it: LF line ends, no control characters.

    C1 controls alone make Gmail clip a tiny mail.
    """
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).rstrip("\n") + "\n"


def _addresses(letter: Letter) -> Iterator[str]:
    mark = letter.placeholders
    yield headers.mailbox("From", letter.sender_name, letter.sender)
    yield f"To: {mark['to']}\r\n"
    yield headers.unstructured("Subject", letter.subject)
    yield f"Date: {mark['date']}\r\n"
    yield f"Message-ID: <{mark['message_id']}>\r\n"
    yield headers.mailbox("Reply-To", "", letter.reply_to or letter.sender)
    # Some relays write Message-ID anew: what comes back must still name the delivery.
    yield f"{IDENTITY}: {mark['delivery']}\r\n"


def _bulk(bulk: Bulk | None) -> Iterator[str]:
    if bulk is None:
        return
    yield headers.list_id(bulk.title, bulk.identifier)
    ways_out = [way for way in (bulk.unsubscribe, bulk.unsubscribe_mail) if way]
    yield headers.uris("List-Unsubscribe", *ways_out)
    yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    for name, address in (
        ("List-Subscribe", bulk.subscribe),
        ("List-Help", bulk.help),
        ("List-Owner", bulk.owner),
        ("List-Archive", bulk.archive),
        ("Archived-At", bulk.archived_at),
    ):
        if address:
            yield headers.uris(name, address)
    yield "List-Post: NO\r\n"
    yield "Precedence: bulk\r\n"
    if bulk.feedback_id:
        yield headers.unstructured("Feedback-ID", bulk.feedback_id)
    if bulk.complaints:
        yield headers.fold("CFBL-Address", [f"{bulk.complaints};", "report=arf"])


def _manners(letter: Letter) -> Iterator[str]:
    """Ask other machines not to answer, and name the language."""
    yield "Auto-Submitted: auto-generated\r\n"
    yield "X-Auto-Response-Suppress: OOF, AutoReply\r\n"
    if letter.language:
        yield headers.unstructured("Content-Language", letter.language)
    yield "MIME-Version: 1.0\r\n"


def _body(letter: Letter) -> tuple[str, str]:
    """Return the Content-Type header and all that follows it."""
    marks = tuple(letter.placeholders.values())
    text = _part("plain", plain(letter.text), marks)
    if not letter.html:
        head, _, rest = text.partition("\r\n")
        return f"{head}\r\n", rest
    html = _part("html", plain(letter.html), marks)
    if letter.picture and letter.picture.url in letter.html:
        of_page = ("related", 'type="text/html"')
        html = "".join(_joined(of_page, (html, _inside(letter.picture)), letter))
    content_type, body = _joined(("alternative",), (text, html), letter)
    return content_type, body + "\r\n"


def _joined(
    kind: Sequence[str], parts: Sequence[str], letter: Letter
) -> tuple[str, str]:
    """Return the Content-Type header of several parts, and the parts."""
    boundary = _boundary("".join(parts), letter.placeholders)
    fields = (f"Content-Type: multipart/{kind[0]}", *kind[1:], f'boundary="{boundary}"')
    lines = (*(f"--{boundary}\r\n{part}" for part in parts), f"--{boundary}--")
    return ";\r\n ".join(fields) + "\r\n", "\r\n" + "\r\n".join(lines)


def _boundary(content: str, placeholders: Mapping[str, str]) -> str:
    """Return a line that no part has; a function of the words, not of stand-ins."""
    for name, mark in placeholders.items():
        content = content.replace(mark, name)
    return f"=_{hashlib.sha256(content.encode('ascii')).hexdigest()[:32]}"


def _part(subtype: str, content: str, marks: Collection[str]) -> str:
    """Encode one part, headers and all, the shorter way.

    What holds a placeholder is quoted-printable: base64 has no place for a value.
    """
    encoding, encoded = "quoted-printable", quoted.encode(content, unbroken=marks)
    if not any(mark in content for mark in marks):
        dense = _base64(content.encode("utf-8", "replace"))
        if len(dense) < len(encoded):
            encoding, encoded = "base64", dense
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n{encoded}"
    )


def _inside(picture: Picture) -> str:
    """Write a picture that the page shows by its name."""
    ending = picture.media_type.partition("/")[2]
    return (
        f"Content-Type: {picture.media_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{picture.name}>\r\n"
        f'Content-Disposition: inline; filename="logo.{ending}"\r\n'
        f"\r\n{_base64(picture.data)}"
    )


def _base64(content: bytes) -> str:
    raw = base64.encodebytes(content)
    return raw.decode("ascii").replace("\n", "\r\n")


def _cut(data: bytes, letter: Letter) -> Frozen:
    """Find every placeholder and make it a span."""
    names = {mark.encode(): name for name, mark in letter.placeholders.items()}
    found = re.finditer(b"|".join(map(re.escape, names)), data)
    spans = tuple(Span(m.start(), m.end(), names[m.group()]) for m in found)
    return Frozen(data, spans)
