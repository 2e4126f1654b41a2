"""Which addresses may be dialled. Checked after resolving, and then dialled as such.

A name that resolves to a private address would make Dispatch a stranger's hand
inside the operator's network. A name resolved twice could answer twice differently.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from dispatch.errors import SourceError, UnreachableError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

PUBLIC_V6 = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
NO_NAME_SERVICE = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM})
LOW_32_BITS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Guard:
    """Knows which private hosts and networks the operator allows."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, allowed: Sequence[str]) -> "Guard":
        """Build from `fetch.allow_private`: host names, addresses, networks."""
        networks: list[Network] = []
        hosts: set[str] = set()
        for entry in allowed:
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                hosts.add(entry.lower().rstrip("."))
        return cls(frozenset(hosts), tuple(networks))

    def allowed(self, host: str, found: Sequence[str]) -> list[str]:
        """Return the addresses of `host` that may be dialled.

        Raises SourceError when there are none.
        """
        if host.lower().rstrip(".") in self.hosts:
            return list(found)
        kept = [address for address in found if self._may(_address(address))]
        if not kept:
            raise SourceError(
                f"{_private(host, found[0])}. If it is yours, add "
                f'"{host}" to fetch.allow_private in config.toml.'
            )
        return kept

    def _may(self, address: Address) -> bool:
        plain = embedded(address) or address
        return is_public(address) or any(plain in one for one in self.networks)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can reach this very host."""
    inner = embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in PUBLIC_V6:
        return False
    return address.is_global and not address.is_multicast


def _address(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])


def embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & LOW_32_BITS)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, in the order in which it wants them tried."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", 0) in NO_NAME_SERVICE:
            told = f"The name service gave no answer for {host}."
            raise UnreachableError(told, nearby=True) from error
        told = f"{host} is not known to the name service."
        raise UnreachableError(told) from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _private(host: str, found: str) -> str:
    if host == found:
        return f"{host} is a private address"
    return f"{host} is at the private address {found}"
