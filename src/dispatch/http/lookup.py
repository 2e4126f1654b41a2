"""Ask the name service what it has of a name: the one file that knows dnspython.

What comes back is a stranger's: it is bounded in time, in number and in length.
"""

import time
from dataclasses import dataclass, replace
from typing import Any, Self

import dns.exception
import dns.resolver

from dispatch.errors import UnreachableError

SECONDS = 5.0
MOST_RECORDS = 50
EDNS_BYTES = 1232  # passes every network in one piece; larger answers come by TCP
LONGEST = 4096  # characters of one TXT record that anybody has a use for


@dataclass(frozen=True, slots=True)
class NameService:
    """A `model.Lookup`. Without `servers` the machine's own resolvers are asked.

    One question has `seconds`; after `until`, on the monotonic clock, none is asked.
    """

    servers: tuple[str, ...] = ()
    port: int = 53
    seconds: float = SECONDS
    until: float | None = None

    def within(self, seconds: float) -> Self:
        """Return the same for all questions that have an end together."""
        return replace(self, until=time.monotonic() + seconds)

    def txt(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name, each in one piece; none is no error."""
        found = (b"".join(one.strings) for one in self._ask(name, "TXT"))
        return tuple(one[:LONGEST].decode("utf-8", "replace") for one in found)

    def mx(self, name: str) -> tuple[str, ...]:
        """Return the hosts that take mail for a name; "" is the null MX (RFC 7505)."""
        found = sorted(self._ask(name, "MX"), key=lambda one: int(one.preference))
        return tuple(str(one.exchange).rstrip(".").lower() for one in found)

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a host as the DNS has them, and no file of ours."""
        found = [*self._ask(name, "A"), *self._ask(name, "AAAA")]
        return tuple(str(one.address) for one in found)

    def _ask(self, name: str, kind: str) -> list[Any]:
        resolver = self._resolver(name)
        try:
            answer = resolver.resolve(
                f"{name.rstrip('.')}.", kind, lifetime=self._left(name), search=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise _silent(name) from error
        return [*answer][:MOST_RECORDS]

    def _left(self, name: str) -> float:
        if self.until is None:
            return self.seconds
        left = min(self.seconds, self.until - time.monotonic())
        if left <= 0:
            raise _silent(name)
        return left

    def _resolver(self, name: str) -> dns.resolver.Resolver:
        try:
            made = dns.resolver.Resolver(configure=not self.servers)
        except dns.exception.DNSException as error:
            raise _silent(name) from error
        if self.servers:
            made.nameservers = [*self.servers]
        made.port = self.port
        made.use_edns(0, 0, EDNS_BYTES)
        return made


def _silent(name: str) -> UnreachableError:
    told = f"The name service gave no usable answer about {name} in time."
    return UnreachableError(told, nearby=True)
