"""Sign mail: DKIM (RFC 6376) with RSA-SHA256 and Ed25519 (RFC 8463), relaxed/relaxed.

A signature is made of the message alone: no clock, no random numbers. A second try
carries the same bytes as the first.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from dispatch.deliver import profiles, relaxed
from dispatch.model import DkimSettings

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

LEAST_BITS = 2048  # large providers refuse less
# RFC 8058 wants both List-Unsubscribe headers covered, RFC 9477 CFBL-Address; the
# rest is what a reader sees, what programs act on, or what says whose mail it is.
SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to"),
    *("mime-version", "content-type", "content-transfer-encoding", "content-language"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post", "list-subscribe"),
    *("list-help", "list-owner", "list-archive", "list-post", "archived-at"),
    *("feedback-id", "cfbl-address", "auto-submitted", "x-dispatch-delivery"),
)
# Named once more than they are there, so that nobody can add a second one.
OVERSIGNED = (
    *("from", "to", "subject", "date", "reply-to", "content-type"),
    *("list-unsubscribe", "list-unsubscribe-post"),
)

ENDS = re.compile(rb"\r\n(?![ \t])")  # of a header: what is folded goes on
WRAP = 70


@dataclass(frozen=True, slots=True)
class Signer:
    """One key of one domain, found in the DNS at `selector`._domainkey.`domain`."""

    domain: str
    selector: str
    key: PrivateKey = field(repr=False)
    until: date | None = None  # the last day on which it may sign
    file: Path | None = None  # where the key was read; None: from the environment

    @property
    def algorithm(self) -> str:
        """The name of its algorithm in a signature."""
        rsa_key = isinstance(self.key, rsa.RSAPrivateKey)
        return "rsa-sha256" if rsa_key else "ed25519-sha256"

    def aligned(self, sender: str) -> bool:
        """Whether it may speak for an address: its own domain, or one below."""
        host = sender.rpartition("@")[2].lower()
        return host == self.domain or host.endswith(f".{self.domain}")

    def expired(self, now: datetime) -> bool:
        """Whether the day is over until which the key was to be used."""
        return self.until is not None and now.date() > self.until


def signer(key: DkimSettings) -> Signer:
    """Return what signs with a key of the config.

    Raises ValueError with a sentence: there is none, or it will not do.
    """
    if key.pem:
        try:
            found = read(key.pem.encode())
        except ValueError as error:
            raise ValueError(f"The key in the environment {error}") from error
    elif key.key_file is not None:
        found = load(key.key_file)
    else:
        raise ValueError("There is no key: name a key_file, or set it by environment.")
    file = None if key.pem else key.key_file
    return Signer(key.domain.lower(), key.selector, found, key.last_day, file)


def load(file: Path) -> PrivateKey:
    """Read a private key in PEM.

    Raises ValueError with a sentence: unreadable, encrypted, of another kind, or RSA
    of fewer than 2048 bits.
    """
    try:
        pem = file.read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot be read ({error.strerror}).") from error
    try:
        return read(pem)
    except ValueError as error:
        raise ValueError(f"{file} {error}") from error


def read(pem: bytes) -> PrivateKey:
    """Return the private key that `pem` holds; ValueError says what it is instead."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(
            "is no private key in PEM without a password. "
            "Make one with: dispatch dkim generate"
        ) from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_BITS:
        return key
    raise ValueError(
        f"will not do: it takes RSA of at least {LEAST_BITS} bits, or Ed25519."
    )


def generate(algorithm: str = "rsa") -> tuple[bytes, str]:
    """Make a key, "rsa" or "ed25519"; return its PEM and the DNS record's text."""
    key: PrivateKey
    if algorithm == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=LEAST_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, record(key)


def record(key: PrivateKey) -> str:
    """Return what the DNS must say about a key (a TXT record)."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        public = key.public_key().public_bytes_raw()
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def stands(record: str, data: bytes, signature: bytes) -> bool:
    """Whether a signature over `data` stands before the key in a DNS record."""
    published = base64.b64decode(record.rpartition("p=")[2])
    try:
        if "k=ed25519" in record:
            key = ed25519.Ed25519PublicKey.from_public_bytes(published)
            key.verify(signature, hashlib.sha256(data).digest())
        else:
            found = serialization.load_der_public_key(published)
            if not isinstance(found, rsa.RSAPublicKey):
                return False
            found.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def sign(
    message: bytes,
    signers: Sequence[Signer],
    *,
    at: datetime,
    profile: str = "",
    body_hash: bytes | None = None,
) -> bytes:
    """Return `message` with a signature of each signer before it.

    `message` is whole and dot-stuffed, as DATA carries it, its lines ended by CRLF.
    `at` becomes the signature's time: give a fixed one. `profile` names a relay: what
    it rewrites is left unsigned, and so is all of a message that it rebuilds.
    `body_hash` is that of `relaxed`, where it is known already.
    """
    relay = profiles.of(profile)
    if not signers or relay.rebuilds:
        return message
    head = message[: message.find(relaxed.GAP) + 2]
    headers = [*_headers(head)]
    wanted = _choose(tuple(name for name, _ in headers), relay.rewrites)
    digest = _encoded(body_hash or relaxed.whole(message))
    covered = b"".join(_relaxed(name, value) for name, value in _pick(headers, wanted))
    made = [_signature(signer, digest, wanted, covered, at) for signer in signers]
    return b"".join([*made, message])


def _headers(head: bytes) -> Iterator[tuple[str, bytes]]:
    for line in ENDS.split(head):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.rstrip().decode("ascii").lower(), value


@lru_cache(64)
def _choose(there: tuple[str, ...], unsigned: frozenset[str]) -> tuple[str, ...]:
    """Return the names for h=, each as often as it is there, and once more.

    All messages of a mailing have the same headers: this is reckoned once.
    """
    names = [one for one in SIGNED if one not in unsigned]
    present = [name for name in names for _ in range(there.count(name))]
    more = [name for name in OVERSIGNED if name in names]
    return (*present, *more)


def _pick(
    headers: Sequence[tuple[str, bytes]], wanted: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Take the headers that h= names, from the bottom up (section 5.4.2)."""
    left: dict[str, list[bytes]] = {}
    for name, value in headers:
        left.setdefault(name, []).append(value)
    for name in wanted:
        if values := left.get(name):
            yield name, values.pop()


def _relaxed(name: str, value: bytes) -> bytes:
    words = b" ".join(value.split())
    return name.encode() + b":" + words + b"\r\n"


def _signature(
    signer: Signer, digest: str, wanted: Sequence[str], covered: bytes, at: datetime
) -> bytes:
    fields = (
        f"v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain};",
        f"s={signer.selector}; t={int(at.timestamp())};",
        *_folded("h=" + ":".join(wanted) + ";"),
        f"bh={digest};",
    )
    text = "DKIM-Signature: " + "\r\n\t".join(fields) + "\r\n\tb="
    own = _relaxed("dkim-signature", text.partition(":")[2].encode())
    signed = _made(signer.key, covered + own.removesuffix(b"\r\n"))
    lines = [signed[n : n + WRAP] for n in range(0, len(signed), WRAP)]
    return (text + "\r\n\t".join(lines) + "\r\n").encode("ascii")


def _made(key: PrivateKey, data: bytes) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return _encoded(key.sign(hashlib.sha256(data).digest()))
    return _encoded(key.sign(data, padding.PKCS1v15(), hashes.SHA256()))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@lru_cache(64)
def _folded(text: str) -> tuple[str, ...]:
    """Break a long field after a colon, where white space means nothing."""
    lines = [""]
    for part in re.findall("[^:]*:|[^:]+$", text):
        if len(lines[-1]) + len(part) > WRAP:
            lines.append("")
        lines[-1] += part
    return tuple(lines)
