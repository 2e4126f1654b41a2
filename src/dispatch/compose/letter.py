"""A mail in words, before it is frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.compose.pictures import Picture
from dispatch.model import MailingKind


@dataclass(frozen=True, slots=True)
class Bulk:
    """What makes a mail one of a list (RFC 2369, 2919, 5064, 8058).

    `identifier` is the list's id for ever; readers' filters hang on it.
    `unsubscribe` is the address that one click posts to. `complaints` is an address
    that takes feedback reports (RFC 9477); its domain must be the sender's.
    """

    title: str
    identifier: str
    unsubscribe: str
    unsubscribe_mail: str = ""
    subscribe: str = ""
    help: str = ""
    owner: str = ""
    archive: str = ""
    archived_at: str = ""
    feedback_id: str = ""
    complaints: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a message says. `html` is empty for a text-only one.

    `picture` goes with the HTML if that shows it.

    `placeholders` maps span names to the stand-ins that the texts and addresses
    here contain; `to`, `message_id`, `date` and `delivery` are put in by `mime.freeze`.
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
    picture: Picture | None = None
