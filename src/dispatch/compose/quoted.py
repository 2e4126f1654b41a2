"""Quoted-printable (RFC 2045 section 6.7) that never breaks a placeholder.

A value spliced in later is ASCII and needs no encoding; it must only not be cut by
a soft line break, nor start a line, where a full stop would mean something to SMTP.
"""

import re
from collections.abc import Iterable

ROOM = 72  # 76, less a soft break's "=" and what guarding a line's ends may add


def encode(text: str, *, unbroken: Iterable[str] = ()) -> str:
    """Encode `text` (lines end in LF) with CRLF; strings in `unbroken` stay whole."""
    marks = "|".join(re.escape(mark) for mark in unbroken)
    # The character before a placeholder stays with it.
    pieces = re.compile(f".?(?:{marks})|." if marks else ".")
    return "\r\n".join(_line(line, pieces) for line in text.split("\n"))


def _line(line: str, pieces: re.Pattern[str]) -> str:
    """Encode one line, which may become several, softly broken."""
    lines = [""]
    for match in pieces.finditer(line):
        piece = _character(match[0][0]) + match[0][1:]
        if len(lines[-1]) + len(piece) > ROOM and lines[-1]:
            lines.append("")
        lines[-1] += piece
    if lines[-1].endswith((" ", "\t")):
        lines[-1] = lines[-1][:-1] + _hex(lines[-1][-1])
    return "=\r\n".join(map(_guarded, lines))


def _character(character: str) -> str:
    if character != "=" and (" " <= character <= "~" or character == "\t"):
        return character
    return _hex(character)


def _guarded(line: str) -> str:
    """Hide at the start of a line what mail servers take for their own."""
    if line.startswith((".", "From ")):
        return _hex(line[0]) + line[1:]
    return line


def _hex(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode("utf-8", "replace"))
