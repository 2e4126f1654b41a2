import base64
import socket
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.deliver import session
from dispatch.errors import RelayError
from dispatch.model import Envelope, RelaySettings
from support import smtp

SECRET = "corr€ct horse"


def connect(server, **changes):
    return session.connect(server.relay(**changes), helo="news.example.org")


def hand_over(opened, before_dot=lambda: True):
    return opened.transact(
        Envelope("a@example.org", "b@example.net"), b"Hi\r\n", before_dot
    )


def refused(server, **changes):
    with pytest.raises(RelayError) as caught:
        connect(server, **changes)
    return str(caught.value)


def test_it_greets_with_the_name_it_was_given():
    with smtp.serving() as server:
        connect(server).quit()

    assert server.commands == ["ehlo news.example.org", "QUIT"]


def test_a_server_that_knows_only_helo_will_do():
    with smtp.serving(say={"EHLO": "500 What?"}) as server:
        server.extensions = ()
        with pytest.raises(RelayError):
            connect(server)

    assert server.commands[:2] == ["ehlo news.example.org", "helo news.example.org"]


def test_small_packets_are_not_held_back():
    with smtp.serving() as server:
        opened = connect(server)
        option = opened._client.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        opened.quit()

    assert option


def test_starttls_is_used_and_greeted_again(tls):
    cert, context = tls
    with smtp.serving(extensions=("PIPELINING", "STARTTLS"), tls=context) as server:
        opened = connect(server, security="starttls", ca_file=cert)
        reply = hand_over(opened)
        opened.quit()

    assert reply.code == 250
    assert [c.split()[0] for c in server.commands[:3]] == ["ehlo", "STARTTLS", "ehlo"]


def test_tls_from_the_first_byte(tls):
    cert, context = tls
    with smtp.serving(tls=context, implicit_tls=True) as server:
        opened = connect(server, security="tls", ca_file=cert)
        reply = hand_over(opened)
        opened.quit()

    assert reply.code == 250


def test_a_server_without_starttls_gets_nothing():
    with smtp.serving() as server:
        sentence = refused(server, security="starttls")

    assert "does not offer STARTTLS" in sentence
    assert not any(c.startswith(("MAIL", "AUTH")) for c in server.commands)


def test_a_refused_starttls_is_no_reason_to_go_on_in_clear(tls):
    _, context = tls
    say = {"STARTTLS": "454 4.7.0 not now"}
    with smtp.serving(say=say, extensions=("STARTTLS",), tls=context) as server:
        sentence = refused(server, security="starttls")

    assert "454" in sentence


def test_words_slipped_in_before_tls_are_not_believed(tls):
    cert, context = tls
    say = {"STARTTLS": "220 Go ahead\r\n250 injected"}
    with smtp.serving(say=say, extensions=("STARTTLS",), tls=context) as server:
        sentence = refused(server, security="starttls", ca_file=cert)

    assert "out of turn" in sentence


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_unknown_certificate_is_refused(tls, security):
    _, context = tls
    with smtp.serving(
        extensions=("STARTTLS",), tls=context, implicit_tls=security == "tls"
    ) as server:
        sentence = refused(server, security=security)

    assert "certificate" in sentence
    assert "smtp.ca_file" in sentence


def test_a_certificate_for_another_name_is_refused(tls):
    cert, context = tls
    with smtp.serving(tls=context, implicit_tls=True) as server:
        sentence = refused(server, security="tls", ca_file=cert, host="localhost")

    assert "certificate" in sentence


def test_tls_to_a_port_that_speaks_plainly_names_the_remedy():
    with smtp.serving() as server:
        sentence = refused(server, security="tls")

    assert "smtp.security" in sentence


def test_a_missing_authority_file_is_named(tmp_path):
    with smtp.serving() as server:
        sentence = refused(server, security="tls", ca_file=tmp_path / "none.pem")

    assert "smtp.ca_file" in sentence


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.1"])
def test_mail_does_not_travel_in_clear_to_another_machine(host):
    with pytest.raises(RelayError, match="in clear"):
        session.connect(RelaySettings(host=host, port=1), helo="x")


def test_a_password_does_not_travel_in_clear_even_when_mail_may():
    relay = RelaySettings(
        host="192.0.2.1", allow_plaintext=True, username="u", password="p"
    )
    with pytest.raises(RelayError, match="password"):
        session.connect(relay, helo="x")


@pytest.mark.parametrize(
    ("offered", "verb"),
    [
        ("AUTH CRAM-MD5 LOGIN PLAIN", "AUTH PLAIN"),
        ("AUTH CRAM-MD5 LOGIN", "AUTH LOGIN"),
        ("AUTH=LOGIN", "AUTH LOGIN"),
    ],
)
def test_one_simple_mechanism_is_chosen(offered, verb):
    with smtp.serving(extensions=(offered,)) as server:
        connect(server, username="ada", password=SECRET).quit()

    tries = [c for c in server.commands if c.startswith("AUTH")]
    assert [t[: len(verb)] for t in tries] == [verb]
    sent = "".join(c.split()[-1] for c in server.commands)
    assert base64.b64encode(SECRET.encode()).decode() in sent or (
        base64.b64encode(f"\0ada\0{SECRET}".encode()).decode() in sent
    )


@pytest.mark.parametrize("offered", ["AUTH PLAIN LOGIN CRAM-MD5", "AUTH LOGIN"])
def test_a_refused_login_is_tried_once_and_told_without_the_secret(offered):
    say = {"AUTH": "535 5.7.8 bad: hunter2"}
    with smtp.serving(say=say, extensions=(offered,)) as server:
        sentence = refused(server, username="ada", password="hunter2")

    assert sum(c.startswith("AUTH") for c in server.commands) == 1
    assert "535" in sentence
    assert "hunter2" not in sentence


def test_a_login_that_is_not_offered_is_said_so():
    with smtp.serving(extensions=("AUTH XOAUTH2",)) as server:
        sentence = refused(server, username="ada", password="x")

    assert "XOAUTH2" in sentence


def test_a_server_that_turns_us_away_is_quoted():
    with smtp.serving(say={"GREETING": "554 5.7.1 Go away"}) as server:
        assert "554 5.7.1 Go away" in refused(server)


def test_a_server_that_hangs_up_is_named():
    with smtp.serving(say={"GREETING": smtp.DROP}) as server:
        assert "broke off" in refused(server)


def test_a_silent_server_is_given_up_in_time():
    with smtp.serving(say={"GREETING": smtp.SILENCE}) as server:
        sentence = refused(server, timeout=timedelta(seconds=0.2))

    assert "did not answer in time" in sentence


def test_a_server_that_drips_for_ever_is_given_up_in_time():
    def drip(stage, server):
        if stage == "EHLO":
            for dialogue in list(server.open):
                for _ in range(40):
                    dialogue.sock.sendall(b"x")
                    threading.Event().wait(0.02)

    with smtp.serving(watch=drip) as server:
        began = time.monotonic()
        refused(server, timeout=timedelta(seconds=0.3))

    assert time.monotonic() - began < 0.8


def test_a_reply_without_end_is_refused():
    with smtp.serving(say={"GREETING": "220-x\r\n" * 70 + "220 end"}) as server:
        assert "no end" in refused(server)


def test_no_server_at_all_names_the_remedy():
    with smtp.serving() as server:
        relay = server.relay()
    with pytest.raises(RelayError, match=r"is not listening.*smtp\.port"):
        session.connect(relay, helo="x")


def test_a_host_that_is_not_in_the_dns_is_named():
    relay = RelaySettings(host="no-such-host.invalid", security="tls")
    with pytest.raises(RelayError, match=r"no-such-host\.invalid"):
        session.connect(relay, helo="x")


def test_aborting_wakes_a_blocked_reader():
    with smtp.serving(say={"MAIL": smtp.SILENCE}, extensions=()) as server:
        opened = connect(server, timeout=timedelta(seconds=60))
        replies = []
        thread = threading.Thread(target=lambda: replies.append(hand_over(opened)))
        thread.start()
        while not any(c.startswith("MAIL") for c in server.commands):
            thread.join(0.01)
        opened.abort()
        thread.join(5)

    assert not thread.is_alive()
    assert replies[0].code == 0
    assert not opened.usable
    opened.quit()


def test_aborting_wakes_a_reader_under_tls(tls):
    cert, context = tls
    with smtp.serving(
        say={"MAIL": smtp.SILENCE}, extensions=(), tls=context, implicit_tls=True
    ) as server:
        relay = replace(server.relay(security="tls"), ca_file=cert)
        opened = session.connect(
            relay, helo="news.example.org", timeout=timedelta(seconds=60)
        )
        thread = threading.Thread(target=lambda: hand_over(opened))
        thread.start()
        while not any(c.startswith("MAIL") for c in server.commands):
            thread.join(0.01)
        opened.abort()
        thread.join(5)

    assert not thread.is_alive()
    opened.quit()
