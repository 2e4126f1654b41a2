"""What the columns of a list mean, and the words in them.

Knows the headers of Mailchimp, listmonk, Ghost, MailPoet, Buttondown and Substack, and
of our own export.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from dispatch.model import SuppressionReason


class Field(StrEnum):
    """What we take from a list; `--map FIELD="Header"` names one by hand."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    STATUS = "status"
    GLOBAL_STATUS = "global_status"
    SUBSCRIBED = "subscribed"
    TYPE = "type"
    SUPPRESSED = "suppressed"
    CONFIRMED_AT = "confirmed_at"
    OPTED_IN_AT = "opted_in_at"
    CONFIRMED_IP = "confirmed_ip"
    OPTED_IN_IP = "opted_in_ip"
    LEFT_AT = "left_at"
    TOPICS = "topics"
    FORMAT = "format"
    CADENCE = "cadence"
    LANGUAGES = "languages"


# Headers are compared in lower case, with every run of other characters than letters
# and digits as one space. Within a field the first one that a file has wins.
HEADERS: dict[Field, tuple[str, ...]] = {
    Field.EMAIL: (
        "email address",
        "email",
        "e mail address",
        "e mail",
        "subscriber email",
        "mail",
        "e mail adresse",
        "adresse e mail",
        "correo electrónico",
    ),
    Field.NAME: ("name", "full name", "subscriber name"),
    Field.FIRST_NAME: ("first name", "firstname", "fname", "given name"),
    Field.LAST_NAME: ("last name", "lastname", "lname", "surname", "family name"),
    Field.STATUS: ("list status", "subscription status", "status"),
    Field.GLOBAL_STATUS: ("global status", "subscriber status"),
    Field.SUBSCRIBED: ("subscribed to emails", "subscribed", "email marketing"),
    Field.TYPE: ("subscriber type", "type", "state"),
    Field.SUPPRESSED: ("suppressed",),
    Field.CONFIRMED_AT: ("confirm time", "confirmed at", "confirmation date"),
    Field.OPTED_IN_AT: (
        "optin time",
        "opt in time",
        "subscribed at",
        "signup date",
        "sign up date",
        "subscription date",
        "creation date",
        "created at",
        "start date",
        "date added",
    ),
    Field.CONFIRMED_IP: ("confirm ip", "confirmed ip", "confirmation ip"),
    Field.OPTED_IN_IP: (
        "optin ip",
        "opt in ip",
        "subscribed ip",
        "signup ip",
        "ip address",
        "ip",
    ),
    Field.LEFT_AT: (
        "unsub time",
        "clean time",
        "unsubscribed at",
        "unsubscribe date",
        "unsubscription date",
        "last unsubscribed at",
    ),
    Field.TOPICS: ("topics",),
    Field.FORMAT: ("format",),
    Field.CADENCE: ("cadence",),
    Field.LANGUAGES: ("languages",),  # "language" is how others address somebody
}

ACTIVE = frozenset(
    {
        *("subscribed", "active", "enabled", "confirmed", "regular", "premium", "free"),
        *("paid", "comped", "gifted", "paused", "true", "yes", "1"),
    }
)
UNCONFIRMED = frozenset(
    {
        *("unconfirmed", "pending", "unactivated", "not confirmed", "non subscribed"),
        *("nonsubscribed", "transactional"),
    }
)
OPT_OUTS = {
    "unsubscribed": SuppressionReason.UNSUBSCRIBED,
    "removed": SuppressionReason.UNSUBSCRIBED,
    "disabled": SuppressionReason.UNSUBSCRIBED,
    "blocklisted": SuppressionReason.UNSUBSCRIBED,
    "blocked": SuppressionReason.UNSUBSCRIBED,
    "erased": SuppressionReason.ERASED,
    "manual": SuppressionReason.MANUAL,
    "false": SuppressionReason.UNSUBSCRIBED,
    "no": SuppressionReason.UNSUBSCRIBED,
    "0": SuppressionReason.UNSUBSCRIBED,
    "cleaned": SuppressionReason.BOUNCED,
    "bounced": SuppressionReason.BOUNCED,
    "undeliverable": SuppressionReason.BOUNCED,
    "suspended": SuppressionReason.BOUNCED,
    "complained": SuppressionReason.COMPLAINT,
    "complaint": SuppressionReason.COMPLAINT,
    "spammy": SuppressionReason.COMPLAINT,
}

_NOT_WORDS = re.compile(r"[\W_]+")


def normal(header: str) -> str:
    """Return a header in the form in which headers are compared."""
    return _NOT_WORDS.sub(" ", header.casefold()).strip()


def recognise(
    header: Sequence[str], mapping: Mapping[Field, str] | None = None
) -> dict[Field, int]:
    """Return the place of every field that `header` has.

    `mapping` names headers by hand and goes before our own knowledge. A mapped header
    that is not there is not in the result either.
    """
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        places.setdefault(normal(cell), place)
    known = {
        field: (normal(mapping[field]),) if mapping and field in mapping else names
        for field, names in HEADERS.items()
    }
    found = {
        field: next((places[name] for name in names if name in places), None)
        for field, names in known.items()
    }
    return {field: place for field, place in found.items() if place is not None}


def opt_out(status: str) -> SuppressionReason | None:
    """Return why a status means no mail, or None when it means mail.

    Raises ValueError, with a sentence, for a status that means neither: people who
    never confirmed, and words nobody told us about.
    """
    word = normal(status)
    if not word or word in ACTIVE:
        return None
    if word in OPT_OUTS:
        return OPT_OUTS[word]
    if word in UNCONFIRMED:
        raise ValueError("They never confirmed that they want mail.")
    raise ValueError(f"Its status, {word[:40]!r}, is neither yes nor no.")


def opt_out_in_type(word: str) -> SuppressionReason | None:
    """Do the same for a column that may mean something else, as a US state does."""
    word = normal(word)
    return opt_out(word) if word in OPT_OUTS or word in UNCONFIRMED else None
