"""A mailbox that is read and never touched: EXAMINE, BODY.PEEK, no flag, no move.

Which server is asked is the operator's own choice, so that one inside the house is
fine; but a password goes in clear text to nobody but this very machine.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from dispatch.collect import imap
from dispatch.collect.imap import DEFAULT_LIMITS, Client, Context, Limits
from dispatch.errors import SourceError
from dispatch.model import SourceSettings
from dispatch.text import urls

MOST_HEADER = 200_000
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
          "Dec")  # fmt: skip
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
BEYOND_ASCII = re.compile(r"[^\x20-\x7e]+")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b", re.IGNORECASE)
ARRIVED = re.compile(
    rb'\bINTERNALDATE "([ \d]\d)-([A-Za-z]{3})-(\d{4}) '
    rb'(\d\d:\d\d:\d\d) ([+-]\d{4})"',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message before it is fetched: its size, its header."""

    uid: int
    size: int
    arrived: datetime | None
    header: bytes


class Mailbox:
    """An opened mailbox. Every method raises SourceError, with a sentence."""

    def __init__(self, client: Client, where: str, limits: Limits) -> None:
        self._client = client
        self._where = where
        self._refusal = f"{where} refuses to list or fetch its mails."
        self._limits = limits
        self.uidvalidity = 0

    def examine(self, name: str) -> None:
        """Open the mailbox `name` for reading only."""
        with imap.in_words(self._where):
            answer, _ = self._client.select(wire_name(name), readonly=True)
            said = self._client.response("UIDVALIDITY")[1][0]
            valid = isinstance(said, bytes) and said.isdigit()
        if answer != "OK":
            raise SourceError(
                f"{self._where} has no mailbox “{name}”, or does not let us read it. "
                "Mend `mailbox`."
            )
        if not valid:
            raise SourceError(f"{self._where} numbers its mails in no lasting way.")
        self.uidvalidity = int(said or 0)

    def uids(self, *, after: int, since: date | None = None) -> list[int]:
        """Return the numbers of the messages beyond `after`, oldest first.

        `since`: only those that arrived on that day or later.
        """
        wanted = f"UID {after + 1}:*"
        if since is not None:
            day = f"{since.day}-{MONTHS[since.month - 1]}-{since.year}"
            wanted += f" SINCE {day}"
        with imap.in_words(self._where):
            found = imap.numbers(self._client.ask(self._refusal, "SEARCH", wanted))
        return sorted(uid for uid in found if uid > after)  # `*` may be below `after`

    def envelope(self, uid: int) -> Envelope | None:
        """Return size, arrival and header of a message; None for one that is gone."""
        items = f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.{MOST_HEADER}>)"
        with imap.in_words(self._where):
            found = self._fetch(uid, items, b"BODY[HEADER]")
            if found is None:
                return None
            about, header = found
            size = SIZE.search(about)
            return Envelope(
                uid,
                int(size[1]) if size else self._limits.most_bytes + 1,
                _moment(about),
                header,
            )

    def message(self, uid: int) -> bytes | None:
        """Return a whole message; None for one that is gone."""
        with imap.in_words(self._where):
            found = self._fetch(
                uid, "(UID BODY.PEEK[])", b"BODY[]", self._limits.most_bytes
            )
        return None if found is None else found[1]

    def _fetch(
        self, uid: int, items: str, wanted: bytes, size: int = MOST_HEADER
    ) -> tuple[bytes, bytes] | None:
        """Return what stood around the wanted literal, and the literal itself."""
        parts = self._client.ask(self._refusal, "FETCH", str(uid), items, room=size)
        around, literal = [], None
        for part in parts:
            if isinstance(part, tuple):
                around.append(part[0])
                if literal is None and wanted in part[0].upper():
                    literal = part[1]
            elif isinstance(part, bytes):
                around.append(part)
        return None if literal is None else (b" ".join(around), literal)


@contextmanager
def opened(
    source: SourceSettings,
    *,
    tls: Context | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Mailbox]:
    """Connect, log in and open the mailbox of `source`; say goodbye at the end.

    Raises SourceError: no server, no trusted certificate, no login, no mailbox.
    """
    check(source)
    client = imap.connect(source, tls, limits)
    try:
        mailbox = Mailbox(client, f"{source.host}:{source.port}", limits)
        mailbox.examine(source.mailbox)
        yield mailbox
    finally:
        client.leave()


def wire_name(name: str) -> str:
    """Return a mailbox's name as IMAP writes it: modified UTF-7, in quotes."""
    escaped = BEYOND_ASCII.sub(_encoded, name.replace("&", "&-"))
    bare = escaped.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{bare}"'


def _encoded(found: re.Match[str]) -> str:
    data = base64.b64encode(found[0].encode("utf-16-be", "replace"))
    return "&" + data.decode("ascii").rstrip("=").replace("/", ",") + "-"


def check(source: SourceSettings) -> None:
    """Refuse what could not be sent, or not be sent safely."""
    if not source.host or not source.username:
        raise SourceError("It needs `host`, `username` and `password_file`.")
    if source.security == "none" and not urls.is_loopback(source.host):
        raise SourceError(
            f"{source.host}: without TLS the password would go through the network in "
            'clear text. Set security = "tls" or "starttls".'
        )
    said = (source.host, source.username, source.password, source.mailbox)
    if any(CONTROLS.search(one) for one in said):
        raise SourceError(
            "Its host, username, password or mailbox has a line break or another "
            "control character in it."
        )


def _moment(about: bytes) -> datetime | None:
    found = ARRIVED.search(about)
    if found is None:
        return None
    day, month, year, clock, zone = (part.decode("ascii") for part in found.groups())
    month = f"{1 + MONTHS.index(month.title())}" if month.title() in MONTHS else "0"
    try:
        moment = datetime.strptime(
            f"{int(day)} {month} {year} {clock} {zone}", "%d %m %Y %H:%M:%S %z"
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
