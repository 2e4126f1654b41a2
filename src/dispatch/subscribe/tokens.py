"""Signed links and keyed hashes: everything that hangs on the secret key.

Tokens are untimed, of one length and bound to one purpose: the same subscription
always gets the same bytes, so that a second try of a message is the same message.
Nobody but the holder of the key can make one, and a token for one purpose never
reads for another. All text here is lower-case letters and the digits 2 to 7: it
survives mail programs that guess where a link ends, and case-folding.
"""

import base64
import binascii
import hashlib
import hmac
import re
from typing import Literal

from itsdangerous import Signer

# "feed" names a private feed, "proof" what an editor is shown; others a subscription.
Purpose = Literal["unsubscribe", "preferences", "confirm", "feed", "proof"]

LENGTH = 40  # 8 bytes of number and 17 bytes of signature, five bits a character
SHORT_LENGTH = 24  # 5 bytes of number and 10 bytes of signature
BOUNCE_LENGTH = SHORT_LENGTH + 1  # after the sign of the key that made it

_NUMBER_BYTES, _MAC_BYTES = 8, 17
_SHORT_NUMBER_BYTES, _SHORT_MAC_BYTES = 5, 10
_HOOK_BYTES = 20
_RUN = re.compile(r"(?<![a-z0-9])[a-z2-7]{24,40}(?![a-z0-9])")
_MOST_RUNS = 16  # looked at in one text; each costs a signature


class Tokens:
    """Makes and reads tokens under one secret key. `key` is at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:  # noqa: PLR2004 - said in the message
            raise ValueError("The secret key must have at least 16 bytes.")
        self._key = key
        self._derived: dict[str, bytes] = {}
        self.key_sign = _text(self._mac("key", b""))[0]

    def make(self, purpose: Purpose, subject: int) -> str:
        """Return the token of `subject` for `purpose`: always the same text."""
        number = subject.to_bytes(_NUMBER_BYTES, "big")
        return _text(number + self._mac(purpose, number)[:_MAC_BYTES])

    def read(self, purpose: Purpose, token: str) -> int | None:
        """Return the subject that `token` names, or None for anything else."""
        number = _number(token, LENGTH, _NUMBER_BYTES)
        if number is None or not _same(token, self.make(purpose, number)):
            return None
        return number

    def message_id(self, delivery: int) -> str:
        """Return the left half of a delivery's Message-ID, the same at every try."""
        return self._short("message", delivery)

    def bounce(self, delivery: int) -> str:
        """Return what names a delivery in its return path (VERP) and in a header.

        It begins with the sign of the key: a report about mail that was signed with
        another key can be told from a forgery.
        """
        return self.key_sign + self._short("bounce", delivery)

    def read_bounce(self, text: str) -> int | None:
        """Return the delivery that a return path names, or None if we never made it."""
        number = _number(text[1:], SHORT_LENGTH, _SHORT_NUMBER_BYTES)
        if number is None or not _same(text, self.bounce(number)):
            return None
        return number

    def find_delivery(self, text: str) -> int | None:
        """Return the delivery that a token anywhere in `text` names, or None.

        Both kinds are known, of return paths and of Message-IDs; capitals, which some
        mail servers make of an address, are read as small letters.
        """
        for run in _runs(text):
            found = self.read_bounce(run)
            if found is None:
                found = self._read_message_id(run)
            if found is not None:
                return found
        return None

    def find_leaver(self, text: str) -> int | None:
        """Return the subscription that an unsubscribe token in `text` names."""
        found = (self.read("unsubscribe", run) for run in _runs(text))
        return next((number for number in found if number is not None), None)

    def _read_message_id(self, text: str) -> int | None:
        number = _number(text, SHORT_LENGTH, _SHORT_NUMBER_BYTES)
        if number is None or not _same(text, self.message_id(number)):
            return None
        return number

    def hook(self, name: str) -> str:
        """Return the secret part of the address that a provider reports to."""
        return _text(self._mac("hook", name.encode())[:_HOOK_BYTES])

    def mailbox_hash(self, mailbox: str) -> str:
        """Return the keyed hash of a comparable address, as hexadecimal digits.

        It finds a suppressed address again without keeping the address.
        """
        return self._mac("mailbox", mailbox.encode()).hex()

    def _short(self, purpose: str, delivery: int) -> str:
        number = delivery.to_bytes(_SHORT_NUMBER_BYTES, "big")
        return _text(number + self._mac(purpose, number)[:_SHORT_MAC_BYTES])

    def _mac(self, purpose: str, value: bytes) -> bytes:
        """Return what the signer would, deriving the purpose's key only once."""
        key = self._derived.get(purpose)
        if key is None:
            signer = Signer(
                self._key,
                salt=f"dispatch.{purpose}",
                key_derivation="hmac",
                digest_method=hashlib.sha256,
            )
            key = self._derived[purpose] = signer.derive_key()
        return hmac.digest(key, value, "sha256")


def _text(value: bytes) -> str:
    return base64.b32encode(value).decode().lower()


def _number(token: str, length: int, width: int) -> int | None:
    """Return the number at the head of a token, signature unchecked."""
    if len(token) != length or not token.isascii():
        return None
    try:
        value = base64.b32decode(token.upper())
    except binascii.Error:
        return None
    return int.from_bytes(value[:width], "big")


def _runs(text: str) -> list[str]:
    """Return what may be tokens in a text."""
    return _RUN.findall(text.lower())[:_MOST_RUNS]


def _same(one: str, other: str) -> bool:
    """Compare in constant time; a token in capitals is not ours."""
    return hmac.compare_digest(one.encode(), other.encode())
