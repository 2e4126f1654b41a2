"""A mail server on loopback that follows a script: it can be as nasty as the real ones.

    with smtp.serving(say={"RCPT": "550 5.1.1 Unknown"}) as server:
        … server.relay() … server.received …

`say` maps a stage to a reply, or to a list of replies for its first, second … time (the
last one stays). Stages: GREETING EHLO STARTTLS AUTH MAIL RCPT DATA BODY DOT RSET QUIT.
Instead of a reply: DROP (close at once), KEEP_AND_DROP (at DOT: take the message, then
close without a word), SILENCE (say nothing). `watch(stage, server)` runs at each stage
before the answer, and at KEPT, when a message is kept but not yet answered.
"""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from dispatch.model import RelaySettings

DROP = "<drop>"
KEEP_AND_DROP = "<keep and drop>"
SILENCE = "<silence>"

GOOD = {
    "GREETING": "220 test.example ESMTP",
    "STARTTLS": "220 2.0.0 Go ahead",
    "AUTH": "235 2.7.0 Welcome",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go on",
    "DOT": "250 2.0.0 Queued as 42",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass(frozen=True)
class Mail:
    sender: str
    recipient: str
    data: bytes  # as it came, dot-stuffed, without the final dot


class _OverError(Exception):
    """This connection has ended."""


@dataclass
class Server:
    say: dict = field(default_factory=dict)
    extensions: tuple = ("PIPELINING", "SIZE 1000000", "8BITMIME")
    dribble: bool = False  # replies byte by byte
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    watch: object = None
    auth: object = None  # takes the dialogue and the AUTH line, and answers itself
    received: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def __post_init__(self):
        self.lock = threading.Lock()
        self.counts = {}
        self.open = set()

    @property
    def recipients(self):
        return [mail.recipient for mail in self.received]

    def relay(self, **changes):
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "timeout": timedelta(seconds=5),
            "connections": 1,
            "return_path": "bounces@example.org",
        }
        return RelaySettings(**{**given, **changes})

    def answer(self, stage):
        """Return what the script says now, and count the stage."""
        with self.lock:
            turn = self.counts.get(stage, 0)
            self.counts[stage] = turn + 1
            script = self.say.get(stage, GOOD.get(stage, "250 Ok"))
        if self.watch:
            self.watch(stage, self)
        if isinstance(script, str):
            return script
        return script[min(turn, len(script) - 1)]

    def run(self, listening):
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        dialogue = _Dialogue(self, sock)
        with contextlib.suppress(OSError, _OverError):
            if self.implicit_tls:
                dialogue.secure()
            self.open.add(dialogue)
            dialogue.run()
        self.open.discard(dialogue)
        with contextlib.suppress(OSError):
            dialogue.sock.close()

    def close_all(self):
        for dialogue in list(self.open):
            with contextlib.suppress(OSError):
                dialogue.sock.shutdown(socket.SHUT_RDWR)


class _Dialogue:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.buffer = b""
        self.sender = self.recipient = ""

    def run(self):
        self.reply(self.server.answer("GREETING"))
        while True:
            line = self.line().decode("utf-8", "replace")
            verb = line[:4].upper().strip()
            self.server.commands.append(line)
            handler = getattr(self, f"on_{verb.lower()}", self.on_other)
            handler(line)

    def secure(self):
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)

    def on_ehlo(self, _line):
        script = self.server.answer("EHLO")
        if script != "250 Ok":
            self.reply(script)
            return
        extensions = list(self.server.extensions)
        if isinstance(self.sock, ssl.SSLSocket):
            extensions = [e for e in extensions if e != "STARTTLS"]
        lines = ["test.example", *extensions]
        self.reply(
            "\r\n".join(
                f"250{' ' if n == len(lines) else '-'}{text}"
                for n, text in enumerate(lines, 1)
            )
        )

    def on_star(self, _line):
        self.reply(self.server.answer("STARTTLS"))
        self.buffer = b""
        self.secure()

    def on_auth(self, line):
        if self.server.auth:
            self.reply(self.server.auth(self, line) or self.server.answer("AUTH"))
            return
        if line.upper().startswith("AUTH LOGIN"):
            self.reply("334 VXNlcm5hbWU6")
            self.server.commands.append(self.line().decode())
            self.reply("334 UGFzc3dvcmQ6")
            self.server.commands.append(self.line().decode())
        self.reply(self.server.answer("AUTH"))

    def on_mail(self, line):
        script = self.server.answer("MAIL")
        self.recipient = ""
        self.sender = _path(line) if script.startswith("2") else ""
        self.reply(script)

    def on_rcpt(self, line):
        script = self.server.answer("RCPT")
        good = self.sender and script.startswith("2")
        self.recipient = _path(line) if good else ""
        self.reply(script)

    def on_data(self, _line):
        script = self.server.answer("DATA")
        self.reply(script)
        if script.startswith("354"):
            self.take_message()

    def take_message(self):
        lines = []
        if "BODY" in self.server.say:
            lines.append(self.line())
            self.reply(self.server.answer("BODY"))
        while (line := self.line()) != b".":
            lines.append(line)
        if not self.recipient:
            self.reply("554 5.5.1 No valid recipients")
            return
        script = self.server.answer("DOT")
        if script.startswith("2") or script == KEEP_AND_DROP:
            data = b"".join(line + b"\r\n" for line in lines)
            self.server.received.append(Mail(self.sender, self.recipient, data))
            if self.server.watch:
                self.server.watch("KEPT", self.server)
        self.reply(DROP if script == KEEP_AND_DROP else script)

    def on_rset(self, _line):
        self.reply(self.server.answer("RSET"))

    def on_quit(self, _line):
        self.reply(self.server.answer("QUIT"))
        raise _OverError

    def on_other(self, _line):
        self.reply("502 5.5.2 What?")

    def line(self):
        while b"\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise _OverError
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def reply(self, script):
        if script == DROP:
            raise _OverError
        if script == SILENCE:
            return
        data = script.encode() + b"\r\n"
        step = 1 if self.server.dribble else len(data)
        for start in range(0, len(data), step):
            self.sock.sendall(data[start : start + step])
        if script.startswith("421"):
            raise _OverError


def _path(line):
    return line.partition("<")[2].partition(">")[0]


@contextmanager
def serving(**settings):
    """Yield a running `Server`."""
    server = Server(**settings)
    listening = socket.create_server(("127.0.0.1", 0))
    server.port = listening.getsockname()[1]
    thread = threading.Thread(target=server.run, args=(listening,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        # A plain close would leave the thread in accept() for ever.
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        server.close_all()
        thread.join()


def certificate(folder):
    """Make a certificate for 127.0.0.1; return its file and a server's context."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = (
        f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
        "-days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        [*command.split(), "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context
