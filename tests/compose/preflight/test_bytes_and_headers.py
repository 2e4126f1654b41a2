import re
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from dispatch.compose.preflight import Level, Preflight, Sample, inspect
from dispatch.compose.preflight.remark import Remark
from support.preflight import message, said, sample

GOOD = message()


def changed(old, new, count=1):
    assert old in GOOD
    return GOOD.replace(old, new, count)


def test_a_good_message_passes_every_check():
    found = inspect(sample())

    assert found.level is Level.PASS
    assert found.ok
    assert found.reason == ""
    assert len({one.check for one in found.remarks}) == len(found.remarks) == 14


def test_every_check_has_its_row_in_the_docs():
    docs = (Path(__file__).parents[3] / "docs" / "preflight.md").read_text("utf-8")
    rows = set(re.findall(r"^\| ([A-Z][\w ]+) \|", docs, re.MULTILINE))

    assert rows == {one.check for one in inspect(sample()).remarks} | {"DKIM", "Logo"}


def test_a_text_only_message_is_judged_without_its_html():
    found = inspect(sample(html=""))

    assert found.level is Level.PASS
    assert "Contrast" not in {one.check for one in found.remarks}


@pytest.mark.parametrize(
    ("raw", "check", "words"),
    [
        (changed(b"\r\nTo:", b"\nTo:"), "Bytes", "CRLF"),
        (changed(b"Bridge", b"Br\xc3\xbccke"), "Bytes", "beyond ASCII"),
        (changed(b"Bridge", b"B" * 1000), "Bytes", "998"),
        (changed(b"\r\nReply-To: daily@courier.example", b""), "Headers", "Reply-To"),
        (
            changed(b"\r\nTo:", b"\r\nTo: x@y.example\r\nTo:"),
            "Headers",
            "to is there 2",
        ),
        (changed(b"\r\nTo:", b"\r\nBcc: x@y.example\r\nTo:"), "Headers", "Bcc"),
        (changed(b"\r\nTo:", b"\r\nX-A: 1\r\nX-A: 2\r\nTo:"), "Headers", "x-a"),
        (changed(b"Wed, 04 Mar", b"Some day in"), "Headers", "Date"),
        (changed(b"<preflight@", b"<pre flight@"), "Headers", "Message-ID"),
        (changed(b"<daily.courier.example>", b"daily"), "Headers", "List-ID"),
        (changed(b"reader@", b"everybody@"), "Addresses", "reader alone"),
        (changed(b"<daily@courier", b"a@b.example, <d@courier"), "Addresses", "a@b"),
        (changed(b"Subject: Bridge closes", b"Subject: "), "Subject", "empty"),
        (changed(b"=One-Click", b"=OneClick"), "Unsubscribe", "One-Click"),
        (changed(b"<https://news.c", b"<ftp://news.c"), "Unsubscribe", "web address"),
        (changed(b"<https://news", b"<http://news"), "Unsubscribe", "https"),
        (changed(b"/plain; charset=utf-8", b"/plain"), "Parts", "UTF-8"),
        (changed(b"text/plain", b"text/richtext"), "Parts", "richtext"),
    ],
)
def test_what_would_break_the_mail_blocks_it(raw, check, words):
    told = said("block", raw)

    assert words in " ".join(told[check])


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("W" * 10, "capitals"),
        ("Re: what you asked", "answer"),
        ("Council finds €4 million", "money"),
        ("One word after another until it is " + "much " * 9 + "too long", "70"),
    ],
)
def test_a_subject_that_filters_dislike_is_a_warning(subject, words):
    assert words in said("warn", subject=subject)["Subject"][0]
    assert said("block", subject=subject) == {}


def test_what_was_not_decoded_blocks_and_says_which_part():
    broken = re.sub(rb"(?s)(charset=utf-8.*?\r\n\r\n)", rb"\1=FF=FE", GOOD, count=1)

    assert said("block", broken)["Parts"] == ["text/plain cannot be decoded."]


def test_a_header_that_is_only_good_to_have_warns():
    without = changed(b"Feedback-ID:", b"X-Other:")

    assert "Feedback-ID" in said("warn", without)["Headers"][0]
    assert said("block", without) == {}


def test_plain_http_is_fine_where_mail_stays_on_this_machine():
    near = message().replace(b"<https://news", b"<http://news")

    told = said("block", near, away=False)
    assert "https" not in " ".join(told.get("Unsubscribe", []))


def test_the_worst_remark_is_the_verdict_and_the_blocks_are_the_reason():
    found = Preflight(
        (
            Remark(Level.PASS, "A", "fine."),
            Remark(Level.BLOCK, "B", "broken."),
            Remark(Level.WARN, "C", "odd."),
        )
    )

    assert not found.ok
    assert found.reason == "B: broken."
    assert found.lines() == [
        "Preflight: block.",
        "  block  B: broken.",
        "  warn   C: odd.",
        "  pass   A: fine.",
    ]
    assert found.to_json()["verdict"] == "block"
    assert Preflight().ok


@settings(max_examples=40)
@given(st.binary(max_size=400), st.integers(0, len(GOOD)))
def test_whatever_the_bytes_are_there_is_a_verdict(junk, at):
    for raw in (junk, GOOD[:at] + junk + GOOD[at:], GOOD[:at]):
        found = inspect(Sample(raw, "reader@example.org", "daily@courier.example"))

        assert found.remarks
        assert all(one.says.strip() for one in found.remarks)
