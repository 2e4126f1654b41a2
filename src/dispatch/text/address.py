"""Email addresses: is this one, which mailbox does it mean, how may it be shown.

Every address that comes out of here is plain ASCII on one line: it can stand in a
header, in an SMTP command and in a page without a second look. No network is asked.
"""

import re
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
LONGEST_LOCAL = 64  # section 4.5.3.1.1: servers may refuse what is longer

# What copying from a page, a mail or a spreadsheet leaves at the ends.
_TRIM = " \t\r\n\u00a0\u200b\u200c\u200d\u2060\ufeff"
_SENDER = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<plain>[^"<>]*))<([^<>]+)>'
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address to write to, and the form in which two addresses are compared.

    `address` keeps the letters before the @ as typed, because a few servers tell
    capitals apart; `mailbox` is all lower-case. In both the domain is lower-case
    and in its ASCII form.
    """

    address: str
    mailbox: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a message is from: a name for people, maybe empty, and an address."""

    name: str
    address: str


def parse(text: str) -> Mailbox:
    """Return the mailbox that `text` names.

    Raises ValueError with a sentence for people. The sentence never repeats `text`.
    """
    trimmed = text.strip(_TRIM)
    if not trimmed:
        raise ValueError("There is no address.")
    if len(trimmed) > LONGEST:
        raise ValueError(f"An address has at most {LONGEST} characters.")
    try:
        found = validate_email(trimmed, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(_reason(trimmed)) from error
    if not found.local_part.isascii():
        raise ValueError(
            "The part before the @ has letters that not every mail server accepts."
        )
    domain = (found.ascii_domain or found.domain).lower()
    address = f"{found.local_part}@{domain}"
    return Mailbox(address, address.lower())


def sender(text: str) -> Sender:
    """Read "Display Name <address>" or an address alone.

    Raises ValueError with a sentence.
    """
    trimmed = text.strip(_TRIM)
    if not trimmed.isprintable():
        raise ValueError("A sender stands on one line, without control characters.")
    match = _SENDER.fullmatch(trimmed)
    if match is None:
        if "<" in trimmed:
            raise ValueError('A sender looks like "Display Name <news@example.org>".')
        return Sender("", parse(trimmed).address)
    quoted, plain, address = match.groups()
    name = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return Sender(" ".join(name.split()), parse(address).address)


def mask(address: str) -> str:
    """Return the address as a page or a log may show it: a…@example.org."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}…@{host}"


def domain(address: str) -> str:
    """Return the part after the @, lower-case."""
    return address.rpartition("@")[2].lower()


def _reason(text: str) -> str:
    """Say what is wrong, without the library's habit of quoting the input."""
    local, at, host = text.rpartition("@")
    faults = (
        (not at, "An address needs an @, as in name@example.org."),
        (not local or not host, "An address needs something on both sides of the @."),
        ("@" in local, "An address has one @ only."),
        (
            len(local) > LONGEST_LOCAL,
            f"The part before the @ has at most {LONGEST_LOCAL} characters.",
        ),
        (any(map(str.isspace, text)), "An address has no spaces."),
        (
            "." not in host,
            "The part after the @ needs a dot, as in example.org.",
        ),
        (True, "This is not an address that mail can be sent to."),
    )
    return next(said for wrong, said in faults if wrong)
