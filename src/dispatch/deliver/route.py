"""Which relay a message leaves through: its newsletter's, its sender's, or the default.

A relay that is down may have a stand-in (`failover`), and that one another. Pure.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from dispatch.model import NewsletterSettings, RelaySettings
from dispatch.text import address

DEFAULT = "default"

Serves = Callable[[str, str], bool]
"""Whether a relay takes mail of this newsletter (maybe "") from this sender."""


@dataclass(frozen=True, slots=True)
class Routes:
    """The relays of a publication, and who is sent through which."""

    relays: tuple[str, ...] = (DEFAULT,)
    by_newsletter: dict[str, str] = field(default_factory=dict)
    by_sender: dict[str, str] = field(default_factory=dict)  # addresses and domains
    failover: dict[str, str] = field(default_factory=dict)

    @property
    def only_one(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self.relays) == 1

    def relay_of(
        self, newsletter: str, sender: str, *, down: Collection[str] = ()
    ) -> str:
        """Name the relay for mail of `newsletter` from `sender`.

        A relay that is `down` gives way to the first of its stand-ins that is not; when
        all are, it keeps its mail.
        """
        named = (
            self.by_newsletter.get(newsletter)
            or self.by_sender.get(sender.lower())
            or self.by_sender.get(address.domain(sender))
            or self.relays[0]
        )
        return self._stand_in(named, down)

    def serves(self, relay: str, *, down: Collection[str] = ()) -> Serves | None:
        """Return what `relay` takes; None for everything."""
        if self.only_one:
            return None
        return lambda newsletter, sender: (
            self.relay_of(newsletter, sender, down=down) == relay
        )

    def _stand_in(self, relay: str, down: Collection[str]) -> str:
        tried: list[str] = []
        found = relay
        while found in down and found not in tried:
            tried.append(found)
            found = self.failover.get(found, "")
        return relay if not found or found in down else found


def routes(
    relays: Sequence[RelaySettings], newsletters: Sequence[NewsletterSettings]
) -> Routes:
    """Return who is sent through which of `relays`; the first one takes the rest.

    A relay that a newsletter names and that is not in use (while the site is not live)
    is not asked.
    """
    names = tuple(one.name for one in relays)
    return Routes(
        relays=names,
        by_newsletter={
            one.name: one.relay for one in newsletters if one.relay in names
        },
        by_sender={
            sender.lower().lstrip("@"): one.name
            for one in relays
            for sender in one.senders
        },
        failover={one.name: one.failover for one in relays if one.failover},
    )
