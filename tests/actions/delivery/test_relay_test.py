import re
from email import message_from_bytes, policy

from dispatch.actions.delivery import relay_test
from dispatch.actions.delivery.rounds import Channel
from dispatch.deliver import session
from support import smtp


def trying(server, clock, *, to="", **changes):
    relay = server.relay(**{"return_path": "verp", **changes})
    channel = Channel(relay, lambda: session.connect(relay, helo="news.example.org"))
    return relay_test.try_relays(
        [channel],
        now=clock.now(),
        title="The Courier",
        sender="news@example.org",
        to=to,
    )


def test_login_and_offers_are_told_in_words(clock):
    with smtp.serving(extensions=("PIPELINING", "AUTH PLAIN")) as server:
        report = trying(server, clock, username="ada", password="hunter2")

    first, second = report.lines()
    assert report.ok
    assert "answers, in the clear, logged in with PLAIN" in first
    assert second == "  It offers AUTH, PIPELINING."
    assert "hunter2" not in str(report.to_json())


def test_a_letter_is_handed_over_outside_the_books(clock):
    with smtp.serving() as server:
        report = trying(server, clock, to="ada@example.net")

    (mail,) = server.received
    plain = re.sub(rb"(?m)^\.\.", b".", mail.data)
    letter = message_from_bytes(plain, policy=policy.default)
    assert (mail.sender, mail.recipient) == ("news@example.org", "ada@example.net")
    assert letter["Subject"] == "A test of the relay default"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "The Courier" in letter.get_content()
    assert report.lines()[-1] == (
        "  The letter to ada@example.net was taken: 250 2.0.0 Queued as 42."
    )


def test_a_refusal_names_the_stage_and_what_was_said(clock):
    with smtp.serving(say={"RCPT": "550 5.1.1 Unknown"}) as server:
        report = trying(server, clock, to="ada@example.net")

    assert not report.ok
    assert report.lines()[-1] == (
        "  It does not take mail for ada@example.net: 550 5.1.1 Unknown."
    )
    assert report.to_json()["relays"][0]["code"] == 550


def test_a_connection_that_breaks_after_the_dot_is_no_yes(clock):
    with smtp.serving(say={"DOT": smtp.DROP}) as server:
        report = trying(server, clock, to="ada@example.net")

    assert not report.ok
    assert "It did not take the message" in report.lines()[-1]


def test_a_relay_that_is_not_there_is_a_sentence(clock):
    with smtp.serving() as server:
        pass
    report = trying(server, clock, to="ada@example.net")

    assert not report.ok
    assert "is not listening" in report.lines()[0]
