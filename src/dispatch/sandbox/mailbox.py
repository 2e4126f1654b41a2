"""What the catcher caught: bounded, thread-safe, and kept over a restart in a folder.

Every message is treated as hostile: whatever does not parse is shown as it can be.
"""

import json
import logging
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from dispatch.errors import StartError
from dispatch.model import Clock

MOST_MESSAGES = 500
MOST_BYTES = 20_000_000
ENVELOPE = b"X-Caught: "

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caught:
    """One message as it arrived. The texts are for show; `raw` is the truth."""

    id: int
    received_at: datetime
    sender: str  # of the envelope
    recipients: tuple[str, ...]  # of the envelope
    raw: bytes = field(repr=False)
    subject: str = ""
    from_: str = ""
    to: str = ""
    date: str = ""
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)


def kept_beside(database: Path | None) -> Path | None:
    """Return the folder that keeps caught mail over a restart, beside a database."""
    return database.parent / "inbox" if database else None


class Mailbox:
    """The newest messages; older ones make room. `folder` keeps them as .eml files."""

    def __init__(
        self,
        clock: Clock,
        folder: Path | None = None,
        *,
        most_messages: int = MOST_MESSAGES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Caught] = OrderedDict()
        self._bytes = 0
        self._next = 1
        if folder is not None:
            self._load(folder)

    def keep(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> Caught:
        """Keep a message, in place of the oldest when there is no room."""
        with self._lock:
            message = parse(self._next, self._clock.now(), sender, recipients, raw)
            self._next += 1
            self._save(message)
            self._add(message)
            return message

    def messages(self) -> tuple[Caught, ...]:
        """Return all messages, newest first."""
        with self._lock:
            return tuple(reversed(self._kept.values()))

    def get(self, message: int) -> Caught | None:
        """Return one message, or None when it is not, or no longer, here."""
        with self._lock:
            return self._kept.get(message)

    def _add(self, message: Caught) -> None:
        self._kept[message.id] = message
        self._bytes += len(message.raw)
        while len(self._kept) > 1 and (
            len(self._kept) > self._most_messages or self._bytes > self._most_bytes
        ):
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.raw)
            self._forget(oldest)

    def _file(self, message: int) -> Path | None:
        return self._folder / f"{message:08d}.eml" if self._folder else None

    def _save(self, message: Caught) -> None:
        file = self._file(message.id)
        if file is None:
            return
        part = file.with_suffix(".part")
        try:
            part.write_bytes(_envelope(message) + message.raw)
            part.replace(file)
        except OSError as error:
            log.warning("caught mail is not kept on disk error=%s", error)

    def _forget(self, message: Caught) -> None:
        file = self._file(message.id)
        if file is not None:
            with suppress(OSError):
                file.unlink()

    def _load(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = sorted(folder.glob("*.eml"))
        except OSError as error:
            raise StartError(
                f"{folder}: the catcher cannot keep mail there ({error.strerror}). "
                "Make it writable."
            ) from error
        for file in files[-self._most_messages :]:
            with suppress(OSError, ValueError, KeyError, TypeError):
                message = _read(file)
                self._add(message)
                self._next = max(self._next, message.id + 1)


def parse(
    number: int, at: datetime, sender: str, recipients: tuple[str, ...], raw: bytes
) -> Caught:
    """Return a message with what can be shown of it; never fails."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    return Caught(
        id=number,
        received_at=at,
        sender=sender,
        recipients=recipients,
        raw=raw,
        subject=_header(message, "Subject"),
        from_=_header(message, "From"),
        to=_header(message, "To"),
        date=_header(message, "Date"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:  # noqa: BLE001 - the library's header parser fails in many ways
        return ""


def _body(message: EmailMessage, kind: str) -> str:
    try:
        part = message.get_body(preferencelist=(kind,))
    except Exception:  # noqa: BLE001 - the same
        return ""
    return "" if part is None else _content(part)


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except Exception:  # noqa: BLE001 - an unknown charset, broken base64 …
        data = part.get_payload(decode=True)
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _envelope(message: Caught) -> bytes:
    kept = {
        "at": message.received_at.isoformat(),
        "sender": message.sender,
        "recipients": message.recipients,
    }
    return ENVELOPE + json.dumps(kept).encode("ascii") + b"\r\n"


def _read(file: Path) -> Caught:
    head, _, raw = file.read_bytes().partition(b"\r\n")
    kept = json.loads(head.removeprefix(ENVELOPE))
    at = datetime.fromisoformat(kept["at"])
    return parse(int(file.stem), at, kept["sender"], tuple(kept["recipients"]), raw)
