"""How fast the ledger delivers: the whole durable protocol against plain smtplib.

Yardstick of the same run: as many threads, each a plain `smtplib.SMTP.sendmail` loop
of the same messages to the same sink, writing nothing down. The sink is a process of
its own that offers PIPELINING and discards what it takes.
"""

import multiprocessing
import smtplib
import socket
import socketserver
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dispatch.actions.deliver import deliver
from dispatch.clock import SystemClock
from dispatch.deliver import session
from dispatch.model import RelaySettings
from dispatch.store import mailings, open_store
from support import ledger
from support.audience import subscribed

COUNT, CONNECTIONS, SIZE = 3_000, 8, 40_000
LINE = b"<p>" + b"x" * 69 + b"</p>\r\n"
LETTER = ledger.LETTER + LINE * (SIZE // len(LINE))


class Discard(socketserver.StreamRequestHandler):
    """Just enough SMTP: every command is fine, every message is taken."""

    def setup(self):
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
                self.say(b"250 taken")
            elif verb == b"QUIT":
                self.say(b"221 bye")
            else:
                self.say(b"250 fine")

    def say(self, line):
        self.wfile.write(line + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True


def sink(pipe):
    with Sink(("127.0.0.1", 0), Discard) as server:
        pipe.send(server.server_address[1])
        server.serve_forever()


def plain(port):
    """Return the seconds of the yardstick."""
    message = LETTER.decode().replace("\r\n..", "\r\n.")

    def work(first):
        with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as client:
            client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in range(first, COUNT, CONNECTIONS):
                client.sendmail(ledger.SENDER, f"reader-{number}@example.net", message)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def audience(store):
    """Plan COUNT deliveries of one issue, in chunks as the program does."""
    issue = store.write(ledger.ready_issue)
    for start in range(0, COUNT, 200):
        numbers = range(start, min(start + 200, COUNT))
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
    store.write(lambda tx: ledger.everybody(tx, issue, mailing, letter=LETTER))
    store.write(lambda tx: mailings.start_sending(tx, issue.id))
    return issue.id


def ours(port):
    """Return the seconds of our delivery; the books must balance."""
    relay = RelaySettings(host="127.0.0.1", port=port, connections=CONNECTIONS)
    clock = SystemClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/bench.db", clock=clock) as store,
    ):
        issue = audience(store)
        started = time.perf_counter()
        deliver(
            store,
            lambda: session.connect(relay, helo="bench"),
            ledger.TOKENS,
            relay,
            clock=clock,
            stop=threading.Event(),
            alone=True,
        )
        took = time.perf_counter() - started
        books = ledger.books(store, issue)
        assert (books.accepted, books.gap) == (COUNT, 0), books
    return took


def main():
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=sink, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    yardstick, durable = plain(port), ours(port)
    server.terminate()
    print(
        f"{COUNT} messages of {SIZE // 1000} kB on {CONNECTIONS} connections, SQLite, "
        "every message committed before its dot and settled after it:"
    )
    print(f"  {yardstick / durable:.2f} x the speed of plain smtplib, nothing written")
    print(f"  ({COUNT / durable:.0f}/s against {COUNT / yardstick:.0f}/s)")


if __name__ == "__main__":
    main()
