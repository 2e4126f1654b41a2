"""The daemon's own ways to take in what comes back."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.errors import StoreError
from dispatch.model import BounceSettings
from dispatch.worker.bounce_box import BounceBox
from dispatch.worker.returns import Returns
from support import bounced, imap_server, web
from support.audience import TOKENS

ADA = "ada@example.net"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def app(tmp_path, sqlite_store, clock):
    return replace(web.make_app(tmp_path, sqlite_store, clock), tokens=TOKENS)


def using(app, **settings):
    back = BounceSettings(**settings)
    return replace(app, settings=replace(app.settings, bounces=back))


@pytest.fixture
def report(sqlite_store, clock):
    bounced.readers(sqlite_store, ADA)
    issue = bounced.issue(sqlite_store, clock)
    raw = bounced.report(sqlite_store, issue, ADA)
    return raw.replace(b"\n", b"\r\n") + b"x" * 5000  # no line is too long


@pytest.mark.parametrize(
    ("protocol", "client"), [("lmtp", smtplib.LMTP), ("smtp", smtplib.SMTP)]
)
def test_a_bounce_comes_in_by_the_listener(app, sqlite_store, report, protocol, client):
    returns = Returns(using(app, listen="127.0.0.1:0", protocol=protocol))
    returns.start()
    try:
        with client("127.0.0.1", returns.port) as session:
            session.ehlo_or_helo_if_needed()
            session.mail("")
            session.rcpt("news+whatever@example.org")
            code, said = session.data(report)
    finally:
        returns.stop()

    assert (code, said) == (250, b"2.0.0 Taken: counted")
    assert [one.via for one in bounced.listed(sqlite_store)] == [protocol]


def test_a_bounce_that_cannot_be_kept_stays_with_its_sender(app, report, caplog):
    class Broken:
        def write(self, _unit):
            raise StoreError("The disk is full.")

    returns = Returns(using(replace(app, store=Broken()), listen="127.0.0.1:0"))
    returns.start()
    try:
        with (
            smtplib.LMTP("127.0.0.1", returns.port) as session,
            pytest.raises(smtplib.SMTPDataError) as refused,
        ):
            session.sendmail("x@y.z", ["news@example.org"], report)
    finally:
        returns.stop()

    assert refused.value.smtp_code == 451


def test_without_settings_nothing_listens_and_nothing_is_visited(app):
    returns = Returns(app)
    returns.start()
    returns.stop()

    assert returns.port == 0


def test_the_mailbox_is_visited_and_a_failure_said_once(
    app, sqlite_store, report, caplog
):
    with imap_server.Server() as server:
        server.deliver(report, arrived=NOW)
        settings = replace(bounced.mailbox(server), every=timedelta(minutes=1))
        there = replace(app, settings=replace(app.settings, bounces=settings))
        box = BounceBox(there)
        caplog.set_level("INFO", logger="dispatch")
        box.once()
        assert "Mail that came back: 1 counted." in caplog.text
        box.replace(
            replace(
                app,
                settings=replace(
                    app.settings, bounces=replace(settings, password="wrong")
                ),
            )
        )
        caplog.clear()
        box.once()
        box.once()

    assert caplog.text.count("refuses the login") == 1
    assert len(bounced.listed(sqlite_store)) == 1
