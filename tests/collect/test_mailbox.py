"""Editors file by mail: who may, what becomes of a mail, and what a server may do."""

import contextlib
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import (
    HealthCheck,
    given,
    settings as settings_of_hypothesis,
    strategies as st,
)

from dispatch.collect import inbox, mailbox
from dispatch.collect.inbox import Limits
from dispatch.errors import SourceError
from dispatch.model import Errand, PubStatus, SourceSettings
from support.imap_server import Behaviour, Server
from support.mails import STORY, TRUSTED, mail, passed, reply
from support.smtp import certificate

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def server():
    with Server() as running:
        yield running


def settings(server, **options):
    defaults = {
        "name": "desk",
        "kind": "mailbox",
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "username": "desk@example.org",
        "password": "a secret",
        "senders": ("ann@example.org", "@press.example.net"),
        "authserv": TRUSTED,
    }
    return SourceSettings(**{**defaults, **options})


def visit(server, cursor="", *, now=NOW, opened=inbox.opened, **options):
    errand = Errand(
        source=settings(server, **options), fetch=None, now=now, cursor=cursor
    )
    return mailbox.read(errand, opened=opened)


def deliver(server, raw, *, minutes=5, **options):
    return server.deliver(raw, arrived=NOW - timedelta(minutes=minutes), **options)


def test_a_mail_becomes_a_story_with_its_subject_as_the_headline(server):
    deliver(server, mail())

    harvest = visit(server)

    story = harvest.found[0]
    assert story.content.headline == "Harbour bridge closes for repairs"
    assert story.content.bylines == ("Ann Lee",)
    assert story.content.html.startswith("<p>The harbour bridge")
    assert story.published_at == NOW - timedelta(minutes=5)
    assert story.status is PubStatus.USABLE
    assert harvest.problems == ()


def test_nothing_in_the_mailbox_is_changed(server):
    deliver(server, mail())

    visit(server)

    commands = {one.split()[0].upper() for one in server.heard}
    assert commands <= {
        *("CAPABILITY", "AUTHENTICATE", "LOGIN", "EXAMINE", "UID", "LOGOUT")
    }
    assert all("BODY[" not in one for one in server.heard)  # only BODY.PEEK[


def test_the_next_visit_goes_on_where_the_last_one_ended(server):
    deliver(server, mail(number=1))
    first = visit(server)
    deliver(server, mail(number=2, subject="Library opens"))

    second = visit(server, first.cursor)

    assert [one.content.headline for one in second.found] == ["Library opens"]
    assert visit(server, second.cursor).found == ()
    assert server.fetched() == [1, 2]


def test_a_mailbox_that_numbers_its_mails_anew_brings_no_story_twice(server):
    deliver(server, mail(number=1))
    deliver(server, mail(number=2, subject="Library opens"))
    first = visit(server)
    server.renumber()
    deliver(server, mail(number=3, subject="Park grows"))

    second = visit(server, first.cursor)

    assert [one.content.headline for one in second.found] == ["Park grows"]


def test_a_first_visit_looks_back_a_month(server):
    deliver(server, mail(number=1), minutes=60 * 24 * 45)
    deliver(server, mail(number=2), minutes=60 * 24 * 20)

    assert len(visit(server).found) == 1


# Who may file


@pytest.mark.parametrize(
    "sender",
    ["Ann Lee <ann@example.org>", "ANN@Example.ORG", '"Lee, Ann" <ann@example.org>'],
)
def test_a_listed_sender_may_file(server, sender):
    deliver(server, mail(sender=sender))

    assert len(visit(server).found) == 1


def test_everybody_of_a_listed_domain_may_file(server):
    results = [passed("press.example.net")]
    deliver(server, mail(sender="bo@press.example.net", results=results))

    assert len(visit(server).found) == 1


@pytest.mark.parametrize(
    "sender",
    [
        "Eve <eve@example.com>",
        "ann@example.org.evil.example",
        "bo@sub.press.example.net",
        '"ann@example.org" <eve@example.com>',
    ],
)
def test_a_mail_of_anybody_else_is_not_even_fetched(server, sender):
    deliver(server, mail(sender=sender, results=[passed("example.com")]))

    harvest = visit(server)

    assert harvest.found == ()
    assert server.fetched() == []
    assert "not among `senders`" in harvest.problems[0].what
    assert sender not in str(harvest.problems)


@pytest.mark.parametrize(
    "line",
    [
        b"From: ann@example.org, eve@example.com\r\n",
        b"From: eve@example.com <ann@example.org>\r\n",
        b"From: ann@example.org\r\nFrom: eve@example.com\r\n",
        b"From: =?utf-8?q?eve?= (ann) <ann@example.org>\r\n",
        b"From: \r\n",
        b"",
    ],
)
def test_a_mail_that_names_no_single_sender_is_refused(server, line):
    raw = mail().replace(b"From: Ann Lee <ann@example.org>\r\n", line)
    deliver(server, raw)

    harvest = visit(server)

    assert harvest.found == ()
    assert "no single sender" in harvest.problems[0].what


@pytest.mark.parametrize(
    "results",
    [
        [],
        ["mx.example.org; none"],
        ["mx.example.org; dmarc=fail header.from=example.org"],
        ["mx.example.org; dmarc=fail; dkim=pass header.d=example.org"],
        ["mx.example.org; dmarc=pass header.from=evil.example"],
        ["mx.evil.example; dmarc=pass header.from=example.org"],
        ["mx.example.org; dkim=pass header.d=evil.example"],
        ["mx.example.org; dkim=pass header.d=org"],
        ["mx.example.org (; dmarc=pass header.from=example.org)"],
        # What the server wrote stands on top of what the sender wrote.
        ["mx.example.org; dmarc=fail header.from=example.org", passed()],
        ['evil "; mx.example.org; dmarc=pass" ; dmarc=pass'],
    ],
)
def test_a_mail_that_the_trusted_server_does_not_vouch_for_is_refused(server, results):
    deliver(server, mail(results=results))

    harvest = visit(server)

    assert harvest.found == ()
    assert server.fetched() == []
    assert "not confirmed" in harvest.problems[0].what


@pytest.mark.parametrize(
    "results",
    [
        [passed()],
        ["other.example; dmarc=fail", passed()],
        ["MX.example.org 1; spf=fail smtp.mailfrom=x.example; dmarc = pass"],
        ["mx.example.org; dkim=pass header.i=@example.org header.s=a"],
        ['mx.example.org; dmarc=none; dkim=pass (ok; "sure) header.d=example.org'],
        ["mx.example.org; spf=pass smtp.mailfrom=ann@example.org"],
        ['mx.example.org; dmarc/1=pass reason="a; b" header.from="example.org"'],
    ],
)
def test_a_mail_that_the_trusted_server_vouches_for_is_taken(server, results):
    deliver(server, mail(results=results))

    assert len(visit(server).found) == 1


def test_without_a_trusted_server_a_story_is_held(server):
    deliver(server, mail("Id: 7\n\n" + STORY, results=[]))

    harvest = visit(server, authserv="")

    assert harvest.found[0].status is PubStatus.WITHHELD
    assert [one.kind for one in harvest.found[0].aliases] == ["guid"]
    assert "authserv" in harvest.remark


def test_without_a_trusted_server_no_mail_changes_a_story(server):
    deliver(server, mail(number=1))
    first = visit(server)
    deliver(server, reply(2, to=1, text=STORY.replace("bridge", "tunnel")))
    deliver(server, reply(3, to=1, text="Withdraw\n"))

    second = visit(server, first.cursor, authserv="")

    assert second.gone == frozenset()
    assert first.found[0].locator not in {one.locator for one in second.found}


def test_nobody_listed_means_nobody_may_file(server):
    with pytest.raises(SourceError, match="senders"):
        visit(server, senders=())


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-replied"),
        ("Precedence", "bulk"),
        ("List-Id", "<news.example.org>"),
        ("Return-Path", "<>"),
        ("X-Autoreply", "yes"),
    ],
)
def test_what_no_person_wrote_is_passed_over_without_a_word(server, header):
    deliver(server, mail(headers=[header]))

    harvest = visit(server)

    assert (harvest.found, harvest.problems) == ((), ())
    assert server.fetched() == []


# Replies


def test_a_reply_with_the_whole_story_is_its_new_version(server):
    deliver(server, mail(number=1))
    first = visit(server)
    deliver(server, reply(2, to=1, text=STORY.replace("thirty", "forty")))

    second = visit(server, first.cursor)

    assert second.found[0].locator == first.found[0].locator
    assert "forty years" in second.found[0].content.html
    assert second.found[0].updated_at == NOW - timedelta(minutes=5)


def test_a_reply_to_a_reply_belongs_to_the_same_story(server):
    deliver(server, mail(number=1))
    deliver(server, reply(2, to=1, text=STORY.replace("thirty", "forty")))
    deliver(server, reply(3, to=2, text=STORY.replace("thirty", "fifty")))

    harvest = visit(server)

    assert len(harvest.found) == 1
    assert "fifty years" in harvest.found[0].content.html


def test_a_remark_about_a_story_does_not_replace_it(server):
    deliver(server, mail(number=1))
    first = visit(server)
    deliver(server, reply(2, to=1, text="Could somebody mend the second line?\n"))

    second = visit(server, first.cursor)

    assert second.found == ()
    assert "too few" in second.problems[0].what


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Withdraw\n", "Re: Harbour bridge closes for repairs"),
        ("Please withdraw this story.\n\nAnn\n", "Re: Harbour bridge"),
        ("Status: canceled\n", "Re: Harbour bridge"),
        (STORY, "Withdraw: Harbour bridge"),
    ],
)
def test_a_reply_withdraws_a_story(server, text, subject):
    deliver(server, mail(number=1))
    first = visit(server)
    deliver(server, reply(2, to=1, text=text, subject=subject))

    second = visit(server, first.cursor)

    assert second.found == ()
    assert second.gone == {first.found[0].locator}


def test_nobody_withdraws_or_replaces_another_senders_story(server):
    deliver(server, mail(number=1))
    first = visit(server)
    other = {"sender": "bo@press.example.net", "results": [passed("press.example.net")]}
    deliver(server, reply(2, to=1, text="Withdraw\n", **other))
    deliver(server, mail(number=1, text=STORY.replace("bridge", "tunnel"), **other))

    second = visit(server, first.cursor)

    assert second.gone == frozenset()
    assert second.found[0].locator != first.found[0].locator
    assert "no reply to one" in second.problems[0].what


# What a server may do


def test_tls_is_used_and_its_certificate_checked(tmp_path):
    cert, context = certificate(tmp_path)
    with Server(context, implicit=True) as server:
        deliver(server, mail())
        with pytest.raises(SourceError, match="certificate is not trusted"):
            visit(server, security="tls")
        assert server.heard == []

        trusting = partial(inbox.opened, tls=ssl.create_default_context(cafile=cert))
        assert len(visit(server, security="tls", opened=trusting).found) == 1


def test_starttls_comes_before_the_password(tmp_path):
    cert, context = certificate(tmp_path)
    trusting = partial(inbox.opened, tls=ssl.create_default_context(cafile=cert))
    with Server(context) as server:
        server.behaviour.capabilities = "IMAP4rev1 STARTTLS LOGINDISABLED"
        deliver(server, mail())

        found = visit(server, security="starttls", opened=trusting).found

        assert len(found) == 1
        assert server.heard.index("STARTTLS") < len(server.heard)
        assert server.heard[1] == "STARTTLS"


@pytest.mark.parametrize(
    "capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 LOGINDISABLED"]
)
def test_without_starttls_no_password_is_sent(server, capabilities):
    server.behaviour.capabilities = capabilities

    with pytest.raises(SourceError, match="does not offer STARTTLS"):
        visit(server, security="starttls")
    assert not any("secret" in one or "AUTH" in one for one in server.heard)


def test_words_injected_before_tls_end_the_conversation(tmp_path):
    _, context = certificate(tmp_path)
    with Server(context) as server:
        server.behaviour.capabilities = "IMAP4rev1 STARTTLS"
        server.behaviour.after_starttls = b"* OK forged\r\n"

        with pytest.raises(SourceError, match="broke off"):
            visit(server, security="starttls")


def test_no_password_goes_over_the_network_in_clear_text(server):
    with pytest.raises(SourceError, match="clear text"):
        visit(server, host="mail.example.org")


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
def test_a_refused_login_is_named_without_the_password(server, capabilities):
    server.behaviour.capabilities = capabilities

    with pytest.raises(SourceError, match="refuses the login") as caught:
        visit(server, password="wrong horse")
    assert "wrong horse" not in str(caught.value)


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
def test_a_password_with_quotes_and_backslashes_arrives(server, capabilities):
    server.behaviour.capabilities = capabilities
    server.login = ("desk@example.org", 'a "b\\c')
    if capabilities == "IMAP4rev1":
        server.login = ("desk@example.org", "a b")
    deliver(server, mail())

    assert len(visit(server, password=server.login[1]).found) == 1


@pytest.mark.parametrize("key", ["mailbox", "username", "password"])
def test_no_line_break_gets_into_a_command(server, key):
    with pytest.raises(SourceError, match="line break"):
        visit(server, **{key: "INBOX\r\nA1 DELETE INBOX"})
    assert server.heard == []


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", '"INBOX"'),
        ("Stories for today", '"Stories for today"'),
        ("Entwürfe & mehr", '"Entw&APw-rfe &- mehr"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("台北", '"&U,BTFw-"'),
    ],
)
def test_a_mailboxs_name_is_written_as_imap_wants_it(name, wire):
    assert inbox.wire_name(name) == wire


def test_a_mailbox_that_is_not_there_is_named(server):
    with pytest.raises(SourceError, match="no mailbox “Stories”"):
        visit(server, mailbox="Stories")


def test_a_huge_mail_is_named_and_never_fetched(server):
    deliver(server, mail(), size=31_000_000)

    harvest = visit(server)

    assert "larger than 25 MB" in harvest.problems[0].what
    assert server.fetched() == []


def test_a_literal_that_is_larger_than_announced_is_not_read(server):
    deliver(server, mail())
    server.behaviour.say_at["UID FETCH"] = (
        b"* 1 FETCH (UID 1 BODY[HEADER]<0> {9000000000}\r\n"
    )

    with pytest.raises(SourceError, match="broke off"):
        visit(server)


@pytest.mark.parametrize("good", [4, 5])  # it breaks at a header, at a message
def test_what_was_read_before_a_break_counts(server, good):
    for number in range(1, 5):
        deliver(server, mail(number=number, subject=f"Story {number}"))
    server.behaviour.drop_at, server.behaviour.drop_after = "UID FETCH", good

    first = visit(server)
    server.behaviour.drop_at = ""
    second = visit(server, first.cursor)

    heads = [one.content.headline for one in (*first.found, *second.found)]
    assert heads == ["Story 1", "Story 2", "Story 3", "Story 4"]
    assert "broke off" in first.remark
    assert second.remark == ""


@pytest.mark.parametrize("command", ["CAPABILITY", "EXAMINE", "UID SEARCH"])
def test_a_connection_that_breaks_is_one_error(server, command):
    server.behaviour.drop_at = command

    with pytest.raises(SourceError):
        visit(server)


@pytest.mark.parametrize("command", ["CAPABILITY", "EXAMINE", "UID SEARCH"])
def test_a_server_that_falls_silent_is_given_up(server, command):
    server.behaviour.silent_at = command
    quick = partial(inbox.opened, limits=Limits(seconds=0.3, reply=0.2))

    with pytest.raises(SourceError, match="in time"):
        visit(server, opened=quick)


def test_nobody_at_the_port_is_named(server):
    closed = replace(settings(server), port=1)
    with pytest.raises(SourceError, match="nobody answers"):
        mailbox.read(Errand(source=closed, fetch=None, now=NOW))


def test_a_refusal_stands_in_status_for_a_week_and_is_told_once(server):
    deliver(server, mail(sender="eve@example.com"))
    first = visit(server)
    deliver(server, mail(number=2))

    second = visit(server, first.cursor)
    later = visit(server, second.cursor, now=NOW + timedelta(days=8))

    assert first.problems == second.problems
    assert later.problems == ()


LINES = st.sampled_from(
    [
        b"* OK [UIDVALIDITY 7] x\r\n",
        b"* CAPABILITY IMAP4rev1\r\n",
        b"* SEARCH 1 2 9999999999999999999999\r\n",
        b"* 1 FETCH (UID 1 BODY[HEADER]<0> {3}\r\nabc)\r\n",
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
        b"* BYE\r\n",
        b"+ \r\n",
        b"A1 OK\r\n",
        b"* {5}\r\n",
    ]
)


@settings_of_hypothesis(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    talk=st.lists(LINES | st.binary(max_size=40), max_size=6).map(b"".join),
    command=st.sampled_from(["", "CAPABILITY", "EXAMINE", "UID SEARCH", "UID FETCH"]),
)
def test_whatever_a_server_says_is_one_error_or_a_harvest(server, talk, command):
    server.mailboxes["INBOX"] = []
    deliver(server, mail())
    server.behaviour = Behaviour(greeting=b"* OK\r\n" if command else talk)
    if command:
        server.behaviour.say_at[command] = talk
    server.behaviour.drop_at = "LOGOUT"
    quick = partial(inbox.opened, limits=Limits(seconds=0.2, reply=0.05))

    with contextlib.suppress(SourceError):
        assert len(visit(server, opened=quick).found) <= 1
