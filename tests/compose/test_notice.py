from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from dispatch.compose import mime, notice
from dispatch.compose.splice import splice
from dispatch.model import MailingKind
from support.composing import DAILY, SITE, press, steady

VALUES = {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnop@courier.example",
    "delivery": b"zyxwvutsrqponmlkjihgfedc",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "unsubscribe": b"u" * 40,
    "preferences": b"p" * 40,
    "confirm": b"c" * 40,
}
KINDS = list(notice.DEFAULTS)
CONTEXT = {
    MailingKind.CONFIRM: {"days": 7},
    MailingKind.ALERT: {"alerts": ["The source newsroom is gone.", "2 are unknown."]},
    MailingKind.TEST: {"message": "Sent by relay test."},
}
PERSONAL = {
    MailingKind.CONFIRM: {"confirm"},
    MailingKind.WELCOME: {"unsubscribe", "preferences"},
    MailingKind.GOODBYE: set(),
    MailingKind.CORRECTION: {"unsubscribe", "preferences"},
    MailingKind.REMINDER: {"confirm"},
    MailingKind.ALERT: set(),
    MailingKind.TEST: set(),
}


class Eml(SingleFileSnapshotExtension):
    file_extension = "eml"


class Html(SingleFileSnapshotExtension):
    file_extension = "html"


class Txt(SingleFileSnapshotExtension):
    file_extension = "txt"


def make(kind, site=SITE, newsletter=DAILY, context=None):
    given = CONTEXT.get(kind, {}) if context is None else context
    return notice.notice(press(site), kind, newsletter=newsletter, context=given)


def read(frozen):
    wire = splice(frozen, VALUES)
    return message_from_bytes(mime.unstuff(wire), policy=policy.default)


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_as_it_leaves(kind, snapshot):
    frozen = make(kind)
    parsed = read(frozen)

    eml = mime.unstuff(splice(frozen, VALUES))
    assert steady(eml) == snapshot(extension_class=Eml, name="eml")
    html = parsed.get_body(("html",)).get_content().encode()
    assert html == snapshot(extension_class=Html, name="html")
    text = parsed.get_body(("plain",)).get_content().encode()
    assert text == snapshot(extension_class=Txt, name="txt")


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_has_no_more_spans_than_it_needs(kind):
    names = {span.name for span in make(kind).spans}

    assert names == {"to", "date", "message_id", "delivery"} | PERSONAL[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_only_welcome_and_correction_can_be_unsubscribed_from(kind):
    message = read(make(kind))

    of_list = kind in {MailingKind.WELCOME, MailingKind.CORRECTION}
    assert (message["List-Unsubscribe"] is not None) == of_list
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_confirmation_has_its_link_in_both_parts():
    message = read(make(MailingKind.CONFIRM))
    link = f"{SITE.url}/confirm/{'c' * 40}"

    for subtype in ("plain", "html"):
        assert link in message.get_body((subtype,)).get_content()


def test_operators_mail_needs_no_newsletter():
    message = read(make(MailingKind.ALERT, newsletter=None))
    nobody = read(make(MailingKind.TEST, replace(SITE, contact=""), newsletter=None))

    assert message["From"].addresses[0].addr_spec == "desk@courier.example"
    assert nobody["From"].addresses[0].addr_spec == "dispatch@news.courier.example"


def test_an_alert_is_text_whatever_it_says():
    hostile = {"alerts": ["<b>x</b>\r\nBcc: all@example.org {{ links.confirm }}"]}

    message = read(make(MailingKind.ALERT, context=hostile))

    assert message["Bcc"] is None
    assert "<b>x</b>" not in message.get_body(("html",)).get_content()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_given_has_a_default(kind):
    assert read(make(kind, context={}))["Subject"]
