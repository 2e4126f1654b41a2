"""Fetch what strangers publish: bounded in time, size and redirects, public only."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlencode, urlsplit

from dispatch import __version__
from dispatch.errors import SourceError, UnreachableError
from dispatch.http import addresses, connection, inflate, resolving
from dispatch.http.addresses import Guard, Resolve
from dispatch.http.connection import Answer, Request
from dispatch.http.deadline import Deadline
from dispatch.model import FetchSettings, Hop, Response
from dispatch.text import urls

SECONDS = 20.0
MOST_BYTES = 15 * 1024 * 1024  # decoded
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEPING = frozenset({307, 308})  # redirects that keep method and form
NOT_MODIFIED = 304
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. Tests make them small."""

    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Fetcher:
    """A `model.Fetch`, and with `post` a `model.Post`. Safe to use from many threads.

    `site_url` tells those who run the other server whom to ask.
    """

    settings: FetchSettings = field(default_factory=FetchSettings)
    site_url: str = ""
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    resolve: Resolve = addresses.resolve
    limits: Limits = DEFAULT_LIMITS

    def __call__(self, url: str, *, headers: Mapping[str, str] = {}) -> Response:
        """GET `url`, following redirects; return the answer, whatever its status.

        Raises SourceError: a private address, no or no complete answer in time,
        more than 15 MiB, a sixth redirect.
        """
        with Deadline(self.limits.seconds) as deadline:
            asked = _parse(url)
            hops: tuple[Hop, ...] = ()
            for _ in range(MOST_REDIRECTS + 1):
                with _naming(asked):
                    answer = self._get(asked, headers, deadline)
                target = _redirect(answer)
                if target is None:
                    return replace(answer, hops=hops)
                asked = _follow(asked, answer.url, target)
                hops = (*hops, Hop(answer.status, _bare(asked)))
        raise _too_many(url)

    def post(self, url: str, body: bytes) -> int:
        """POST JSON to an address of the operator's own choice; return the status.

        Private addresses are fine here, and redirects are not followed. Raises
        SourceError when there is no answer.
        """
        asked = _parse(url)
        headers = {**self._headers(asked), "Content-Type": "application/json"}
        request = Request("POST", asked, headers, body)
        try:
            with (
                Deadline(self.limits.seconds) as deadline,
                self._exchange(request, deadline, guarded=False) as answer,
            ):
                return answer.status
        except SourceError as error:  # the path of a hook is often its secret
            raise SourceError(f"{connection.host_of(asked)}: {error}") from error

    def ask(self, url: str, fields: Mapping[str, str]) -> Response:
        """POST a form to an address of the operator's own choice; return the answer.

        Private addresses are fine here, and redirects are not followed: what the form
        holds is for that server alone. Raises SourceError when there is no answer.
        """
        asked = _parse(url)
        kind = "application/x-www-form-urlencoded"
        headers = {**self._headers(asked), "Content-Type": kind}
        request = Request("POST", asked, headers, urlencode(fields).encode("ascii"))
        with (
            Deadline(self.limits.seconds) as deadline,
            _naming(asked),
            self._exchange(request, deadline, guarded=False) as answer,
        ):
            body = self._read(answer, deadline)
            return Response(answer.status, answer.headers, body, _bare(asked))

    def submit(self, url: str, fields: Mapping[str, str]) -> int:
        """POST a form to a stranger's server, a hub; return the status.

        Guarded as a GET is; 307 and 308 are followed, as they keep the form. Raises
        SourceError when there is no answer.
        """
        body = urlencode(fields).encode("ascii")
        about = {"Content-Type": "application/x-www-form-urlencoded"}
        with Deadline(self.limits.seconds) as deadline:
            asked = _parse(url)
            for _ in range(MOST_REDIRECTS + 1):
                headers = {**self._headers(asked), **about}
                request = Request("POST", asked, headers, body)
                with (
                    _naming(asked),
                    self._exchange(request, deadline, guarded=True) as answer,
                ):
                    status, target = answer.status, answer.headers.get("location")
                if status not in KEEPING or target is None:
                    return status
                asked = _follow(asked, _bare(asked), target)
        raise _too_many(url)

    def _get(
        self, asked: SplitResult, headers: Mapping[str, str], deadline: Deadline
    ) -> Response:
        request = Request("GET", asked, {**self._headers(asked), **headers})
        with self._exchange(request, deadline, guarded=True) as answer:
            body = self._read(answer, deadline)
        return Response(answer.status, answer.headers, body, _bare(asked))

    def _read(self, answer: Answer, deadline: Deadline) -> bytes:
        if answer.status == NOT_MODIFIED or answer.status in REDIRECTS:
            return b""
        body = bytearray()
        encoding = answer.headers.get("content-encoding", "")
        for piece in inflate.decoded(answer.chunks, encoding):
            body += piece
            deadline.remaining()
            if len(body) > self.limits.most_bytes:
                raise SourceError(
                    f"the answer is larger than {self.limits.most_bytes:,} bytes."
                )
        deadline.remaining()  # a cut connection may look like a short answer
        return bytes(body)

    @contextmanager
    def _exchange(
        self, request: Request, deadline: Deadline, *, guarded: bool
    ) -> Iterator[Answer]:
        """Send through the proxy, if there is one, else to a checked address."""
        if self.settings.proxy:
            proxy = _parse(self.settings.proxy)
            login = connection.login("Proxy-Authorization", proxy)
            request = replace(request, proxy_headers=login)
            where, guarded = proxy, False
        else:
            where = request.url

        def dial() -> socket.socket:
            return self._dial(where, deadline, guarded=guarded)

        try:
            with connection.exchange(request, dial, self.tls) as answer:
                yield answer
        except SourceError as error:
            if not (isinstance(error, UnreachableError) and error.nearby):
                deadline.remaining()  # if that is why, say so
            raise

    def _dial(
        self, url: SplitResult, deadline: Deadline, *, guarded: bool
    ) -> socket.socket:
        """Connect to an address of the host that may be dialled."""
        host, port = connection.host_of(url), connection.port_of(url)
        found = resolving.within(deadline.remaining(), self.resolve, host, port)
        if guarded:
            found = Guard.of(self.settings.allow_private).allowed(host, found)
        *others, last = found
        for address in others:
            try:
                return _open(address, port, deadline)
            except OSError:
                continue
        return _open(last, port, deadline)

    def _headers(self, url: SplitResult) -> dict[str, str]:
        about = f" (+{self.site_url})" if self.site_url else ""
        return {
            "User-Agent": f"Dispatch/{__version__}{about}",
            "Accept-Encoding": "gzip, deflate, br",
            "Connection": "close",
            **connection.login("Authorization", url),
        }


def _open(address: str, port: int, deadline: Deadline) -> socket.socket:
    opened = socket.create_connection((address, port), timeout=deadline.remaining())
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    deadline.watch(opened)
    return opened


def _parse(url: str) -> SplitResult:
    if not urls.is_web(url.strip()):
        raise SourceError(f"{urls.shown(url)[:MOST_SHOWN]!r} is no web address.")
    return urlsplit(url.strip())


def _redirect(answer: Response) -> str | None:
    if answer.status not in REDIRECTS:
        return None
    return answer.headers.get("location")


def _follow(asked: SplitResult, base: str, target: str) -> SplitResult:
    """Return where a redirect leads; a password goes to nobody else's server."""
    url = urls.join(base, target)
    if not urls.is_web(url):
        raise SourceError(f"{_shown(asked)}: redirects to what is no web address.")
    parts = urlsplit(url)
    same = (parts.scheme, parts.hostname, parts.port) == (
        asked.scheme,
        asked.hostname,
        asked.port,
    )
    if same and asked.username is not None and parts.username is None:
        userinfo = asked.netloc.rpartition("@")[0]
        return parts._replace(netloc=f"{userinfo}@{parts.netloc}")
    return parts


def _too_many(url: str) -> SourceError:
    shown = _shown(_parse(url))
    return SourceError(f"{shown}: more than {MOST_REDIRECTS} redirects.")


def _bare(url: SplitResult) -> str:
    return urls.without_login(url.geturl())


def _shown(url: SplitResult) -> str:
    return urls.shown(url.geturl())


@contextmanager
def _naming(url: SplitResult) -> Iterator[None]:
    """Say which address a fault is about."""
    try:
        yield
    except UnreachableError as error:
        told = f"{_shown(url)}: {error}"
        raise UnreachableError(told, nearby=error.nearby) from error
    except SourceError as error:
        raise SourceError(f"{_shown(url)}: {error}") from error
