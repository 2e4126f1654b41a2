"""What a message costs: splicing against joining bytes, and against rendering anew.

The message is cut once, as a delivery round does. Yardsticks of the same run: a bare
b"".join of the same pieces and values, and the standard library's EmailMessage built
for one recipient.
"""

import sys
import timeit
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dispatch.compose import variant
from dispatch.compose.splice import cut
from dispatch.model import Choice
from support import composing

VALUES = {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnopqrstuvwx@courier.example",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "delivery": b"abcdefghijklmnopqrstuvwx",
    "unsubscribe": b"u" * 40,
    "preferences": b"p" * 40,
}
ROUNDS, REPEATS = 20_000, 7


def best(work, rounds=ROUNDS):
    """Return the seconds one call takes, in the quickest of several runs."""
    return min(timeit.repeat(work, number=rounds, repeat=REPEATS)) / rounds


def pieces(frozen):
    """Return the message cut at its spans, values in."""
    found, start = [], 0
    for span in frozen.spans:
        found += [frozen.data[start : span.start], VALUES[span.name]]
        start = span.end
    return [*found, frozen.data[start:]]


def by_library(made):
    """Build the same message for one recipient the usual way."""
    message = EmailMessage()
    message["From"] = "The Daily Courier <daily@courier.example>"
    message["To"] = VALUES["to"].decode()
    message["Subject"] = made.variant.subject
    message.set_content(made.variant.text)
    message.add_alternative(made.variant.html, subtype="html")
    return message.as_bytes()


def main():
    made = variant.make(
        composing.press(),
        newsletter=composing.DAILY,
        issue=composing.ISSUE,
        choice=Choice(),
        articles=composing.day(),
        now=composing.SLOT,
    )
    known, original = pieces(made.frozen), cut(made.frozen)
    assert original.fill(VALUES) == b"".join(known)
    spliced = best(lambda: original.fill(VALUES))
    joined = best(lambda: b"".join(known))
    library = best(lambda: by_library(made), 20)
    size, spans = len(made.frozen.data) / 1000, len(made.frozen.spans)
    print(
        f"splice of {size:.0f} kB with {spans} spans: {spliced / joined:.1f} x a bare "
        f"join ({spliced * 1e6:.1f} us), 1/{library / spliced:.0f} of an EmailMessage"
    )


if __name__ == "__main__":
    main()
