import re

import pytest

from dispatch.deliver import dkim
from dispatch.sandbox.catcher import Catcher
from dispatch.sandbox.mailbox import Mailbox
from support import commands, smtp


def test_the_catcher_answers_while_the_site_is_not_live(desk, clock):
    mailbox = Mailbox(clock)
    with Catcher("127.0.0.1:0", mailbox) as catcher:
        text = commands.CONFIG.format(smtp=catcher.port)
        desk.configure(text)
        said = desk.call("relay", "test", "--to", "ada@readers.example").out
        told = desk.call("relay", "test", "--json").json

    (kept,) = mailbox.messages()
    assert "catcher: 127.0.0.1" in said
    assert "The letter to ada@readers.example was taken: 250" in said
    assert kept.recipients == ("ada@readers.example",)
    assert told["relays"][0]["ok"] is True
    assert told["relays"][0]["code"] is None


@pytest.mark.parametrize(
    ("profile", "signed"), [("", True), ("ses", False), ("office365", None)]
)
def test_its_letter_is_signed_as_an_issue_through_that_relay_is(desk, profile, signed):
    with smtp.serving() as server:
        desk.configure(
            commands.CONFIG.format(smtp=1025).replace("[site]", "[site]\nlive = true")
            + f"[smtp]\nport = {server.port}\nprofile = {profile!r}\n"
            '[[dkim]]\ndomain = "courier.example"\nselector = "s1"\n'
            'key_file = "s1.pem"\n'
        )
        (desk.folder / "s1.pem").write_bytes(dkim.generate("ed25519")[0])
        desk.call("relay", "test", "--to", "ada@readers.example")

    (kept,) = server.received
    found = re.search(rb"\r\n\th=(.*?);", kept.data, re.DOTALL)
    assert bool(found) is (signed is not None)
    if found:
        assert (b"message-id" in found[1]) is signed


def test_a_relay_that_is_down_is_a_failure_with_a_sentence(desk):
    said = desk.call("relay", "test", code=1)

    assert said.out.startswith("catcher: The relay 127.0.0.1:")
    assert "is the mail catcher, and is not there. Start it: " in said.out


def test_a_relay_that_is_not_in_use_and_an_address_that_is_none_are_usage(desk):
    other = desk.call("relay", "test", "--relay", "ses", code=2)
    wrong = desk.call("relay", "test", "--to", "nobody", code=2)

    assert "There is no relay 'ses' in use, but: catcher." in other.err
    assert "needs an @" in wrong.err
