"""Read what a mail server says, and tell whose fault a refusal is.

Pure: bytes in, values out. A server is not to be trusted: a reply has a bounded
number of lines and bytes, and nonsense is an error, never a guess.
"""

import re
from enum import StrEnum

from dispatch.model import Phase, Reply

MOST_LINES = 64
MOST_BYTES = 8192
MOST_TEXT = 2048

TEMPORARY = 400  # the first code of its class, RFC 5321 4.2.1
PERMANENT = 500
TOO_MUCH = 552
CLOSING = 421

LINE = re.compile(rb"([2-5]\d\d)([ -]|$)(.*)", re.DOTALL)
ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")


class BadReplyError(ValueError):
    """What the server sent is no SMTP reply; nothing after it can be trusted."""


def take(buffer: bytearray) -> tuple[int, bytes] | None:
    """Take one whole reply off the front of `buffer`, or return None: not all there.

    Returns the code and the texts of its lines, joined by newlines. BadReplyError is
    raised for anything that is no reply, or one without end.
    """
    if not buffer:
        return None
    code, texts, start = 0, [], 0
    while (end := buffer.find(b"\n", start)) >= 0:
        code, last, said = _line(bytes(buffer[start:end]).rstrip(b"\r"), code)
        texts.append(said)
        start = end + 1
        _check_size(len(texts), start)
        if last:
            del buffer[:start]
            return code, b"\n".join(texts)
    _check_size(len(texts), len(buffer))
    return None


def _line(line: bytes, expected: int) -> tuple[int, bool, bytes]:
    """Return one line's code, whether it is the last, and its text."""
    found = LINE.fullmatch(line)
    if not found:
        raise BadReplyError(f"The server sent no SMTP reply but {line[:60]!r}.")
    code = int(found[1])
    if expected not in (0, code):
        raise BadReplyError(f"The server mixed {expected} and {code} in one reply.")
    return code, found[2] != b"-", found[3].strip()


def _check_size(lines: int, size: int) -> None:
    if lines > MOST_LINES or size > MOST_BYTES:
        raise BadReplyError("The server's reply has no end.")


def make(code: int, text: bytes, phase: Phase) -> Reply:
    """Return a reply as a value: text shortened and printable, enhanced code apart."""
    words = text.decode("utf-8", "replace")[:MOST_TEXT]
    clean = "".join(c if c.isprintable() or c == "\n" else "�" for c in words)
    found = ENHANCED.match(clean)
    # RFC 2034: the class must be that of the reply; where it is not, `fault`
    # believes the milder of the two.
    return Reply(code, clean, found[0] if found else "", phase)


def positive(code: int) -> bool:
    """Whether the server did what was asked."""
    return code // 100 == 2  # noqa: PLR2004 - 2yz, RFC 5321 4.2.1


def temporary(code: int) -> bool:
    """Whether the server says that it may do it later."""
    return code // 100 == 4  # noqa: PLR2004 - 4yz, RFC 5321 4.2.1


class Fault(StrEnum):
    """Whose fault a refusal is, and so what it may cost whom."""

    TEMPORARY = "temporary"  # ask again later
    SENDER = "sender"  # ours: login, reputation, policy; never costs a subscriber
    MESSAGE = "message"  # ours: too large, malformed; never costs a subscriber
    FULL = "full"  # the mailbox is full
    RECIPIENT = "recipient"  # the address does not work


LOGIN_CODES = frozenset({530, 534, 535, 538})
MESSAGE_CODES = frozenset({"5.2.3", "5.3.4"})
# The subjects of enhanced codes, RFC 3463 section 3.
ADDRESS, MAILBOX, PROTOCOL, CONTENT, POLICY = 1, 2, 5, 6, 7
RELAY_WORDS = re.compile(
    r"relay(ing)? (access )?denied|not permitted to relay|unable to relay"
    r"|authentication required",
    re.IGNORECASE,
)
SENDER_WORDS = re.compile(
    r"block ?list|black ?list|spamhaus|\bspf\b|\bdkim\b|\bdmarc\b|reputation",
    re.IGNORECASE,
)


def about_relay(reply: Reply) -> bool:
    """Whether a refusal that blames us would meet every recipient."""
    return reply.code in LOGIN_CODES or bool(RELAY_WORDS.search(reply.text))


def fault(reply: Reply) -> Fault:
    """Return whose fault a refusal (4xx or 5xx) is. In doubt, the milder reading."""
    if reply.code < PERMANENT or reply.enhanced.startswith("4."):
        return Fault.TEMPORARY
    for whose, is_it in SIGNS:
        if is_it(reply):
            return whose
    return _by_phase(reply)


def _by_phase(reply: Reply) -> Fault:
    """Say who was judged: before RCPT only we, after DATA only our message."""
    match reply.phase:
        case Phase.RCPT:
            return Fault.RECIPIENT
        case Phase.CONNECT | Phase.MAIL:
            return Fault.MESSAGE if reply.code == TOO_MUCH else Fault.SENDER
        case Phase.DATA | Phase.BODY | Phase.INTENT | Phase.DOT:
            person = _subject(reply) in {ADDRESS, MAILBOX}
            return Fault.RECIPIENT if person else Fault.MESSAGE


def _is_messages(reply: Reply) -> bool:
    return reply.enhanced in MESSAGE_CODES or _subject(reply) in {PROTOCOL, CONTENT}


def _is_senders(reply: Reply) -> bool:
    return (
        reply.code in LOGIN_CODES
        or _subject(reply) == POLICY
        or bool(SENDER_WORDS.search(reply.text))
        or bool(RELAY_WORDS.search(reply.text))
    )


def _is_full(reply: Reply) -> bool:
    """RFC 5321 4.5.3.1.10: a bare 552 to RCPT is to be read as 452."""
    if reply.enhanced:
        return reply.enhanced == "5.2.2"
    return reply.code == TOO_MUCH and reply.phase is Phase.RCPT


def _subject(reply: Reply) -> int:
    """Return the middle of the enhanced code, or -1 without one."""
    return int(reply.enhanced.split(".")[1]) if reply.enhanced else -1


SIGNS = (
    (Fault.MESSAGE, _is_messages),
    (Fault.SENDER, _is_senders),
    (Fault.FULL, _is_full),
)
