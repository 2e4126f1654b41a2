import threading

import pytest
from hypothesis import given, strategies as st

from dispatch.errors import StartError
from dispatch.sandbox.mailbox import Mailbox, parse

LETTER = (
    b"From: News <news@example.org>\r\nTo: ada@example.org\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 02 Mar 2026 12:00:00 +0000\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGood morning.\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Good morning.</p>\r\n"
    b"--b--\r\n"
)


def keep(mailbox, raw=LETTER):
    return mailbox.keep("news@example.org", ("ada@example.org",), raw)


def test_a_message_can_be_read_in_parts(clock):
    mailbox = Mailbox(clock)
    kept = keep(mailbox)

    assert mailbox.get(kept.id) is kept
    assert kept.subject == "Grüße"
    assert kept.from_ == "News <news@example.org>"
    assert kept.to == "ada@example.org"
    assert kept.date.startswith("Mon, 02 Mar 2026")
    assert kept.text.strip() == "Good morning."
    assert kept.html.strip() == "<p>Good morning.</p>"
    assert kept.received_at == clock.now()
    assert kept.raw == LETTER


def test_the_newest_message_comes_first(clock):
    mailbox = Mailbox(clock)
    first, second = keep(mailbox), keep(mailbox)

    assert mailbox.messages() == (second, first)


def test_a_message_that_is_not_there_is_none(clock):
    assert Mailbox(clock).get(1) is None


def test_old_messages_make_room_by_number_and_by_size(clock):
    few = Mailbox(clock, most_messages=2)
    first = keep(few)
    keep(few)
    keep(few)
    assert few.get(first.id) is None
    assert len(few.messages()) == 2

    small = Mailbox(clock, most_bytes=2 * len(LETTER))
    for _ in range(3):
        keep(small)
    assert len(small.messages()) == 2


def test_one_message_larger_than_the_box_is_kept_alone(clock):
    small = Mailbox(clock, most_bytes=10)

    keep(small)
    kept = keep(small)

    assert small.messages() == (kept,)


def test_messages_survive_a_restart(clock, tmp_path):
    before = Mailbox(clock, tmp_path / "inbox")
    keep(before)
    second = keep(before)

    after = Mailbox(clock, tmp_path / "inbox")
    assert after.messages() == before.messages()
    assert keep(after).id == second.id + 1


def test_files_of_forgotten_messages_go(clock, tmp_path):
    mailbox = Mailbox(clock, tmp_path, most_messages=1)
    keep(mailbox)
    keep(mailbox)

    assert [file.name for file in tmp_path.iterdir()] == ["00000002.eml"]


def test_foreign_and_broken_files_are_passed_over(clock, tmp_path):
    (tmp_path / "holiday.eml").write_bytes(b"X-Caught: {}\r\nhi")
    (tmp_path / "00000003.eml").write_bytes(b"\xff\xfe")
    (tmp_path / "00000004.eml").write_bytes(b"X-Caught: [1]\r\nhi")

    assert Mailbox(clock, tmp_path).messages() == ()


def test_a_folder_that_cannot_be_had_is_named(clock, tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StartError, match="catcher cannot keep mail"):
        Mailbox(clock, tmp_path / "file" / "inbox")


def test_a_disk_that_fails_does_not_stop_the_inbox(clock, tmp_path, caplog):
    mailbox = Mailbox(clock, tmp_path / "inbox")
    (tmp_path / "inbox").rmdir()

    kept = keep(mailbox)

    assert mailbox.messages() == (kept,)
    assert "not kept on disk" in caplog.text


def test_many_threads_may_keep_at_once(clock):
    mailbox = Mailbox(clock)
    threads = [
        threading.Thread(target=lambda: [keep(mailbox) for _ in range(20)])
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({m.id for m in mailbox.messages()}) == 100


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff",
        b"Subject: =?utf-8?b?x?=\r\nFrom: <<>>,;\r\nDate: never\r\n\r\nhi",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nqapla",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
    ],
)
def test_a_broken_message_is_shown_as_it_can_be(clock, raw):
    assert parse(1, clock.now(), "", (), raw).raw == raw


@given(st.binary(max_size=400))
def test_no_bytes_make_parsing_fail(raw):
    assert parse(1, None, "", (), raw).raw == raw


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_headers_make_parsing_fail(head, body):
    raw = b"From: " + head + b"\r\nContent-Type: " + head + b"\r\n\r\n" + body
    assert parse(1, None, "", (), raw).raw == raw
