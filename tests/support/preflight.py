"""Messages to look at: a good digest, and what can be wrong with it."""

from dispatch.compose import letterhead, mime, placeholders
from dispatch.compose.letter import Letter
from dispatch.compose.preflight import Sample, inspect
from dispatch.compose.splice import splice
from dispatch.model import MailingKind
from support.composing import DAILY, press

MARKS = placeholders.make("preflight")
VALUES = {
    "to": b"reader@example.org",
    "message_id": b"preflight@courier.example",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "delivery": b"preflight",
    **dict.fromkeys(("unsubscribe", "preferences", "confirm"), b"u" * 40),
}
OUT = f"https://news.courier.example/unsubscribe/{MARKS['unsubscribe']}"
TEXT = (
    "THE DAILY\n\nBridge closes, and the ferry runs twice.\n"
    f"https://courier.example/bridge\n\nUnsubscribe: {OUT}\n"
)
HTML = (
    '<!DOCTYPE html><html lang="en"><head><title>The Daily</title></head>'
    '<body style="background-color:#ffffff"><h1 style="color:#111111">THE DAILY</h1>'
    '<p style="color:#222222">{body}<a style="color:#0b5394" '
    'href="https://courier.example/bridge">Bridge closes</a>, and the ferry runs twice.'
    '</p><p style="color:#222222">'
    f'<a style="color:#0b5394" href="{OUT}">Unsubscribe</a></p></body></html>'
)
PAGE = HTML.format(body="")


def page(body):
    """The page with something more in it."""
    return HTML.format(body=body)


def message(**changes):
    """The bytes of a digest, as a mailbox holds them."""
    given = {
        "kind": MailingKind.ISSUE,
        "sender_name": "The Daily Courier",
        "sender": "daily@courier.example",
        "subject": "Bridge closes",
        "text": TEXT,
        "html": PAGE,
        "language": "en",
        "placeholders": MARKS,
        "bulk": letterhead.bulk(
            press(), DAILY, MARKS, kind="issue", issue="daily-2026-03-04"
        ),
    }
    letter = Letter(**{**given, **changes})
    return mime.unstuff(splice(mime.freeze(letter), VALUES))


def sample(raw=None, *, away=True, known="", **changes):
    return Sample(
        raw=message(**changes) if raw is None else raw,
        recipient="reader@example.org",
        sender="daily@courier.example",
        away=away,
        marks=tuple(MARKS.values()),
        known=known,
    )


def said(level, raw=None, **changes):
    """What is said at a level: check → the sentences."""
    found = inspect(sample(raw, **changes)).remarks
    told = {}
    for one in found:
        if one.level == level:
            told.setdefault(one.check, []).append(one.says)
    return told
