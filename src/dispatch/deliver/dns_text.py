"""TXT records: the line that a zone wants, and the tag-lists that DKIM and DMARC share.

What is read here is a stranger's: whatever it is, it is read, or None.
"""

from collections.abc import Mapping

PIECE = 255  # bytes of one string in a TXT record


def line(name: str, text: str) -> str:
    """Return a TXT record as a zone file has it, long ones in pieces. ASCII alone."""
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    return f"{name}. IN TXT " + " ".join(f'"{piece}"' for piece in pieces)


def tags(text: str) -> Mapping[str, str] | None:
    """Read "a=1; b=2" (RFC 6376 section 3.2) by names in small letters.

    None when it is none: a part without "=", without a name, or a name twice.
    """
    found: dict[str, str] = {}
    parts = [part.strip() for part in text.split(";")]
    if parts and not parts[-1]:
        parts.pop()
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not name or name in found:
            return None
        found[name] = value.strip()
    return found
