"""`dispatch run` as a process of its own, driven by signals."""

import json
import queue
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest

from dispatch.deliver import dkim
from support import inbox as inboxes, smtp
from support.http_server import Reply, Server
from support.ports import free_port
from support.publication import Publication, environment

READER = "reader@inbox.example"
STORY = """Courtesy of Ines Amaral

The town library will stay open until midnight during examination weeks.
"""
PATIENCE = 120  # seconds; far more than anything here takes


class Daemon:
    """A running `dispatch run`, and what it says."""

    def __init__(self, process):
        self.process = process
        self.said = []
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def wait_for(self, words):
        """Return the next line that holds `words`."""
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"never said {words!r}: " + "\n".join(self.said))

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """Wait for the process; return its exit code."""
        return self.process.wait(PATIENCE)


@contextmanager
def serving(publication):
    process = publication.start()
    try:
        daemon = Daemon(process)
        daemon.wait_for("Ctrl-C")
        yield daemon
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def inbox():
    with inboxes.listening() as opened:
        yield opened


def publish(tmp_path, database, port):
    folder = tmp_path / "courier"
    folder.mkdir()
    return Publication(folder, database=database, smtp=port)


@pytest.fixture
def publication(tmp_path, sqlite_url, inbox):
    return publish(tmp_path, sqlite_url, inbox.port)


def rewrite(publication, old, new):
    file = publication.folder / "config.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def add_reader(publication, address=READER):
    words = ("subscriber", "add", address, "--newsletter", "daily", "--confirmed")
    publication.command(*words)


def test_sigterm_stops_cleanly(publication):
    with serving(publication) as daemon:
        assert publication.get("/readyz")[0] == 200
        daemon.signal(signal.SIGTERM)

        assert daemon.end() == 0
        daemon.wait_for("Stopping")


def test_a_source_that_hangs_keeps_no_daemon_from_stopping(publication):
    asked = threading.Event()

    with Server() as server:
        server["/feed"] = Reply(
            send=lambda _: (asked.set(), server.stopping.wait(PATIENCE))
        )
        url = server.url("/feed")
        block = f'[[source]]\nname = "wire"\nkind = "feed"\nurl = "{url}"'
        private = '[fetch]\nallow_private = ["127.0.0.1"]\n'
        rewrite(publication, "[[source]]", f"{private}\n{block}\n\n[[source]]")
        process = publication.start()
        assert asked.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(10) == 0  # the request itself may take 20 seconds
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def test_readyz_asks_the_cycle_and_the_delivery(publication):
    with serving(publication):
        checks = json.loads(publication.get("/readyz")[2])["checks"]

    assert checks["cycle"] == checks["delivery"] == "ok"


def test_sigterm_lets_a_mail_at_the_dot_finish_and_claims_no_more(tmp_path, sqlite_url):
    at_dot, go_on = threading.Event(), threading.Event()

    def watch(stage, _server):
        if stage == "KEPT":
            at_dot.set()
            go_on.wait(PATIENCE)

    with smtp.serving(watch=watch) as server:
        publication = publish(tmp_path, sqlite_url, server.port)
        rewrite(publication, 'security = "none"', 'security = "none"\nconnections = 1')
        for number in range(3):
            add_reader(publication, f"reader-{number}@inbox.example")
        publication.write("library.txt", STORY)
        publication.command("collect")
        publication.command("compose", "daily", "--now", "--send")
        with serving(publication) as daemon:
            assert at_dot.wait(PATIENCE)
            daemon.signal(signal.SIGTERM)
            daemon.wait_for("Stopping")
            go_on.set()
            assert daemon.end() == 0

    (issue,) = publication.status()["issues"]
    assert (issue["accepted"], issue["pending"]) == (1, 2)
    assert issue["dot"] == issue["claimed"] == issue["unknown"] == 0


def test_sighup_with_a_broken_config_keeps_the_old_one_and_says_why(publication):
    with serving(publication) as daemon:
        rewrite(publication, 'schedule = "0 7 * * *"', 'schedule = "every day"')
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("The old configuration stays in use")
        daemon.signal(signal.SIGHUP)
        assert "'every day' is not a schedule" in daemon.wait_for("schedule")

        assert publication.get("/")[0] == 200


def test_sighup_with_a_broken_stylesheet_keeps_the_old_site(publication):
    sheet = publication.folder / "templates" / "web" / "static" / "site.css"
    with serving(publication) as daemon:
        sheet.parent.mkdir(parents=True)
        sheet.write_bytes(b"\xff\xfe no text")
        daemon.signal(signal.SIGHUP)
        assert str(sheet) in daemon.wait_for("The old configuration stays in use")

        assert publication.get("/")[0] == 200


def with_key(publication):
    """A publication whose mail is signed, and the file of its key."""
    file = publication.folder / "signing.pem"
    file.write_bytes(dkim.generate("ed25519")[0])
    with (publication.folder / "config.toml").open("a", encoding="utf-8") as opened:
        opened.write(
            '\n[[dkim]]\ndomain = "courier.example"\nselector = "s1"\n'
            'key_file = "signing.pem"\n'
        )
    return file


def test_sighup_with_a_broken_key_keeps_the_old_one_and_says_why(publication):
    file = with_key(publication)
    with serving(publication) as daemon:
        for bad, why in ((None, "cannot be read"), (b"nothing", "is no private key")):
            file.unlink() if bad is None else file.write_bytes(bad)
            daemon.signal(signal.SIGHUP)
            line = daemon.wait_for("The old configuration stays in use")
            said = line + daemon.wait_for("signing.pem") if why not in line else line
            assert "dkim.s1.key_file" in said
            assert why in said

        assert publication.get("/")[0] == 200
        file.write_bytes(dkim.generate("ed25519")[0])
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("The new configuration is in use")


@pytest.mark.parametrize("bad", [None, b"nothing", b""])
def test_a_broken_key_stops_the_start_with_one_sentence(publication, bad):
    file = with_key(publication)
    file.unlink() if bad is None else file.write_bytes(bad)

    done = publication.start()
    said = done.communicate(timeout=PATIENCE)[0].strip().splitlines()

    assert done.returncode == 2
    assert [line for line in said if "dkim.s1.key_file" in line] == said[:1], said
    assert "Traceback" not in "\n".join(said)


def test_sighup_applies_a_good_config(publication):
    with serving(publication) as daemon:
        rewrite(publication, "The Larkfield Courier", "The Millbrook Sentinel")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("The new configuration is in use")

        assert b"The Millbrook Sentinel" in publication.get("/")[2]


def test_sighup_says_what_takes_a_restart_and_goes_on_as_before(publication):
    with serving(publication) as daemon:
        text = (publication.folder / "config.toml").read_text(encoding="utf-8")
        database = next(line for line in text.splitlines() if "sqlite:" in line)
        rewrite(publication, database, 'url = "sqlite:///other.db"')
        listen = f'listen = "127.0.0.1:{publication.web}"'
        rewrite(publication, listen, f'listen = "127.0.0.1:{free_port()}"')
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("store.url has changed too; that takes a restart")
        daemon.wait_for("web.listen has changed too; that takes a restart")

        assert publication.get("/readyz")[0] == 200
    assert not (publication.folder / "other.db").exists()


def test_a_second_daemon_on_one_sqlite_file_is_refused(publication):
    with serving(publication) as daemon:
        done = subprocess.run(
            publication._line("run"),
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )

    assert done.returncode == 1
    assert f"already being served by process {daemon.process.pid}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.postgres
def test_two_daemons_on_postgresql_send_every_mail_once(tmp_path, postgres_url, inbox):
    one = publish(tmp_path, postgres_url, inbox.port)
    (tmp_path / "second").mkdir()
    two = publish(tmp_path / "second", postgres_url, inbox.port)
    readers = [f"reader-{number}@inbox.example" for number in range(20)]
    list_of_readers = tmp_path / "readers.csv"
    list_of_readers.write_text("email\n" + "\n".join(readers), encoding="utf-8")
    one.command("import", str(list_of_readers), "--newsletter", "daily", "--confirmed")
    key = two.folder / "var" / "secret.key"  # links of both have to be good at either
    key.parent.mkdir(exist_ok=True)
    shutil.copy(one.folder / "var" / "secret.key", key)
    with serving(one), serving(two):
        one.write("library.txt", STORY)
        one.command("collect")
        one.command("compose", "daily", "--now", "--send")
        for reader in readers:
            inbox.wait_for(reader)

    assert sorted(mail.recipient for mail in inbox.messages) == sorted(readers)


def test_a_port_that_is_taken_is_one_sentence(publication):
    with socket.create_server(("127.0.0.1", publication.web)):
        done = subprocess.run(
            publication._line("run"),
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )

    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if "is taken" in line]
    assert len(told) == 1
    assert str(publication.web) in told[0]
    assert "Traceback" not in done.stderr


def test_the_heartbeat_hears_of_an_issue_that_balanced(publication, inbox):
    with Server() as switch:
        switch["/ping"] = Reply(b"ok")
        operators = f'[operators]\nheartbeat = "{switch.url("/ping")}"\n\n[store]'
        rewrite(publication, "[store]", operators)
        add_reader(publication)
        publication.write("library.txt", STORY)
        publication.command("collect")
        publication.command("compose", "daily", "--now", "--send")
        with serving(publication) as daemon:
            inbox.wait_for(READER)
            while not switch.asked:
                daemon.signal(signal.SIGHUP)  # each makes a cycle
                daemon.wait_for("configuration")

    issue = publication.status()["issues"][0]
    assert json.loads(switch.asked[0].body)["issues"] == [issue["id"]]
