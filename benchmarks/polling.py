"""What a round over 1,000 feeds that answer 304 costs, against bare urllib3.

    python benchmarks/polling.py

One server process on loopback answers 304 to every request. "urllib3 alone" asks it
1,000 times from as many threads as ours, with the same headers, a new connection
each time as to 1,000 different servers, and remembers nothing. Ours asks the same
addresses as 1,000 sources of 1,000 host names: due sources are read from the store,
the address is resolved and checked against the private networks, the whole exchange
has a deadline, redirects and limits are watched, and validators, rhythm and the next
moment are written down durably.
"""

import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue

import urllib3

from dispatch.actions.collection import collect, settle_visits, visits
from dispatch.actions.collection.calls import Round
from dispatch.http import Fetcher
from dispatch.model import FetchSettings, SiteSettings, SourceSettings
from dispatch.store import open_store
from dispatch.worker.gather import VISITORS, Gatherer

FEEDS = 1000
ROUNDS = 5
ITEMS = 5
RSS = "<rss version='2.0'><channel><title>{feed}</title>{items}</channel></rss>"
ITEM = (
    "<item><guid isPermaLink='false'>{feed}-{n}</guid><title>Story {n} of {feed}"
    "</title><description>What happened at {feed} when {n} came.</description>"
    "<pubDate>Mon, 02 Mar 2026 {n:02}:00:00 GMT</pubDate></item>"
)


class Clock:
    moment = datetime(2026, 3, 2, 22, tzinfo=UTC)

    def now(self):
        return self.moment


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if "If-None-Match" in self.headers:
            self.send_response(304)
            self.send_header("Connection", "close")
            self.end_headers()
            return
        items = "".join(ITEM.format(feed=self.path[1:], n=n) for n in range(ITEMS))
        body = RSS.format(feed=self.path[1:], items=items).encode()
        self.send_response(200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def serve(port):
    server = Server(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


def urllib3_alone(port):
    """Ask for every feed once; nothing is checked, bounded or kept."""
    jobs = SimpleQueue()
    for number in range(FEEDS):
        jobs.put(f"http://127.0.0.1:{port}/feed{number}")
    headers = {"If-None-Match": '"one"', "Connection": "close"}

    def work():
        pool = urllib3.PoolManager()
        while True:
            try:
                url = jobs.get_nowait()
            except Empty:
                return
            assert pool.request("GET", url, headers=headers).status == 304

    threads = [threading.Thread(target=work) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ours(round_, gatherer):
    plan = collect.due(round_, urgency=collect.Urgency.DUE)
    outcomes = gatherer.gather(plan.calls, lambda call: visits.visit(call, round_))
    report = settle_visits.settle(round_, outcomes)
    assert len(report.sources) == FEEDS, len(report.sources)
    assert report.ok, report.lines()[:3]


def seconds(call, *given):
    started = time.perf_counter()
    call(*given)
    return time.perf_counter() - started


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    ports = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    port = ports.get()
    names = [f"feed{number}" for number in range(FEEDS)]
    sources = tuple(
        SourceSettings(
            name=name,
            kind="feed",
            url=f"http://{name}.example:{port}/{name}",
        )
        for name in names
    )
    fetch = Fetcher(
        FetchSettings(allow_private=("127.0.0.1",)), resolve=lambda *_: ["127.0.0.1"]
    )
    clock = Clock()
    alone, whole = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{Path(folder) / 'dispatch.db'}", clock=clock) as store,
    ):
        round_ = Round(store, fetch, SiteSettings(), "x.example", sources, clock)
        gatherer = Gatherer(patience=600)
        ours(round_, gatherer)  # the first visit, which brings the stories
        for _ in range(rounds):
            clock.moment += timedelta(hours=5)
            alone.append(seconds(urllib3_alone, port))
            whole.append(seconds(ours, round_, gatherer))
    server.terminate()
    ratio = statistics.median(whole) / statistics.median(alone)
    each = statistics.median(whole) / FEEDS * 1000
    print(
        f"polling: {FEEDS:,} feeds answering 304: {ratio:.2f} x urllib3 alone on "
        f"{VISITORS} connections ({each:.2f} ms a feed)"
    )


if __name__ == "__main__":
    main()
