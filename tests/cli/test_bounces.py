"""`dispatch bounce`, as an operator and as a mail server's pipe use it."""

import io
import os
import sys

import pytest

from dispatch.store import bounces, open_store
from support import bounce_mails, imap_server
from support.bounce_mails import dsn


@pytest.fixture
def pipe(desk, monkeypatch):
    """Give a command its standard input."""

    def give(raw, *words, code=0):
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as target:
            target.write(raw)
            target.close()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(source))
            return desk.call("bounce", "take", *words, code=code)

    return give


def add(desk, text):
    desk.configure(desk.config.read_text() + text)


def test_nothing_came_back_yet(desk):
    assert "Nothing came back." in desk.call("bounce", "list").out
    assert desk.call("bounce", "list", "--json").json["bounces"] == []


def test_a_mail_is_taken_from_standard_input(pipe, desk, clock):
    raw = dsn("550 5.1.1 no", "5.1.1", token="nothing")

    assert "Taken: forged." in pipe(raw).out
    assert pipe(bounce_mails.PERSON, "x@y.z", "--json").json["outcome"] == "other"
    url = f"sqlite:///{desk.folder}/var/dispatch.db"
    with open_store(url, clock=clock) as store, store.read() as tx:
        assert bounces.intakes(tx) == {"forged": 1, "other": 1}


def test_a_mail_that_cannot_be_kept_is_to_be_brought_again(pipe, desk):
    desk.configure("[site]\nnonsense = 1\n")

    assert "site.nonsense" in pipe(b"Subject: x\n\n", code=75).err


def test_which_is_to_be_forgiven_or_applied_has_to_be_said(desk):
    assert "Say which" in desk.call("bounce", "forgive", code=2).err
    assert "Say which" in desk.call("bounce", "apply", code=2).err
    both = ("--all", "--domain", "example.net")
    assert "Say which" in desk.call("bounce", "apply", *both, code=2).err

    assert "0 bounces" in desk.call("bounce", "forgive", "--all").out
    assert "0 bounces" in desk.call("bounce", "apply", "--domain", "x.example").out


def test_the_addresses_for_providers_are_printed_once_they_are_named(desk):
    assert "No provider may post" in desk.call("bounce", "hooks").out
    add(desk, '\n[bounces]\nhooks = ["ses"]\n')

    found = desk.call("bounce", "hooks", "--json").json["hooks"]
    assert found["ses"].startswith("http://127.0.0.1:8000/hooks/ses/")


def test_the_mailbox_is_emptied_on_demand(desk):
    assert "names no mailbox" in desk.call("bounce", "fetch", code=2).err
    with imap_server.Server() as server:
        user, password = server.login
        (desk.folder / "secret").write_text(password)
        add(
            desk,
            f'\n[bounces]\nhost = "127.0.0.1"\nport = {server.port}\n'
            f'security = "none"\nusername = "{user}"\npassword_file = "secret"\n',
        )
        said = desk.call("bounce", "fetch")
    assert said.out == ""
