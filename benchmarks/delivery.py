"""How fast the ledger delivers: the whole durable protocol against Postfix's client.

    python benchmarks/delivery.py [--count N] [--connections N] [--size BYTES]
                                  [--only NAME …]

Each line is a ratio against a yardstick of the same run:

- plain, signed, postgres: `smtp-source`, a C program that writes nothing down, with as
  many sessions to the same `smtp-sink`;
- tls: as many threads of plain `smtplib` over TLS to the same sink;
- slow: what the arithmetic allows when the sink waits 50 ms before each answer to the
  dot: connections / 0.05 s.
"""

import argparse
import multiprocessing
import smtplib
import socket
import socketserver
import ssl
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import _postfix
from cryptography.hazmat.primitives.asymmetric import rsa

from dispatch.actions.delivery.deliver import deliver
from dispatch.clock import SystemClock
from dispatch.deliver import session
from dispatch.deliver.dkim import Signer
from dispatch.model import RelaySettings
from dispatch.store import mailings, open_store
from support import databases, ledger, smtp
from support.audience import subscribed

LINE = b"<p>" + b"x" * 69 + b"</p>\r\n"
DELAY = 0.05


class Discard(socketserver.StreamRequestHandler):
    """Just enough SMTP: every command is fine, every message is taken."""

    def setup(self):
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def handle(self):
        self.say(b"220 sink")
        while verb := self.rfile.readline().strip().upper()[:4]:
            if verb == b"EHLO":
                self.say(b"250-sink\r\n250 PIPELINING")
            elif verb == b"DATA":
                self.say(b"354 go on")
                while self.rfile.readline() != b".\r\n":
                    pass
                time.sleep(self.server.delay)
                self.say(b"250 taken")
            elif verb == b"QUIT":
                self.say(b"221 bye")
            else:
                self.say(b"250 fine")

    def say(self, line):
        self.wfile.write(line + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
    tls = None
    delay = 0.0


def _sink(pipe, folder, delay):
    with Sink(("127.0.0.1", 0), Discard) as server:
        server.delay = delay
        if folder:
            _, server.tls = smtp.certificate(Path(folder))
        pipe.send(server.server_address[1])
        server.serve_forever()


@contextmanager
def own_sink(folder="", delay=0.0):
    """Run a sink in a process of its own; yield its port."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=_sink, args=(there, str(folder), delay), daemon=True
    )
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


class Run:
    """The sizes of one run, and a letter of that size."""

    def __init__(self, count, connections, size):
        self.count = count
        self.connections = connections
        self.size = size
        self.letter = ledger.LETTER + LINE * (size // len(LINE))

    def audience(self, store):
        """Plan `count` deliveries of one issue, in chunks as the program does."""
        issue = store.write(ledger.ready_issue)
        for start in range(0, self.count, 500):
            numbers = range(start, min(start + 500, self.count))
            store.write(
                lambda tx, numbers=numbers: [
                    subscribed(tx, f"reader-{n}@example.net", issue.newsletter)
                    for n in numbers
                ]
            )
        mailing = store.write(
            lambda tx: mailings.open_issue_mailing(
                tx, issue, sender=ledger.SENDER, on_unknown="hold"
            )
        )
        store.write(lambda tx: ledger.everybody(tx, issue, mailing, letter=self.letter))
        store.write(lambda tx: mailings.start_sending(tx, issue.id))
        return issue.id

    def deliver(self, store, port, *, alone=True, signers=(), **relay):
        """Deliver what is due; return the seconds it took."""
        settings = RelaySettings(
            host="127.0.0.1", port=port, connections=self.connections, **relay
        )
        started = time.perf_counter()
        deliver(
            store,
            lambda: session.connect(settings, helo="bench"),
            ledger.TOKENS,
            settings,
            clock=SystemClock(),
            stop=threading.Event(),
            alone=alone,
            insist=True,
            signers=signers,
        )
        return time.perf_counter() - started

    def ours(self, port, **wishes):
        """Return the seconds of a delivery on SQLite; the books must balance."""
        with (
            tempfile.TemporaryDirectory() as folder,
            open_store(f"sqlite:///{folder}/bench.db", clock=SystemClock()) as store,
        ):
            issue = self.audience(store)
            took = self.deliver(store, port, **wishes)
            self.check(store, issue)
        return took

    def check(self, store, issue):
        books = ledger.books(store, issue)
        assert (books.accepted, books.gap) == (self.count, 0), books

    def source(self, port):
        return _postfix.source(
            port, count=self.count, sessions=self.connections, size=self.size
        )

    def say(self, what, seconds, yardstick, name):
        print(f"  {yardstick / seconds:.2f} x {name}: {what}", end="")
        print(f" ({self.count / seconds:.0f}/s against {self.count / yardstick:.0f}/s)")


def plain(run):
    if not _postfix.find("smtp-source"):
        print(f"  plain: {_postfix.MISSING.format('smtp-source')}")
        return
    with _postfix.sink() as port:
        yardstick = run.source(port)
        run.say("unsigned, SQLite", run.ours(port), yardstick, "smtp-source")


def signed(run):
    if not _postfix.find("smtp-source"):
        print(f"  signed: {_postfix.MISSING.format('smtp-source')}")
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signers = (Signer("example.org", "bench", key),)
    with _postfix.sink() as port:
        yardstick = run.source(port)
        took = run.ours(port, signers=signers)
        run.say("signed with DKIM, RSA-2048, SQLite", took, yardstick, "smtp-source")


def tls(run):
    with tempfile.TemporaryDirectory() as folder, own_sink(folder) as port:
        cert = Path(folder) / "cert.pem"
        yardstick = smtplib_over_tls(run, port, cert)
        took = run.ours(port, security="tls", ca_file=cert)
        run.say("over TLS, SQLite", took, yardstick, "plain smtplib over TLS")


def smtplib_over_tls(run, port, cert):
    """Return the seconds of as many threads, each a plain loop, writing nothing."""
    message = run.letter.decode().replace("\r\n..", "\r\n.")
    context = ssl.create_default_context(cafile=cert)

    def work(first):
        with smtplib.SMTP_SSL(
            "127.0.0.1", port, local_hostname="bench", context=context
        ) as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in range(first, run.count, run.connections):
                client.sendmail(ledger.SENDER, f"reader-{number}@example.net", message)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(run.connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def slow(run):
    limit = run.count / (run.connections / DELAY)
    with own_sink(delay=DELAY) as port:
        took = run.ours(port)
    run.say("a sink that answers after 50 ms, SQLite", took, limit, "the arithmetic")


def postgres(run):
    if not _postfix.find("smtp-source"):
        print(f"  postgres: {_postfix.MISSING.format('smtp-source')}")
        return
    server = databases.find_postgres()
    if server is None:
        print("  postgres: skipped: no PostgreSQL server is installed")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        databases.running(server, Path(folder), durable=True) as at,
        databases.fresh_database(at) as url,
        _postfix.sink() as port,
    ):
        with open_store(url, clock=SystemClock()) as store:
            issue = run.audience(store)
        yardstick = run.source(port)
        half = Run(run.count, max(1, run.connections // 2), run.size)
        workers = [
            multiprocessing.Process(target=_worker, args=(half, url, port))
            for _ in range(2)
        ]
        started = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        took = time.perf_counter() - started
        with open_store(url, clock=SystemClock()) as store:
            run.check(store, issue)
    what = "unsigned, PostgreSQL, two workers, their start included"
    run.say(what, took, yardstick, "smtp-source")


def _worker(run, url, port):
    with open_store(url, clock=SystemClock()) as store:
        run.deliver(store, port, alone=False)


SCENES = {f.__name__: f for f in (plain, signed, tls, slow, postgres)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2_000, help="messages")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--size", type=int, default=40_000, help="bytes of a message")
    parser.add_argument("--only", choices=SCENES, action="append")
    wanted = parser.parse_args()
    run = Run(wanted.count, wanted.connections, wanted.size)
    print(
        f"{run.count:,} messages of {run.size // 1000} kB on {run.connections} "
        "connections, each committed before its dot and settled after it, durably:"
    )
    for name in wanted.only or SCENES:
        SCENES[name](run)


if __name__ == "__main__":
    main()
