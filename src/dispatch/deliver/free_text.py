"""Bounces in plain words, of servers that know no RFC 3464: the one file with flufl.

It knows dozens of old dialects, and so whether a text is a bounce at all. Why it came
back it does not know: that is read from the text itself by `deliver.blame`.
"""

import logging
from email.message import Message

from flufl import bounce

from dispatch.model import ReportKind

MOST_TEXT = 16 * 1024
NOBODY = "nobody@dispatch.invalid"  # some dialects fall over a mail without From

# It logs a traceback, with the mail's words in it, for whatever a detector trips over.
logging.getLogger("flufl.bounce").disabled = True


def kind_of(header: Message, text: str) -> ReportKind | None:
    """Return what a plain text says of our mail, or None: it is no bounce."""
    plain = Message()
    for name, missing in (("from", NOBODY), ("subject", ""), ("to", NOBODY)):
        given = " ".join(str(header.get(name, "")).split())[:200]
        plain[name] = given or missing
    plain["content-type"] = 'text/plain; charset="utf-8"'
    plain.set_payload(text[:MOST_TEXT])
    try:
        temporary, permanent = bounce.all_failures(plain)
    except Exception:  # noqa: BLE001 - whatever a hostile text does to thirty dialects
        return None
    if permanent:
        return ReportKind.FAILED
    return ReportKind.DELAYED if temporary else None
