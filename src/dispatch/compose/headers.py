"""Write mail headers: encoded-words only where RFC 2047 allows, folds only where safe.

The standard library's folding turns a long List-Unsubscribe into encoded-words, drops
the quotes of a long display name and loses spaces of a long subject; hence our own.
Every function returns whole lines, ASCII, CRLF at the end, folded to 78 columns
wherever the header can be folded at all.
"""

import base64
import re
from collections.abc import Sequence

WIDTH = 76  # a wish of RFC 5322 (78), less a margin for the final comma
ENCODED_WORD = 75  # a must of RFC 2047 section 2
LONGEST_LINE = 998
LONGEST_QUOTED = 60
LONGEST_ID = 255

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Overrides turn the rest of a line around: an address could read backwards. The
# isolates that our own subjects hold (U+2068, U+2069) cannot do that.
_TURNING = re.compile("[\u202a-\u202e]")
_SPACES = re.compile(r"\s+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
_NOT_IN_URI = re.compile(r"[^\x21-\x7e]|[<>]")


def clean(value: str) -> str:
    """Return `value` on one line, without controls, overrides or lone surrogates."""
    whole = _TURNING.sub("", value.encode("utf-8", "replace").decode())
    return _SPACES.sub(" ", _CONTROL.sub(" ", whole)).strip()


def unstructured(name: str, value: str) -> str:
    """Write free text: Subject."""
    text = clean(value)
    words = text.split(" ")
    if text.isascii() and "=?" not in text and max(map(len, words)) < WIDTH - 1:
        return fold(name, words)
    return fold(name, _encoded_words(text, taken=len(name) + 2))


def mailbox(name: str, display: str, address: str) -> str:
    """Write one mailbox: From, Reply-To. Raises ValueError for a bad address."""
    if not address.isascii() or _CONTROL.search(address) or " " in address:
        raise ValueError(f"{address!r} cannot stand in a {name} header.")
    phrase = _phrase(display, taken=len(name) + 2)
    return fold(name, [*phrase, f"<{address}>"] if phrase else [address])


def list_id(display: str, identifier: str) -> str:
    """Write List-ID (RFC 2919): a phrase, then the id in angle brackets.

    A name that would make it longer than 255 octets is cut.
    """
    text, id_ = clean(display), f"<{_uri(identifier)}>"
    while len(header := fold("List-ID", [*_phrase(text, taken=9), id_])) > LONGEST_ID:
        if not text:
            break
        text = text[: len(text) * 3 // 4].rstrip()
    return header


def uris(name: str, *addresses: str) -> str:
    """Write a list of URIs (RFC 2369): folded between them, never encoded."""
    tokens = [f"<{_uri(address)}>" for address in addresses]
    return fold(name, [*(f"{token}," for token in tokens[:-1]), tokens[-1]])


def fold(name: str, tokens: Sequence[str]) -> str:
    """Join ASCII `tokens` by one space, with a line break before one that is too much.

    Raises ValueError for a line that no server would take.
    """
    lines = [f"{name}:"]
    for token in tokens:
        too_long = len(lines[-1]) + 1 + len(token) > WIDTH
        if too_long and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {token}"
    if max(map(len, lines)) > LONGEST_LINE:
        raise ValueError(f"{name}: a line would be longer than {LONGEST_LINE}.")
    return "\r\n".join(lines) + "\r\n"


def _uri(address: str) -> str:
    if not address or _NOT_IN_URI.search(address):
        raise ValueError(f"{address!r} cannot stand between angle brackets.")
    return address


def _phrase(display: str, *, taken: int) -> list[str]:
    """Write a display name: bare words, one quoted-string, or encoded-words."""
    text = clean(display)
    if not text:
        return []
    if not text.isascii() or "=?" in text:
        return _encoded_words(text, taken=taken)
    if _ATOMS.match(text) and max(map(len, text.split(" "))) < LONGEST_QUOTED:
        return text.split(" ")
    quoted = re.sub(r'(["\\])', r"\\\1", text)
    if len(quoted) < LONGEST_QUOTED:
        return [f'"{quoted}"']
    return _encoded_words(text, taken=taken)


def _encoded_words(text: str, *, taken: int) -> list[str]:
    """Cut between characters, so that each word decodes by itself."""
    chunks = [b""]
    for character in text:
        raw = character.encode()
        room = min(ENCODED_WORD, WIDTH - (taken if len(chunks) == 1 else 1))
        if len(chunks[-1]) + len(raw) > (room - 12) // 4 * 3:
            chunks.append(b"")
        chunks[-1] += raw
    return [f"=?utf-8?B?{base64.b64encode(chunk).decode()}?=" for chunk in chunks]
