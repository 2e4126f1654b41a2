"""A mail's header read with distrust: who it is from, what it is about, its thread.

The sender is read from what was really written, before any encoded word is decoded:
a display name that decodes to another address must not become one.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

from dispatch.collect import encoding
from dispatch.text import address, plain

MOST_BYTES = 200_000
LONGEST = 4_000  # characters of one header
MOST_REFERENCES = 50
# Only what text is really sent in: some codecs take hours over hostile input.
CHARSET = re.compile(
    r"utf-?(?:8|16|16le|16be)|us-ascii|ascii|iso-?8859-?\d{1,2}|latin-?1"
    r"|windows-?\d{3,4}|cp\d{3,4}|koi8-[rut]|gb2312|gbk|gb18030|big5(?:-hkscs)?"
    r"|euc-(?:jp|kr)|shift[_-]jis|iso-2022-(?:jp|kr)|macintosh|mac-?roman|tis-620"
)
SEVEN_BIT = re.compile(r"iso-2022-")  # looks like ASCII and is not
LATIN = re.compile(r"us-ascii|ascii|iso-?8859-?1|latin-?1")  # mostly Windows-1252
ID = re.compile(r"<[^<>\s]{1,500}>")
REPLY = r"(?:re|aw|sv|antw|odp)"
FORWARD = r"(?:fwd?|wg|rv|tr)"
PREFIX = re.compile(
    rf"(?:(?:{REPLY}|{FORWARD})(?:\[\d{{1,3}}\])?\s*:|\[(?:ext|external|extern)\])\s*",
    re.IGNORECASE,
)
FORWARDED = re.compile(rf"{FORWARD}(?:\[\d{{1,3}}\])?\s*:", re.IGNORECASE)
ROBOTS = plain.lexicon("mailer-daemon postmaster")
ROBOT_HEADERS = ("list-id", "list-post", "list-unsubscribe", "x-autoreply",
                 "x-autorespond", "feedback-id")  # fmt: skip
BULK = plain.lexicon("bulk junk list auto_reply")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a header says. `sender` is empty when it names no single mailbox."""

    sender: str = ""
    name: str = ""
    subject: str = ""  # decoded, without Re: and Fwd:
    message_id: str = ""
    references: tuple[str, ...] = ()  # the thread, nearest first
    forwarded: bool = False
    automatic: bool = False
    results: tuple[str, ...] = ()  # Authentication-Results, topmost first


def read(raw: bytes) -> Heading:
    """Read the header of a mail, or of what is given of it. Never raises."""
    values = _values(raw[:MOST_BYTES])
    sender, name = _sender(values.get("from", []))
    subject = decoded(_one(values, "subject"))
    return Heading(
        sender=sender,
        name=name,
        subject=without_prefixes(subject),
        message_id=next(iter(ID.findall(_one(values, "message-id"))), ""),
        references=_references(values),
        forwarded=FORWARDED.match(subject) is not None,
        automatic=_is_automatic(values, sender),
        results=tuple(values.get("authentication-results", ())),
    )


def decoded(raw: str) -> str:
    """Return a header's words on one line, its encoded words (RFC 2047) decoded."""
    text = _piece(raw.encode("utf-8", "surrogateescape"), "")
    try:
        pieces = decode_header(text[:LONGEST])
    except (MessageError, ValueError, LookupError):
        return plain.squash(text[:LONGEST])
    words = (
        piece if isinstance(piece, str) else _piece(piece, charset or "")
        for piece, charset in pieces
    )
    return plain.squash("".join(words))


def text_of(data: bytes, charset: str) -> str:
    """Return text by what is declared, by what it is, or by a guess; "" for none."""
    return plain.clean(_text_of(data, charset))


def without_prefixes(subject: str) -> str:
    """Return a subject without any Re:, Fwd: or [EXT] before it."""
    while (found := PREFIX.match(subject)) is not None:
        subject = subject[found.end() :]
    return subject.strip()


def display_name(raw: str) -> str:
    """Return the name that stands before an address, or nothing."""
    name = plain.excerpt(decoded(raw.partition("<")[0]).strip("\"'* "), 100)
    return "" if "@" in name else name


def name(sender: str, message_id: str, header: bytes = b"") -> str:
    """Return the name of a mail: of one sender, so that nobody takes another's."""
    own = message_id.encode("utf-8", "surrogateescape") or header
    digest = hashlib.sha256(sender.encode("utf-8", "replace") + b"\0" + own)
    return f"mail:{digest.hexdigest()[:24]}"


def shown(heading: Heading, arrived: datetime, *, refused: bool) -> str:
    """Name a mail without its words; of a refused sender's mails there is one."""
    sender = address.mask(heading.sender) if heading.sender else "nobody"
    if refused and heading.sender:
        return sender
    return f"mail from {sender}, {arrived:%Y-%m-%d %H:%M} UTC"


def _text_of(data: bytes, charset: str) -> str:
    name = charset.strip().lower()
    known = CHARSET.fullmatch(name) is not None
    names = ["utf-8", name] if known and not SEVEN_BIT.match(name) else ["utf-8"]
    if known and SEVEN_BIT.match(name):
        names = [name]
    for one in names:
        try:
            return data.decode("cp1252" if LATIN.fullmatch(one) else one)
        except (ValueError, LookupError):
            continue
    found = encoding.decode(data)
    return found.text if found else ""


def _piece(data: bytes, charset: str) -> str:
    """Decode a few words: too few to guess from."""
    known = CHARSET.fullmatch(charset.strip().lower()) is not None
    return _text_of(data, charset if known else "windows-1252")


def _values(raw: bytes) -> dict[str, list[str]]:
    """Return every header by its lower-case name, unfolded and bounded."""
    try:
        message: Message = BytesHeaderParser().parsebytes(raw)
        items = list(message.raw_items())
    except (MessageError, ValueError, LookupError, RecursionError):
        return {}
    values: dict[str, list[str]] = {}
    for name, value in items:
        unfolded = re.sub(r"\r?\n(?=[ \t])|[\r\n]", "", str(value)[:LONGEST])
        values.setdefault(name.lower(), []).append(unfolded)
    return values


def _one(values: dict[str, list[str]], name: str) -> str:
    return values.get(name, [""])[0]


def _sender(values: list[str]) -> tuple[str, str]:
    """Return address and name of the one mailbox that a mail is from, or nothing."""
    if len(values) != 1:
        return "", ""
    raw = values[0].strip()
    name = raw.rpartition("<")[0]
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", name)
    if any(sign in bare for sign in "@,;:()") or not raw.isprintable():
        return "", ""
    try:
        found = address.sender(raw)
    except ValueError:
        return "", ""
    return found.address.lower(), display_name(name) if "<" in raw else ""


def _references(values: dict[str, list[str]]) -> tuple[str, ...]:
    near = ID.findall(_one(values, "in-reply-to"))
    far = reversed(ID.findall(_one(values, "references")))
    return tuple(dict.fromkeys([*near, *far]))[:MOST_REFERENCES]


def _is_automatic(values: dict[str, list[str]], sender: str) -> bool:
    """Whether no person wrote it: an answering machine, a bounce, a list."""
    submitted = _one(values, "auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or _one(values, "precedence").strip().lower() in BULK
        or _one(values, "return-path").strip() == "<>"
        or _one(values, "content-type").lower().startswith("multipart/report")
        or sender.partition("@")[0] in ROBOTS
        or any(name in values for name in ROBOT_HEADERS)
    )
