"""What protects readers and the site: response headers, who asks, and how often."""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On every answer, unless the handler says otherwise."""

PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
"""On every page whose address carries a token."""

MOST_CLIENTS = 10_000


class SafeHeaders:
    """ASGI middleware: add `headers` to every answer that does not set its own."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = HEADERS) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete)


class Visitors:
    """Tells a visitor's address, believing only the proxies we were told to trust."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = tuple(_network(text) for text in trusted)

    def of(self, request: Request) -> str:
        """Return the address of who sent `request`."""
        peer = request.client.host if request.client else ""
        return self.address(peer, ",".join(request.headers.getlist("x-forwarded-for")))

    def address(self, peer: str, forwarded_for: str) -> str:
        """Return the address behind `peer`, given its X-Forwarded-For header.

        The header is read from its end, as each proxy appends what it saw: the
        first address that is no trusted proxy is the visitor's. What a visitor
        writes into it himself is never reached.
        """
        hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
        address = peer
        while hops and self._trusts(address):
            hop = _parse(hops.pop())
            if hop is None:
                break
            address = str(hop)
        return address

    def _trusts(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(
            address in network for network in self._trusted
        )


class Allowance:
    """A token bucket for each visitor, in memory: `burst` at once, then `rate`.

    IPv6 visitors share a bucket by /64, the smallest block anybody is given. The
    buckets used least recently are forgotten first.
    """

    def __init__(
        self,
        *,
        burst: int,
        per_second: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst = float(burst)
        self._rate = per_second
        self._timer = timer
        self._lock = threading.Lock()
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def spend(self, visitor: str, what: str = "") -> None:
        """Take one as `take` does; where none is left, answer 429 and when to return.

        Raises HTTPException.
        """
        wait = self.take(visitor, what)
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(math.ceil(wait))})

    def take(self, visitor: str, what: str = "") -> float:
        """Take one; return 0, or the seconds to wait when there is none left.

        With `what`, the visitor has a bucket for each.
        """
        key, now = (_block(visitor), what), self._timer()
        with self._lock:
            level, since = self._levels.pop(key, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, now)
            while len(self._levels) > MOST_CLIENTS:
                self._levels.popitem(last=False)
        return 0.0 if allowed else (1 - level) / self._rate


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"web.trusted_proxies: {text!r} is neither an address nor a network. "
            'Write for example "127.0.0.1" or "10.0.0.0/8".'
        ) from error


def _parse(text: str) -> Address | None:
    """Read an address as proxies write it: bare, with a port, in brackets."""
    bare = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _block(visitor: str) -> str:
    address = _parse(visitor)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return visitor
