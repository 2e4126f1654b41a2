"""Bytes to text, rule T0: a ladder that ends in a guess only where nothing else holds.

Byte order mark; what an HTML file declares; strict UTF-8; Windows-1252 where its
quotes stand between letters; charset-normalizer. Then mojibake (UTF-8 read as
Windows-1252 and saved again) is undone, at the exact sequences that betray it.
"""

import codecs
import re
from dataclasses import dataclass

import charset_normalizer

from dispatch.text import plain

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED = re.compile(
    rb"<meta[^>]{0,80}charset=[\"']?\s*([a-zA-Z0-9_.:-]{2,30})", re.IGNORECASE
)
SMART_QUOTES = re.compile(rb"[A-Za-z\s.,!?>][\x91-\x97][A-Za-z0-9\s.,!?<]")
LATIN_LETTERS = re.compile(rb"[A-Za-z][\xc0-\xff][A-Za-z\s.,]")
STRAY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# More control characters than these are no slips of somebody's word processor.
FEW_CONTROLS = 3
MANY_CONTROLS = 0.01  # of all bytes
MANY_IN_UTF8 = 0.1  # what is valid UTF-8 throughout is hardly anything but text
SAMPLE = 64_000  # bytes that a guess looks at
SURE = {"utf-8", "utf-8-sig", "utf-16", "utf-32"}

# UTF-8 bytes as Windows-1252 shows them, or Latin-1, or nobody.
CP1252 = {chr(byte): byte for byte in range(0x80, 0x100)} | {
    bytes([byte]).decode("cp1252"): byte
    for byte in range(0x80, 0x100)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
TAIL = "[" + re.escape("".join(c for c, b in CP1252.items() if b < 0xC0)) + "]"  # noqa: PLR2004 - UTF-8 continuation bytes
MOJIBAKE = re.compile(
    rf"â[€\x80]{TAIL}|Ã{TAIL}|Â[\u00a0«»°·§©®]|ï»¿|Å{TAIL}"
    r"|â€(?:\ufffd|(?=[\s.,]|$))"
)
LOST_BYTE = "â€"  # a closing quote whose last byte was dropped on the way


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, cleaned, and what had to be done to get it (a sentence, or "")."""

    text: str
    encoding: str
    repair: str = ""


def decode(data: bytes) -> Decoded | None:
    """Return the text that `data` holds; None for what is no text at all."""
    text, encoding = _ladder(data)
    if text is None:
        return None
    mended = _undo_mojibake(text)
    repairs = []
    if encoding not in SURE:
        repairs.append(f"is not UTF-8; read as {encoding}. Save it as UTF-8 to be sure")
    elif mended != text:
        repairs.append("has garbled quotes or accents (â€™, Ã©); they were put right")
    if STRAY.search(mended):
        repairs.append("has control characters; they were taken out")
    return Decoded(plain.clean(mended), encoding, ". It ".join(repairs))


def _ladder(data: bytes) -> tuple[str | None, str]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _try(data, encoding), encoding
    if _is_binary(data):
        return None, ""
    declared = DECLARED.search(data[:2048])
    names = ["utf-8"] + ([declared[1].decode("ascii")] if declared else [])
    if SMART_QUOTES.search(data) or LATIN_LETTERS.search(data):
        names.append("windows-1252")
    for name in names:
        if (text := _try(data, name)) is not None:
            return text, name.lower()
    return _guess(data)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except (ValueError, LookupError):
        return None
    return text if isinstance(text, str) else None


def _is_binary(data: bytes) -> bool:
    sample = data[:SAMPLE]
    share = MANY_CONTROLS if _try(data, "utf-8") is None else MANY_IN_UTF8
    few = min(FEW_CONTROLS, len(sample) * MANY_IN_UTF8)
    return len(CONTROLS.findall(sample)) > max(few, len(sample) * share)


def _guess(data: bytes) -> tuple[str | None, str]:
    best = charset_normalizer.from_bytes(data[:SAMPLE]).best()
    name = best.encoding if best else "windows-1252"
    text = _try(data, name)
    if text is None:
        name, text = "windows-1252", data.decode("cp1252", "replace")
    return text, name


def _undo_mojibake(text: str) -> str:
    return MOJIBAKE.sub(_mended, text)


def _mended(found: re.Match[str]) -> str:
    if found[0].rstrip("\ufffd") == LOST_BYTE:
        return "”"
    try:
        return bytes(CP1252[sign] for sign in found[0]).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return found[0]
