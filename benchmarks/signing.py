"""What it costs to sign a digest for one reader, against the bare RSA signature.

A real digest is spliced for one reader and signed (RSA-2048, relaxed/relaxed): with its
body's hash put together from what is reckoned once for all readers, as delivering does,
and with the whole body hashed anew, as it would be without.
"""

import sys
import timeit
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from dispatch.compose import variant
from dispatch.compose.splice import splice
from dispatch.deliver import dkim, relaxed
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
ROUNDS, REPEATS = 300, 7


def best(work):
    """Return the seconds one call takes, in the quickest of several runs."""
    return min(timeit.repeat(work, number=ROUNDS, repeat=REPEATS)) / ROUNDS


def bare_signature(key):
    """The yardstick: a signature over the hash of about what the headers come to."""
    return key.sign(b"x" * 1_000, padding.PKCS1v15(), hashes.SHA256())


def main():
    frozen = variant.make(
        composing.press(),
        newsletter=composing.DAILY,
        issue=composing.ISSUE,
        choice=Choice(),
        articles=composing.day(),
        now=composing.SLOT,
    ).frozen
    key = dkim.read(dkim.generate()[0])
    signers = [dkim.Signer("courier.example", "s", key)]
    message, at = splice(frozen, VALUES), composing.SLOT
    prepared = relaxed.prepare(frozen)
    assert prepared.digest(VALUES) == relaxed.whole(message)
    before = best(lambda: bare_signature(key))
    once = best(
        lambda: dkim.sign(message, signers, at=at, body_hash=prepared.digest(VALUES))
    )
    anew = best(lambda: dkim.sign(message, signers, at=at))
    bare = min(before, best(lambda: bare_signature(key)))
    print(
        f"digest of {len(message) / 1000:.0f} kB: signed at {once / bare:.2f} x the "
        f"bare RSA signature ({once * 1e6:.0f} us against {bare * 1e6:.0f}); "
        f"{anew / bare:.2f} x with its body hashed whole each time"
    )


if __name__ == "__main__":
    main()
