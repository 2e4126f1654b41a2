"""Stand-ins for what only a recipient has: tokens, the address, the date.

Templates are rendered with them; `mime.freeze` finds them in the encoded bytes and
makes spans of them. They are hashes over everything that is rendered, so no article
can contain one and have a reader's token put into a link of its own.
"""

import hashlib
from collections.abc import Mapping

NAMES = (
    *("to", "message_id", "date", "delivery"),
    *("unsubscribe", "preferences", "confirm"),
)
LENGTH = 64
"""Room for a token: a value up to this long keeps every line within 76."""


def make(seed: str) -> Mapping[str, str]:
    """Return a placeholder for every span name; `seed` is all that will be rendered.

    The same seed gives the same placeholders, hence the same frozen bytes.
    """
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass"))
    return {name: _one(digest, name) for name in NAMES}


def _one(digest: "hashlib._Hash", name: str) -> str:
    own = digest.copy()
    own.update(b"\0" + name.encode())
    return own.hexdigest()
