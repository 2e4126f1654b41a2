"""How many polls the running server answers 304, against nginx with the same files.

Both on this machine, one process each, asked in turn by wrk over kept connections.
nginx has the lines of docs/serving-feeds.md.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from dispatch.actions.feeds.publish import publish  # noqa: E402
from dispatch.store import open_store  # noqa: E402
from dispatch.web.server import Server  # noqa: E402
from dispatch.web.site import create_site  # noqa: E402
from support import web  # noqa: E402
from web.test_serving_feeds import nginx  # noqa: E402

SECONDS, CONNECTIONS, ROUNDS = 4, 16, 3


class Now:
    def now(self):
        return datetime.now(UTC)


def serve(folder, port_to):
    """Serve the sample publication in this process until the pipe closes."""
    store = open_store(f"sqlite:///{folder}/dispatch.db", clock=Now())
    web.fill(store)
    app = web.make_app(Path(folder), store, Now())
    publish(store, app.settings, clock=Now())
    site = create_site(app)
    server = Server(site, "127.0.0.1:0", site.polls.answer)
    server.start()
    print(server.port, file=port_to, flush=True)
    sys.stdin.read()
    server.stop()
    store.close()


@contextmanager
def ours(folder):
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(20)


def polls(port):
    """Return 304s a second."""
    address = f"http://127.0.0.1:{port}/feeds/all.atom"
    with urlopen(address) as answer:
        tag = answer.headers["ETag"]
    headers = ("-H", "Host: news.example.org", "-H", f"If-None-Match: {tag}")
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *headers, address],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if re.search(r"Non-2xx or 3xx", said):
        raise SystemExit(f"Not every answer was a 304:\n{said}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def main():
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            print(f"{program} is not installed: apt-get install wrk nginx-light")
            return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "nginx").mkdir(mode=0o755)
        port = stack.enter_context(ours(folder))
        other = stack.enter_context(nginx(folder / "nginx", folder))
        found = sorted((polls(port), polls(other.port)) for _ in range(ROUNDS))
        mine, theirs = found[len(found) // 2]
    print(f"304s over {CONNECTIONS} connections, one process each:")
    print(f"  {mine / theirs:.2f} x the rate of nginx with the same files")
    print(f"  ({mine:,.0f} against {theirs:,.0f} a second)")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1], sys.stdout)
    else:
        main()
