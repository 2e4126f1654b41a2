"""The checklist of what a message must be, held against bytes a server received.

The numbers are rows of that list: RFC 5322 and its kin, and what large providers ask.
"""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from email.utils import parsedate_to_datetime

import dkim as oracle
import pytest

from dispatch.collect import sanitise
from dispatch.compose import headers
from support import ledger, received, smtp
from support.composing import SITE, article, day
from support.received import LETTER, dns

SENDER_ID = re.compile(r"[\w-]+:daily:issue:[a-z0-9]{5,15}")
ONCE = (
    *("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"),
    *("Reply-To", "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post"),
    *("Feedback-ID", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"),
    *("List-Help", "List-Subscribe", "List-Owner", "List-Archive", "List-Post"),
    *("Archived-At", "Content-Language", "CFBL-Address", "X-Dispatch-Delivery"),
)
NEVER = ("Bcc", "Cc", "Return-Path", "Sender", "Received", "X-Mailer", "References")
SIGNED = {
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version"),
    *("content-type", "list-id", "list-unsubscribe", "list-unsubscribe-post"),
    *("list-help", "list-subscribe", "list-owner", "list-archive", "list-post"),
    *("feedback-id", "cfbl-address", "x-dispatch-delivery"),
}
COURIER = replace(SITE, complaints="fbl@courier.example")


def mails_of(folder, **settings):
    """Deliver an issue and return what came, and what was said on the way."""
    stories, readers = settings.pop("stories", None), settings.pop("readers", None)
    readers = received.READERS if readers is None else readers
    store, clock = received.open_paper(folder / "paper.db", stories, readers)
    with smtp.serving(extensions=("PIPELINING", "SMTPUTF8", "8BITMIME")) as server:
        settings = {"site": COURIER, **settings}
        mails = received.send(store, clock, server, **settings)
    store.close()
    assert len(mails) == len(readers)
    return mails, server.commands


@pytest.fixture(scope="module")
def issue(tmp_path_factory):
    return mails_of(tmp_path_factory.mktemp("issue"))


@pytest.fixture(scope="module")
def mails(issue):
    return issue[0]


@pytest.fixture(scope="module")
def mail(mails):
    return mails[0]


# 1 to 3: bytes


def test_lines_end_in_crlf_and_nothing_else_and_dots_are_doubled(mails):
    for one in mails:
        assert one.wire.endswith(b"\r\n")
        assert not re.search(rb"[^\r]\n|\r[^\n]|\x00", one.wire)
        assert not re.search(rb"^\.[^.]", one.wire, re.MULTILINE)


def test_a_text_of_dots_and_from_lines_survives_a_real_socket(tmp_path):
    text = ". alone\n..two\nFrom me\n.\n"
    told = [article(1, hours=2, headline=".. and a dot", summary=text)]

    (mail,), _ = mails_of(tmp_path, stories=told, readers=("ada@example.net",))

    assert ".. and a dot" in plain_text(mail)


def test_no_line_is_too_long_for_any_server_or_reader(mails):
    for one in mails:
        assert max(map(len, one.raw.split(b"\r\n"))) <= 998
        folded = [line for line in one.head.split("\r\n") if "http" not in line]
        assert max(map(len, folded)) <= 78
        assert max(map(len, re.findall(r"=\?\S+\?=", one.head)), default=0) <= 75


def test_everything_is_ascii_though_the_stories_are_not(mails):
    for one in mails:
        assert one.wire.isascii()


# 4 to 12: headers


def test_every_header_of_the_list_is_there_once_and_no_other_that_would_hurt(mails):
    for one in mails:
        assert {name: len(one.all(name)) for name in ONCE} == dict.fromkeys(ONCE, 1)
        assert [name for name in NEVER if one.all(name)] == []
        others = {name for name, _ in one.headers} - {*ONCE}
        assert others == {"DKIM-Signature"}


def test_the_sender_is_one_mailbox_of_the_domain_that_signs(mail):
    assert mail.one("From") == "The Daily Courier <daily@courier.example>"
    assert "d=courier.example;" in mail.all("DKIM-Signature")[0]
    assert mail.one("Reply-To") == "daily@courier.example"


def test_each_mail_is_addressed_to_its_reader_alone(mails):
    assert [one.one("To") for one in mails] == [one.recipient for one in mails]


def test_the_date_is_of_the_day_of_the_slot(mail):
    assert mail.one("Date") == "Wed, 04 Mar 2026 12:00:01 +0000"
    sent = parsedate_to_datetime(mail.one("Date"))
    assert abs(sent - datetime(2026, 3, 4, 12, tzinfo=UTC)) < timedelta(days=1)


def test_a_message_id_is_the_deliverys_own_and_names_nobody(mails):
    ids = [one.one("Message-ID") for one in mails]

    assert len({*ids}) == len(mails)
    for one in ids:
        assert re.fullmatch(r"<[a-z2-7]{24}@courier\.example>", one)


def test_the_subject_is_the_story_and_is_short(mail):
    subject = mail.words("Subject")

    assert subject.startswith("Night buses to run until two")
    assert len(subject) <= 70
    assert not re.match(r"(?i)(re|fwd?):", subject)
    assert not subject.isupper()


def test_the_lists_name_is_a_phrase_and_an_id_for_ever(mail):
    assert mail.one("List-ID") == "The Daily Courier <daily.courier.example>"


def test_one_click_and_mail_are_the_two_ways_out(mail):
    token = r"[a-z2-7]{40}"
    assert re.fullmatch(
        rf"<https://news\.courier\.example/unsubscribe/{token}>,\s+"
        r"<mailto:desk@courier\.example\?subject=Unsubscribe%20from%20daily>",
        mail.one("List-Unsubscribe"),
    )
    assert mail.one("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_other_machines_are_asked_not_to_answer(mail):
    assert mail.one("Auto-Submitted") == "auto-generated"
    assert mail.one("Precedence") == "bulk"
    assert mail.one("X-Auto-Response-Suppress") == "OOF, AutoReply"


def test_feedback_is_grouped_by_issue_list_kind_and_sender_and_by_no_person(mails):
    first, second = (one.one("Feedback-ID") for one in mails)

    assert SENDER_ID.fullmatch(first)
    assert first.startswith("daily-2026-03-04:daily:issue:")
    assert first == second
    assert mails[0].one("CFBL-Address") == "fbl@courier.example; report=arf"


def test_help_owner_archive_and_the_issues_own_page_are_named(mail):
    uri = r"<(?:https://news\.courier\.example/|mailto:desk@courier\.example)[^<>\s]*>"

    for name in ("List-Help", "List-Subscribe", "List-Owner", "List-Archive"):
        assert re.fullmatch(uri, mail.one(name)), name
    assert mail.one("List-Post") == "NO"
    assert mail.one("Archived-At").endswith("/archive/daily-2026-03-04>")


def test_the_language_is_the_one_the_page_says(mail):
    assert mail.one("Content-Language") == "en"
    assert re.search(r'<html[^>]* lang="en"', html_text(mail))


# 13: signatures


def test_both_signatures_stand_and_cover_what_they_must(mails):
    for one in mails:
        judge = oracle.DKIM(one.raw)
        assert [judge.verify(idx=n, dnsfunc=dns) for n in (0, 1)] == [True, True]
        for signature in one.all("DKIM-Signature"):
            fields = dict(
                field.strip().split("=", 1) for field in signature.split(";") if field
            )
            named = re.sub(r"\s", "", fields["h"]).split(":")
            assert {*named} >= SIGNED
            for twice in ("from", "to", "subject", "date", "list-unsubscribe"):
                assert named.count(twice) == 2, twice
            assert fields["c"] == "relaxed/relaxed"
            assert not {"l", "x"} & {*fields}


def test_perl_finds_the_signature_good_and_a_changed_letter_bad(mail, perl):
    record = received.PEMS["rsa"][1]
    assert perl.verdict(mail.raw, record) == "pass"

    changed = mail.raw.replace(b"One-Click", b"One-Clack")
    assert perl.verdict(changed, record).startswith("fail")


# 15: envelope


def test_bounces_come_back_to_an_address_of_the_delivery(mails):
    local = [re.fullmatch(r"daily\+(.*)@courier\.example", m.sender)[1] for m in mails]

    assert [ledger.TOKENS.read_bounce(one) for one in local] == [1, 2]
    assert [one.one("X-Dispatch-Delivery") for one in mails] == local


# 16 to 18: parts


def test_the_parts_are_text_then_html_in_utf_8(mail):
    kinds = re.findall(r"^Content-Type: ([^\r\n]*)", mail.raw.decode(), re.MULTILINE)

    assert kinds[0].startswith("multipart/alternative;")
    assert kinds[1:] == ["text/plain; charset=utf-8", "text/html; charset=utf-8"]
    assert mail.raw.count(b"Content-Transfer-Encoding: quoted-printable") == 2


def test_pure_ascii_says_utf_8_all_the_same(tmp_path):
    told = [article(1, hours=2, headline="Plain", summary="Plain words.")]

    (mail,), _ = mails_of(tmp_path, stories=told, readers=("ada@example.net",))

    assert mail.raw.count(b"charset=utf-8") == 2


def test_no_program_clips_the_html(mail):
    assert len(html_text(mail).encode()) < 100_000
    assert len(mail.raw) < 100_000


# 27, 28: no tracking, nothing left over


def test_nothing_in_the_mail_tells_that_it_was_opened_or_clicked(mails):
    known = {url for one in day() if (url := one.content.url)}
    for one in mails:
        html = html_text(one)
        sizes = re.findall(r'<img[^>]*?(?:width|height)="([01])"', html)
        assert sizes == []
        assert {*re.findall(r'src="(https?://[^"]*)"', html)} <= {
            f"https://news.courier.example/media/{name}" for name in MEDIA
        }
        assert known <= {*re.findall(r'href="([^"]+)"', html)}


MEDIA = (f"{'ab' * 32}.png", f"{'cd' * 32}.png")


LINK = r"/(?:unsubscribe|preferences)/([a-z2-7]{40})"


def test_no_placeholder_is_left_and_nobody_elses_address_or_token(mails):
    tokens = {one.recipient: {*re.findall(LINK, one.raw.decode())} for one in mails}
    for one in mails:
        for text in (plain_text(one), html_text(one), one.head):
            assert not re.search(r"\{\{|\{%|\bNone\b|undefined|localhost", text)
            assert not re.search(r"\b[0-9a-f]{64}\b(?!\.png)", text)
        for other in mails:
            if other is not one:
                assert other.recipient.encode() not in one.raw
                assert not tokens[one.recipient] & tokens[other.recipient]


# 29: addresses beyond ASCII


def test_a_domain_beyond_ascii_goes_out_in_ascii_and_asks_for_nothing(issue):
    mails, commands = issue

    assert mails[1].recipient == "reader@xn--bcher-kva.example"
    assert mails[1].one("To") == "reader@xn--bcher-kva.example"
    assert "RCPT TO:<reader@xn--bcher-kva.example>" in commands
    assert not [line for line in commands if "SMTPUTF8" in line]


# 30: one reader's mail and another's


def test_two_readers_mails_differ_only_in_what_is_theirs(mails):
    one, two = ([*map(unsigned, mail.raw.decode().split("\r\n"))] for mail in mails)
    changed = [
        line[1:]
        for line in unified_diff(one, two, n=0, lineterm="")
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    allowed = re.compile(
        r"To: |Message-ID: |X-Dispatch-Delivery: |List-Unsubscribe: |bh=|b="
        r"|.*/(?:unsubscribe|preferences)/[a-z2-7]{40}|.*[a-z2-7]{10}",
    )

    assert changed
    assert [line for line in changed if not allowed.match(line)] == []
    without = [[re.sub(r"[a-z2-7]{24,}", "X", line) for line in m] for m in (one, two)]
    apart = [a for a, b in zip(*without, strict=True) if a != b]
    assert {line.partition(":")[0] for line in apart} <= {"To", "\tbh=", "\tb="}


def unsigned(line):
    """A line, the rest of a signature made equal: it is different for everybody."""
    if re.fullmatch(r"\t[A-Za-z0-9+/]{1,76}=*", line):
        return "\tsignature"
    return re.sub(r"^\t(bh?)=.*", r"\t\1=", line)


# Tries


def test_a_second_try_is_the_same_to_the_byte(tmp_path):
    store, clock = received.open_paper(tmp_path / "p.db", readers=("ada@example.net",))
    with smtp.serving(say={"DOT": [smtp.KEEP_AND_DROP, smtp.GOOD["DOT"]]}) as server:
        received.send(store, clock, server, site=COURIER)
        ledger.end_leases(store)
        clock.moment += timedelta(minutes=30)
        mails = received.hand_over(store, clock, server)
    store.close()

    assert len(mails) == 2
    assert mails[0] == mails[1]


# What strangers write


HOSTILE = (
    "One\r\nBcc: everybody@example.org",
    "\u202egnp.exe\u202c and \u2067right\u2069",
    "🎉" * 60 + " “quoted” — é",
    "W" * 300,
    "=?utf-8?B?ZmFrZQ==?= \x00\x07",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_headline_is_a_subject_and_nothing_else(words, tmp_path):
    told = [article(1, hours=2, headline=words, summary="Words.", bylines=(words,))]
    letter = replace(LETTER, title=words)

    (mail,), _ = mails_of(
        tmp_path, stories=told, readers=("ada@example.net",), letter=letter
    )

    assert {name: len(mail.all(name)) for name in ONCE} == dict.fromkeys(ONCE, 1)
    assert mail.all("Bcc") == []
    assert not re.search("[\u202a-\u202e\x00-\x08]", mail.words("Subject"))
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert oracle.DKIM(mail.raw).verify(dnsfunc=dns)
    for text in (plain_text(mail), html_text(mail)):
        assert not re.search("[\u202a-\u202e\x00-\x08]", text)


WHOLE = """<!DOCTYPE html><html lang="{{ language }}"><head><title>x</title>
<style>p { color: #222222; } td { color: #222222; } a { color: #0b5394; }</style></head>
<body><h1 style="color:#222222">{{ lead.headline }}</h1>{{ lead.html }}
<p><a href="{{ links.unsubscribe }}">Unsubscribe</a></p></body></html>"""
MARKUP = (
    '<p style="p">One</p><table><tr><td style="td">x</td></tr></table>',
    '<p style="head" class="head" id="head">One</p><style>p{display:none}</style>',
    "<style>@import url(http://127.0.0.1:9/x.css);</style><p>One</p>",
    '<link rel="stylesheet" href="/etc/passwd"><base href="/"><p>One</p>',
    f"<p>One {'w' * 300} {'語' * 300}</p>",
    "<p>One 🎉👩‍👩‍👧‍👦🏳️‍🌈 \u202eowt\u202c</p>",
    "<p>One</p><script>alert(1)</script><img src=x onerror=y><svg><p>two</svg>",
    "<p>One</p>" + "<div>" * 400 + "deep",
)


@pytest.mark.parametrize(
    ("markup", "clean"),
    [*((one, True) for one in MARKUP), *((one, False) for one in MARKUP[:4])],
)
def test_an_articles_markup_breaks_no_mail(markup, clean, tmp_path):
    (tmp_path / "digest" / "briefing").mkdir(parents=True)
    (tmp_path / "digest" / "briefing" / "body.html").write_text(WHOLE)
    kept = sanitise.sanitise(markup) if clean else markup
    told = [article(1, hours=2, headline="Whole", html=kept)]

    (mail,), _ = mails_of(
        tmp_path, stories=told, readers=("ada@example.net",), folders=[tmp_path]
    )

    html = html_text(mail)
    assert "One" in html
    assert '<p style="color:#222222">' in html, "the styles were not inlined"
    assert not re.search(r"@import|<link|<base|display:none|onerror|<script", html)
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert oracle.DKIM(mail.raw).verify(dnsfunc=dns)


def test_an_override_is_no_part_of_any_header():
    assert headers.clean("a\u202eb\u202cc") == "abc"
    assert headers.clean("\u2068ok\u2069") == "\u2068ok\u2069"


def decoded(mail, kind):
    body = mail.raw.partition(f"text/{kind}; charset=utf-8\r\n".encode())[2]
    head, _, rest = body.partition(b"\r\n\r\n")
    content = rest.partition(b"\r\n--=_")[0]
    if b"base64" in head:
        return base64.b64decode(content).decode()
    joined = re.sub(rb"=\r\n", b"", content)
    return re.sub(
        rb"=([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), joined
    ).decode()


def plain_text(mail):
    return decoded(mail, "plain")


def html_text(mail):
    return decoded(mail, "html")
