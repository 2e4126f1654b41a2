"""From a story file to received bytes, and from the form to one-click, for real."""

import re
from urllib.parse import urlencode

import pytest

from support import inbox as inboxes
from support.publication import Publication

STORY = """Courtesy of Ines Amaral

The town library will stay open until midnight during examination weeks.

“It is about time,” said Ruth Okafor ’09, who runs the café next door.

The trial begins in December and costs nine thousand dollars, most of it for heating.
"""
READER = "reader@inbox.example"


@pytest.fixture
def inbox():
    with inboxes.listening() as opened:
        yield opened


@pytest.fixture
def publication(tmp_path, database_url, inbox):
    folder = tmp_path / "courier"
    folder.mkdir()
    return Publication(folder, database=database_url, smtp=inbox.port)


def link(mail, path):
    """The first link of the plain text that leads to `path`."""
    return re.search(rf"http://127\.0\.0\.1:\d+{path}/[\w.-]+", mail.part("plain"))[0]


def subscribe(publication, inbox):
    """Sign up by the form and confirm by the button; return the welcome mail."""
    form = urlencode({"newsletter": "daily", "email": READER}).encode()
    status, _, _ = publication.post("/subscribe", form)
    assert status == 200
    confirm = link(inbox.wait_for(READER), "/confirm")
    publication.get(confirm)
    assert publication.status()["subscriptions"]["pending"] == 1, "GET changed state"
    assert publication.post(confirm, b"")[0] == 200
    return inbox.wait_for(READER, 2)


def one_click(mail):
    return re.search(r"<(https?:[^>]+)>", str(mail.message["List-Unsubscribe"]))[1]


def test_a_story_reaches_feeds_and_inbox_and_the_reader_can_leave(publication, inbox):
    with publication.running():
        subscribe(publication, inbox)
        publication.write("council/library.txt", STORY)
        publication.command("collect")
        publication.command("publish")
        publication.command("compose", "daily", "--now", "--send")
        issue = inbox.wait_for(READER, 3)

        check_issue(issue)
        check_feed(publication)
        leave(publication, issue)
        publication.write("council/bridge.txt", STORY.replace("library", "bridge"))
        publication.command("collect")
        publication.command("compose", "daily", "--now", "--send")

    status = publication.status()
    assert status["subscriptions"]["unsubscribed"] == 1
    first = next(i for i in status["issues"] if i["planned"] == 1)
    assert (first["accepted"], first["state"]) == (1, "done")
    digests = [m for m in inbox.to(READER) if m.message["Archived-At"]]
    assert len(digests) == 1, "mail went to somebody who had left"


def check_issue(mail):
    message = mail.message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Amaral" not in message["Subject"]
    assert "library" in message["Subject"].lower()
    for subtype in ("plain", "html"):
        text = " ".join(mail.part(subtype).replace("&nbsp;", "\xa0").split())
        assert "until midnight" in text
    assert b"\r\n" in mail.raw
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")


def check_feed(publication):
    status, headers, body = publication.get("/feeds/all.rss")
    assert status == 200
    assert "Ruth Okafor\xa0’09".encode() in body or "Ruth Okafor ’09".encode() in body
    unchanged, _, empty = publication.get(
        "/feeds/all.rss", {"If-None-Match": headers["ETag"]}
    )
    assert (unchanged, empty) == (304, b"")


def leave(publication, mail):
    url = one_click(mail)
    publication.get(url)
    assert publication.status()["subscriptions"]["active"] == 1, "GET changed state"
    status, _, _ = publication.post(url, b"List-Unsubscribe=One-Click")
    assert status == 200
