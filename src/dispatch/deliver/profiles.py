"""What well-known relays do to a message on its way: `profile` in config.toml.

A header that a relay writes anew must not be signed by us, or its signature breaks.
A relay that takes a message apart and puts it together again breaks every signature
but its own; what goes there is left unsigned.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One relay's habits. `rewrites` are names of headers in small letters.

    With `rebuilds` the bytes are not what we sent: only the relay can sign.
    """

    rewrites: frozenset[str] = frozenset()
    rebuilds: bool = False


AS_SENT = Profile()

PROFILES: Mapping[str, Profile] = {
    "": AS_SENT,
    "postfix": AS_SENT,
    "exim": AS_SENT,
    "mailgun": AS_SENT,
    "ses": Profile(frozenset({"message-id", "date", "return-path", "bounces-to"})),
    "gmail": Profile(frozenset({"message-id", "date"})),
    "office365": Profile(rebuilds=True),
    "postmark": Profile(rebuilds=True),
    "sendgrid": Profile(rebuilds=True),
    "brevo": Profile(rebuilds=True),
}
"""By the name in config.toml; docs/messages.md has the same table in words."""


def of(name: str) -> Profile:
    """Return the profile of that name; a relay nobody has heard of changes nothing."""
    return PROFILES.get(name, AS_SENT)
