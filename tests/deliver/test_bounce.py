import time

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import blame, bounce, report_parts
from dispatch.model import ReportKind
from support import bounce_mails as mails
from support.bounce_mails import SAMPLES, TOKEN


@pytest.mark.parametrize("name", SAMPLES)
def test_what_came_back_is_told_apart(name):
    sample = SAMPLES[name]

    report = bounce.read(sample.raw)

    assert report.kind == sample.kind
    if sample.blame:
        verdict = blame.judge(report.said)
        assert (verdict.kind, verdict.weight) == (sample.blame, sample.weight)
        assert report.said.enhanced == sample.enhanced


@pytest.mark.parametrize("name", [name for name, one in SAMPLES.items() if one.marked])
def test_every_report_leads_to_the_delivery_it_is_about(name):
    report = bounce.read(SAMPLES[name].raw)

    assert any(TOKEN in mark for mark in (*report.addressed, *report.marks))


def test_the_returned_copy_is_enough_when_the_address_is_not_ours():
    report = bounce.read(mails.dsn("550 5.1.1 gone", "5.1.1", to="root@example.org"))

    assert TOKEN in report.marks[0]


def test_the_envelope_id_is_a_mark():
    raw = mails.dsn("x", "5.1.1", extra=f"Original-Envelope-Id: {TOKEN}x", to="a@b.c")

    assert f"{TOKEN}x" in bounce.read(raw).marks


def test_a_status_in_base64_is_read():
    status = b"cmVwb3J0aW5nLW10YTogZG5zO214CgpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCg"
    raw = (
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/"
        b"delivery-status\nContent-Transfer-Encoding: base64\n\n" + status + b"\n--b--"
    )

    report = bounce.read(raw)

    assert (report.kind, report.said.enhanced) == (ReportKind.FAILED, "5.1.1")


def test_of_several_recipients_the_one_that_failed_counts():
    raw = mails.dsn("550 5.1.1 user unknown", "5.1.1").replace(
        b"\nFinal-Recipient",
        b"\nFinal-Recipient: rfc822; b@x.y\nAction: relayed\nStatus: 2.0.0\n"
        b"\nFinal-Recipient",
        1,
    )

    assert bounce.read(raw).kind is ReportKind.FAILED


def test_the_text_of_our_own_mail_is_not_held_against_us():
    """Exim's copy of the newsletter speaks of spam; the server did not."""
    assert "Spamhaus" not in bounce.read(mails.EXIM).said.text


@given(st.binary(max_size=2000))
def test_no_bytes_make_it_raise(raw):
    bounce.read(raw)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_no_damage_makes_it_raise(name, data):
    raw = bytearray(SAMPLES[name].raw)
    for _ in range(data.draw(st.integers(0, 8))):
        if raw:
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at : at + data.draw(st.integers(0, 40))] = data.draw(
                st.binary(max_size=20)
            )
    blame.judge(bounce.read(bytes(raw)).said)


HEADERS = st.sampled_from(
    [
        b"Content-Type: multipart/report; boundary=",
        b"Content-Type: multipart/report; boundary*0*=utf-8''%ff; boundary*1=b",
        b"Content-Type: message/delivery-status; charset*=x'y'%",
        b"Content-Transfer-Encoding: base64",
        b"Subject: =?utf-8?q?=ff?= =?nonsense?b?x?=",
        b"To: \xff\xfe\x00 <x@\xff>",
        b"Status: 5.1.1 \x00",
        b"Content-Type: multipart/report; boundary=b",
        b"\n--b\n",
        b"--b--",
    ]
)


@given(st.lists(HEADERS | st.binary(max_size=30), max_size=30))
def test_no_hostile_header_makes_it_raise(lines):
    report = bounce.read(b"\n".join(lines))

    assert "\0" not in report.said.text
    assert len(report.marks) <= bounce.MOST_MARKS


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
            for n in range(5000)
        ),
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 60_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--b" + b" " * 250_000,
        b"Subject: " + b"x\n " * 100_000,
        b"From: mailer-daemon@x\n\n" + b"5.1.1 " * 50_000,
        b"From: mailer-daemon@x\n\n" + b"<" * 250_000,
        b"From: mailer-daemon@x\n\n" + b"Message-ID:" * 20_000,
        b"To: " + b"(" * 250_000,
        b"Content-Type: " + b";a=" * 60_000 + b"\n\nx",
        b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * 120_000,
        b"x" * 30_000_000,
    ],
    ids=lambda raw: f"{len(raw)} bytes",
)
def test_hostile_mail_costs_little_time(raw):
    began = time.perf_counter()
    bounce.read(raw)

    assert time.perf_counter() - began < 2


def test_only_so_many_parts_are_looked_at():
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 900

    assert len(report_parts.take(raw)[1]) == report_parts.MOST_PARTS


@pytest.mark.parametrize("sender", [b"", b"From: \n", b"From: ,,,<\n", b"From: \xff\n"])
def test_what_an_old_dialect_trips_over_is_in_no_log(sender, caplog):
    caplog.set_level("DEBUG")
    bounce.read(sender + b"To: ada@example.net\n\nsomebody's secret words\n")

    assert caplog.text == ""
