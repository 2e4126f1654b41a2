"""SCRAM-SHA-256 (RFC 5802, RFC 7677): prove that we know the password, without it.

Pure: texts in, texts out. The server proves that it knows it, too; one that cannot is
an impostor. Channel binding is not offered: certificates are verified anyway.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass

LEAST_ROUNDS, MOST_ROUNDS = 4096, 1_000_000  # a hostile server could ask for years
NO_BINDING = "n,,"


class ScramError(ValueError):
    """What the server said is no SCRAM, or not from one that knows the password."""


@dataclass(frozen=True, slots=True)
class Client:
    """One login. `nonce` is random, printable and without comma."""

    username: str
    password: str
    nonce: str

    def first(self) -> str:
        """Return what the client says first."""
        return NO_BINDING + self._first_bare()

    def final(self, challenge: str) -> tuple[str, str]:
        """Return the proof for a server's challenge, and what the server must answer.

        Raises ScramError.
        """
        told = _attributes(challenge)
        nonce, rounds = told.get("r", ""), told.get("i", "")
        if not nonce.startswith(self.nonce) or nonce == self.nonce:
            raise ScramError("The server's challenge is not for us.")
        count = int(rounds) if rounds.isdecimal() and len(rounds) < 9 else 0  # noqa: PLR2004 - digits
        if not LEAST_ROUNDS <= count <= MOST_ROUNDS:
            raise ScramError("The server asks for too few or too many rounds.")
        salted = hashlib.pbkdf2_hmac(
            "sha256", _prepared(self.password), _decoded(told.get("s", "")), count
        )
        binding = base64.b64encode(NO_BINDING.encode()).decode()
        bare = f"c={binding},r={nonce}"
        said = f"{self._first_bare()},{challenge},{bare}".encode()
        key = _mac(salted, b"Client Key")
        signature = _mac(hashlib.sha256(key).digest(), said)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        expected = _mac(_mac(salted, b"Server Key"), said)
        return f"{bare},p={_encoded(proof)}", f"v={_encoded(expected)}"

    def _first_bare(self) -> str:
        name = _prepared(self.username).decode()
        escaped = name.replace("=", "=3D").replace(",", "=2C")
        return f"n={escaped},r={self.nonce}"


def same(expected: str, said: str) -> bool:
    """Compare what the server proved in constant time."""
    return hmac.compare_digest(expected.encode(), said.encode())


def _attributes(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(","))
    return {name: value for name, _, value in parts}


def _prepared(text: str) -> bytes:
    """Bring a name or password into the one form that both sides compute with."""
    return unicodedata.normalize("NFKC", text).encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ScramError("The server's challenge cannot be read.") from error


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
