"""A publication in a folder of its own, served by a real process."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager

from support.ports import free_port

CONFIG = """
[site]
title = "The Larkfield Courier"
url = "http://127.0.0.1:{web}"
language = "en"
timezone = "America/New_York"
live = true
contact = "desk@courier.example"
postal_address = "1 College Green, Larkfield"

[store]
url = "{database}"

[[source]]
name = "newsroom"
kind = "folder"
path = "articles"
section = "news"
first_contact = "mail"
settle = "0s"

[[feed]]
name = "all"
title = "All stories"

[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"

[[newsletter]]
name = "daily"
title = "The Daily Courier"
sender = "The Daily Courier <daily@courier.example>"
schedule = "0 7 * * *"

[web]
listen = "127.0.0.1:{web}"
"""


class Publication:
    """A folder with config.toml and articles/, and the commands to run on it."""

    def __init__(self, folder, *, database, smtp, config=CONFIG):
        self.folder = folder
        self.web = free_port()
        self.url = f"http://127.0.0.1:{self.web}"
        (folder / "articles").mkdir()
        text = config.format(web=self.web, database=database, smtp=smtp)
        (folder / "config.toml").write_text(text, encoding="utf-8")

    def write(self, name, text):
        file = self.folder / "articles" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def command(self, *words, ok=True):
        """Run one dispatch command; return what it printed on standard output."""
        done = subprocess.run(
            self._line(*words),
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
        if ok:
            assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def status(self):
        return json.loads(self.command("status", "--json"))

    def _line(self, *words):
        config = str(self.folder / "config.toml")
        return [sys.executable, "-m", "dispatch", "--config", config, *words]

    def start(self):
        """Start the daemon; it is killed with the test if it does not stop."""
        return subprocess.Popen(
            self._line("run"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
        )

    @contextmanager
    def running(self):
        """Serve for the length of the block; stop by SIGTERM, expecting exit 0."""
        process = self.start()
        try:
            self.wait_until_ready(process)
            drain = threading.Thread(target=process.stdout.read, daemon=True)
            drain.start()
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) == 0
            drain.join(5)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def wait_until_ready(self, process):
        """Read the report until it says that the daemon serves."""
        seen = []
        for line in process.stdout:
            seen.append(line)
            if "Ctrl-C" in line:
                return "".join(seen)
        raise AssertionError("the daemon stopped: " + "".join(seen))

    def get(self, path, headers=None):
        return self.open(urllib.request.Request(self._at(path), headers=headers or {}))

    def post(self, path, body, content_type="application/x-www-form-urlencoded"):
        headers = {"Content-Type": content_type}
        request = urllib.request.Request(self._at(path), body, headers, method="POST")
        return self.open(request)

    def _at(self, path):
        return path if path.startswith("http") else self.url + path

    @staticmethod
    def open(request):
        """Return (status, headers, body), whatever the status."""
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()


def environment():
    return {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
