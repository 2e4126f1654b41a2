"""One HTTP request over one connection of urllib3, on a socket that we opened.

urllib3 speaks the protocol; where to connect, for how long, and how much to read is
decided by `http.fetcher`.
"""

import base64
import errno
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from dispatch.errors import SourceError, UnreachableError

Dial = Callable[[], socket.socket]

STEP = 65_536
SAFE = "/%:@!$&'()*+,;=~-._?[]"
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
BROKEN = (HTTPError, http.client.HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. With `proxy_headers`, the socket leads to a proxy."""

    method: str
    url: SplitResult
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    proxy_headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers (names lower-case), and the body as it comes, undecoded."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class _Plain(HTTPConnection):
    """A connection on a socket of ours."""

    dial: Dial

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _Secure(HTTPSConnection):
    """The same with TLS; the certificate is checked for the host that was asked."""

    dial: Dial

    def _new_conn(self) -> socket.socket:
        return self.dial()


@contextmanager
def exchange(request: Request, dial: Dial, tls: ssl.SSLContext) -> Iterator[Answer]:
    """Send `request` and yield the answer while the connection is open.

    Raises SourceError with a sentence that names no address: the caller adds it.
    """
    connection = _connect(request, dial, tls)
    try:
        with _in_words():
            connection.request(
                request.method,
                _target(request),
                body=request.body,
                headers=_headers(request),
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        yield Answer(response.status, headers, _chunks(response))
    finally:
        connection.close()


def host_of(url: SplitResult) -> str:
    """Return the host in ASCII, as name services and certificates know it."""
    host = url.hostname or ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return quote(host, safe=":")


def port_of(url: SplitResult) -> int:
    """Return the port, the scheme's own when none is written."""
    return url.port or (443 if url.scheme == "https" else 80)


def login(header: str, url: SplitResult) -> dict[str, str]:
    """Return the header that gives the name and password of an address, if any."""
    if url.username is None:
        return {}
    pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode("ascii")}


def _connect(request: Request, dial: Dial, tls: ssl.SSLContext) -> "_Plain | _Secure":
    host, port = host_of(request.url), port_of(request.url)
    connection: _Plain | _Secure
    if request.url.scheme == "https":
        connection = _Secure(host, port, ssl_context=tls)
        if request.proxy_headers is not None:
            connection.set_tunnel(host, port, dict(request.proxy_headers))
    else:
        connection = _Plain(host, port)
    connection.dial = dial
    return connection


def _target(request: Request) -> str:
    """Return what stands in the request line."""
    url = request.url
    target = quote(url.path or "/", safe=SAFE)
    if url.query:
        target += "?" + quote(url.query, safe=SAFE)
    if request.proxy_headers is None or url.scheme == "https":
        return target
    port = f":{url.port}" if url.port else ""
    host = host_of(url)
    return f"http://{f'[{host}]' if ':' in host else host}{port}{target}"


def _headers(request: Request) -> dict[str, str]:
    headers = dict(request.headers)
    if request.proxy_headers is not None and request.url.scheme == "http":
        headers.update(request.proxy_headers)
    return headers


def _chunks(response: BaseHTTPResponse) -> Iterator[bytes]:
    with _in_words():
        yield from response.stream(STEP, decode_content=False)


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn whatever the network does into a SourceError of one sentence."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise SourceError(
            f"its certificate is not trusted ({error.verify_message})."
        ) from error
    except ConnectionRefusedError as error:
        told = "nobody answers there (connection refused)."
        raise UnreachableError(told) from error
    except TimeoutError as error:
        raise UnreachableError("no answer in time.") from error
    except BROKEN as error:
        raise _broken(error) from error


def _broken(error: Exception) -> SourceError:
    """Say what broke, without repeating what the other side sent."""
    cause = error.__cause__ or error
    if isinstance(cause, OSError) and cause.strerror:
        told = f"the connection failed ({cause.strerror})."
        return UnreachableError(told, nearby=cause.errno in NO_ROUTE)
    return SourceError("the connection broke off before the answer was complete.")
