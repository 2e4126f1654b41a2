"""A mail in words, before it is frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.model import MailingKind


@dataclass(frozen=True, slots=True)
class Bulk:
    """What makes a mail one of a list (RFC 2369, 2919, 5064, 8058).

    `identifier` is the list's id for ever; readers' filters hang on it.
    `unsubscribe` is the address that one click posts to.
    """

    title: str
    identifier: str
    unsubscribe: str
    unsubscribe_mail: str = ""
    subscribe: str = ""
    archive: str = ""
    archived_at: str = ""
    feedback_id: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a message says. `html` is empty for a text-only one.

    `placeholders` maps span names to the stand-ins that the texts and addresses
    here contain; `to`, `message_id` and `date` are put in by `mime.freeze`.
    """

    kind: MailingKind
    sender_name: str
    sender: str
    subject: str
    text: str
    placeholders: Mapping[str, str] = field(repr=False)
    html: str = ""
    language: str = ""
    reply_to: str = ""
    bulk: Bulk | None = None
