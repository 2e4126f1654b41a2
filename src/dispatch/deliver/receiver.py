"""Our own signatures as a receiver judges them (RFC 6376 section 6), before they leave.

Written apart from what signs: another way to the same bytes, so that a fault in one
shows in the other. The key is read from the record that the DNS would serve.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

from dispatch.deliver import dkim
from dispatch.deliver.dkim import Signer

LINE = re.compile(rb"([^\s:]+)[ \t]*:(.*?)\r\n(?![ \t])", re.DOTALL)
BLANKS = re.compile(rb"[ \t]+")
MUST = ("from", "list-unsubscribe", "list-unsubscribe-post")


def objection(message: bytes, signer: Signer) -> str:
    """Return why a receiver would not accept a signer's signature; else nothing.

    `message` is as a mailbox holds it.
    """
    head, _, body = message.partition(b"\r\n\r\n")
    fields = [(name.lower(), value) for name, value in LINE.findall(head + b"\r\n")]
    own = _signature(fields, signer)
    if own is None:
        return "there is no signature."
    tags = _tags(own)
    if tags.get("bh", "") != _text(hashlib.sha256(_body(body)).digest()):
        return "the text was changed after signing."
    named = tags.get("h", "").lower().split(":")
    if missing := [one for one in MUST if _there(fields, one) and one not in named]:
        return f"{', '.join(missing)} is not covered."
    unsigned = re.sub(rb"(?s)(\bb=)[^;]*$", rb"\1", own)
    covered = b"".join(_covered(fields, named)) + _header(b"dkim-signature", unsigned)
    try:
        given = base64.b64decode(tags.get("b", ""), validate=True)
    except binascii.Error:
        return "the signature is malformed."
    stands = dkim.stands(dkim.record(signer.key), covered.removesuffix(b"\r\n"), given)
    return "" if stands else "a header was changed after signing."


def _signature(fields: Sequence[tuple[bytes, bytes]], signer: Signer) -> bytes | None:
    for name, value in fields:
        if name == b"dkim-signature":
            tags = _tags(value)
            if (tags.get("d"), tags.get("s")) == (signer.domain, signer.selector):
                return value
    return None


def _tags(value: bytes) -> dict[str, str]:
    pieces = (piece.partition("=") for piece in value.decode("ascii").split(";"))
    return {name.strip(): re.sub(r"\s", "", text) for name, _, text in pieces}


def _there(fields: Sequence[tuple[bytes, bytes]], name: str) -> bool:
    return any(known == name.encode() for known, _ in fields)


def _covered(
    fields: Sequence[tuple[bytes, bytes]], named: Sequence[str]
) -> list[bytes]:
    """Return the headers of h=: of several, the lowest that was not taken yet."""
    left: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        left.setdefault(name, []).append(value)
    taken = ((one.encode(), left.get(one.encode(), [])) for one in named)
    return [_header(name, values.pop()) for name, values in taken if values]


def _header(name: bytes, value: bytes) -> bytes:
    unfolded = value.replace(b"\r\n", b"")
    return name + b":" + BLANKS.sub(b" ", unfolded).strip(b" ") + b"\r\n"


def _body(body: bytes) -> bytes:
    lines = [BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
