"""What a message costs: splicing against joining bytes, and against rendering anew.

Yardsticks of the same run: a bare b"".join of the same number of pieces, cut
beforehand, and the standard library's EmailMessage built for one recipient.
"""

import sys
import timeit
from email.message import EmailMessage
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dispatch.compose import variant
from dispatch.compose.splice import splice
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
    cut, start = [], 0
    for span in frozen.spans:
        cut += [frozen.data[start : span.start], VALUES[span.name]]
        start = span.end
    return [*cut, frozen.data[start:]]


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
    cut = pieces(made.frozen)
    assert splice(made.frozen, VALUES) == b"".join(cut)
    spliced = best(lambda: splice(made.frozen, VALUES))
    joined = best(lambda: b"".join(cut))
    library = best(lambda: by_library(made), 20)
    size, spans = len(made.frozen.data) / 1000, len(made.frozen.spans)
    print(
        f"splice of {size:.0f} kB with {spans} spans: {spliced / joined:.1f} x a bare "
        f"join ({spliced * 1e6:.1f} us), 1/{library / spliced:.0f} of an EmailMessage"
    )


if __name__ == "__main__":
    main()
