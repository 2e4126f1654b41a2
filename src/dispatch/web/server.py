"""Answer HTTP in a thread of its own, beside the daemon's other work."""

import errno
import logging
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from dispatch.errors import StartError

BACKLOG = 512
MOST_AT_ONCE = 512  # open connections and running requests; more are answered 503
GRACE = 5  # seconds that a running request is given when we stop

NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n"
BETWEEN_REQUESTS = {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE}

# Of a request as it came, the header lines of its 304; None: it is none of theirs.
Polls = Callable[[bytes], bytes | None]

log = logging.getLogger(__name__)


class Server:
    """Serves `app` at `listen` ("127.0.0.1:8000", "[::1]:8000"; port 0: any).

    `polls` is shown every request as it came, and may answer it at once.
    """

    def __init__(
        self, app: ASGIApp, listen: str, polls: Polls = lambda _request: None
    ) -> None:
        self._app = app
        self._polls = polls
        self._listen = listen
        self._server: _Announcing | None = None
        self._thread: threading.Thread | None = None
        self.host = ""
        self.port = 0

    @property
    def url(self) -> str:
        """Where it answers; good after `start`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Bind, start the thread, return once requests are answered.

        Raises StartError: the port is taken, not allowed or not ours.
        """
        listener = _bind(self._listen)
        self.host, self.port = listener.getsockname()[:2]
        self._server = _Announcing(_config(self._app, self._polls))
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listener]},
            name=f"web {self.port}",
            daemon=True,
        )
        self._thread.start()
        self._server.wait(self._thread)

    def stop(self) -> None:
        """Take no new requests, finish those under way, end the thread."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(GRACE * 2)
        if self._thread.is_alive():
            log.warning("web server did not stop in time port=%d", self.port)


class _Protocol(H11Protocol):
    """uvicorn's, but that `polls` may answer a request before h11 has seen it."""

    def __init__(self, polls: Polls, **parts: Any) -> None:
        super().__init__(**parts)
        self._polls = polls

    def data_received(self, data: bytes) -> None:
        """Answer a poll at once; have h11 read whatever else comes."""
        lines = self._polls(data) if self._is_between() else None
        if lines is None:
            super().data_received(data)
            return
        usual = [b"%s: %s\r\n" % one for one in self.server_state.default_headers]
        self.transport.write(b"".join((NOT_MODIFIED, *usual, lines, b"\r\n")))
        self.on_response_complete()

    def _is_between(self) -> bool:
        """Whether a request may begin: the last is answered, no other is begun."""
        return (
            self.conn.states == BETWEEN_REQUESTS
            and self.conn.trailing_data == (b"", False)
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and len(self.connections) < MOST_AT_ONCE
        )


class _Announcing(uvicorn.Server):
    """Tells when it has started, or that it never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        self._up.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop; whatever happens, nobody waits for ever."""
        try:
            super().run(sockets)
        finally:
            self._up.set()

    def wait(self, thread: threading.Thread) -> None:
        """Return once it answers; raise StartError when it ended instead."""
        self._up.wait()
        if not self.started:
            thread.join(GRACE)
            raise StartError("The web server could not start; the log says why.")


def _config(app: ASGIApp, polls: Polls) -> uvicorn.Config:
    options: dict[str, Any] = {
        "loop": "asyncio",
        "http": partial(_Protocol, polls),
        "ws": "none",
        "lifespan": "off",
        "log_config": None,
        "log_level": logging.WARNING,
        "access_log": False,
        # Only web.trusted_proxies decides whom X-Forwarded-For is believed.
        "proxy_headers": False,
        "server_header": False,
        "backlog": BACKLOG,
        "limit_concurrency": MOST_AT_ONCE,
        "timeout_graceful_shutdown": GRACE,
        "h11_max_incomplete_event_size": 32 * 1024,
    }
    return uvicorn.Config(app, **options)


def _bind(listen: str) -> socket.socket:
    host, port = _parse(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(_cannot_bind(listen, error)) from error
    return listener


def _parse(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - TCP
        raise StartError(
            f"{listen!r} is no address to listen on. Write HOST:PORT, "
            'for example "127.0.0.1:8000".'
        )
    return host.removeprefix("[").removesuffix("]"), int(port)


def _cannot_bind(listen: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{listen} is taken by another program. Stop that program, "
            "or listen on another port."
        )
    if error.errno == errno.EACCES:
        return (
            f"{listen} may not be used: ports below 1024 belong to the "
            "administrator. Choose a higher one and put a proxy before it."
        )
    return f"{listen} cannot be listened on: {error.strerror or error}."
