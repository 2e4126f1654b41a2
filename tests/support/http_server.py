"""A real HTTP server on loopback that answers what a test tells it to."""

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What to answer. `send` takes the handler instead, for what is not HTTP."""

    body: bytes = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    send: object = None


@dataclass
class Asked:
    method: str
    path: str
    headers: dict
    body: bytes


class Server:
    """`server[path] = Reply(…)`; `server.asked` is what came in."""

    def __init__(self, tls=None):
        self.replies = {}
        self.asked = []
        self.stopping = threading.Event()
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}
        )

    @property
    def port(self):
        return self._http.server_port

    def url(self, path="/", host="127.0.0.1"):
        return f"{self._scheme}://{host}:{self.port}{path}"

    def __setitem__(self, path, reply):
        self.replies[path] = reply

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Clients under test hang up: that is what they are tested for."""


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            server.asked.append(Asked(self.command, self.path, headers, body))
            reply = server.replies.get(self.path, Reply(b"nothing here", 404))
            if callable(reply):
                reply = reply(server.asked[-1])
            if reply.send is not None:
                with contextlib.suppress(OSError):
                    reply.send(self)
                self.close_connection = True
                return
            self.send_response(reply.status)
            headers = {"Content-Length": str(len(reply.body)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD" and reply.status != 304:
                self.wfile.write(reply.body)

        do_GET = do_POST = do_CONNECT = answer  # noqa: N815 - http.server's names

        def log_message(self, *_):
            pass

    return Handler
