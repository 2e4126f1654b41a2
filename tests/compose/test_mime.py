import base64
import random
import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import headers, mime, placeholders, quoted
from dispatch.compose.letter import Bulk, Letter
from dispatch.compose.splice import cut, fill, splice
from dispatch.model import MailingKind

MARKS = placeholders.make("a test")
UNSUBSCRIBE = f"https://news.example.org/unsubscribe/{MARKS['unsubscribe']}"
VALUES = {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnop@example.org",
    "delivery": b"zyxwvutsrqponmlkjihgfedc",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "unsubscribe": b".u" * 20,
    "preferences": b"p" * 40,
    "confirm": b"c" * 40,
}
LETTER = Letter(
    kind=MailingKind.ISSUE,
    sender_name="The Daily",
    sender="daily@example.org",
    subject="News — and more",
    text=f"Hello\n\nLeave: {UNSUBSCRIBE}\n",
    html=f'<!DOCTYPE html><p>Hello <a href="{UNSUBSCRIBE}">leave</a></p>',
    placeholders=MARKS,
    language="en",
    bulk=Bulk("The Daily", "daily.example.org", UNSUBSCRIBE),
)
ONCE = [
    *("From", "To", "Subject", "Date", "Message-ID", "Reply-To"),
    *("List-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"),
    *("Auto-Submitted", "MIME-Version", "Content-Type"),
]

contents = st.lists(
    st.one_of(
        st.text(max_size=120),
        st.sampled_from(
            [".", "..", "From me", "a" * 200, " ", "\t", "=", "日本語" * 40, "x \n"]
        ),
        st.just(UNSUBSCRIBE),
        st.text(max_size=80).map(lambda text: f"{text}{UNSUBSCRIBE}{text}"),
    ),
    max_size=12,
).map("\n".join)


def received(letter, values=VALUES):
    """Return the message as the server that got it has it: CRLF, no dot-stuffing."""
    wire = splice(mime.freeze(letter), values)
    check_wire(wire)
    lines = wire.split(b"\r\n")
    return b"\r\n".join(line.removeprefix(b".") for line in lines)


def check_wire(wire):
    assert wire.endswith(b"\r\n")
    assert not re.search(rb"[^\r]\n|\r[^\n]|\x00", wire)
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert wire.isascii()
    assert not re.search(rb"^\.(?!\.)", wire, re.MULTILINE)


def parsed(letter):
    return message_from_bytes(received(letter), policy=policy.default)


def personal(text):
    for name, mark in MARKS.items():
        text = text.replace(mark, VALUES[name].decode())
    return text


@given(contents, contents)
def test_any_text_and_html_come_out_as_they_went_in(text, html):
    message = parsed(replace(LETTER, text=text, html=html or "<p>"))

    plain, rich = message.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert body(plain) == personal(mime.plain(text))
    assert rich.get_content_type() == "text/html"
    assert body(rich) == personal(mime.plain(html or "<p>"))


@given(contents)
def test_a_text_only_message_comes_out_as_it_went_in(text):
    message = parsed(replace(LETTER, text=text, html=""))

    assert message.get_content_type() == "text/plain"
    assert body(message) == personal(mime.plain(text))


def body(part):
    assert part.get_content_charset() == "utf-8"
    return part.get_payload(decode=True).decode().replace("\r\n", "\n")


def test_every_header_of_the_checklist_is_there_once():
    message = parsed(LETTER)

    for name in ONCE:
        assert len(message.get_all(name)) == 1, name
    for name in ("Bcc", "Return-Path", "Sender", "Cc"):
        assert message[name] is None
    assert message["To"] == "ada@readers.example"
    assert message["Message-ID"] == "<abcdefghijklmnop@example.org>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == f"<{personal(UNSUBSCRIBE)}>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_letter_that_is_no_list_mail_has_no_list_headers():
    message = parsed(replace(LETTER, bulk=None, kind=MailingKind.CONFIRM))

    assert not [name for name in message if name.startswith("List-")]
    assert message["Precedence"] is None


def test_a_second_freeze_is_the_same_to_the_byte():
    assert mime.freeze(LETTER) == mime.freeze(replace(LETTER))


def test_two_readers_messages_differ_only_in_what_is_theirs():
    other = {**VALUES, "to": b"bo@readers.example", "unsubscribe": b"v" * 40}
    one, two = received(LETTER).split(b"\r\n"), received(LETTER, other).split(b"\r\n")

    differing = [line for line in zip(one, two, strict=True) if line[0] != line[1]]

    assert len(differing) == 4  # To, List-Unsubscribe, the text's link, the HTML's
    assert b"To: bo@readers.example" in two


@given(st.text(alphabet="a .=é日F", max_size=300), st.integers(0, 90))
def test_no_soft_break_cuts_a_placeholder_or_puts_it_first(text, at):
    mark = MARKS["unsubscribe"]
    encoded = quoted.encode(text + "x" * at + "/" + mark + text, unbroken=[mark])

    assert encoded.count(mark) == 1
    assert not re.search(rf"(^|\n){mark}", encoded)
    assert max(map(len, encoded.split("\r\n"))) <= 76


def test_every_line_stays_within_76_with_the_values_in():
    wire = splice(mime.freeze(LETTER), VALUES)

    bodies = wire.partition(b"\r\n\r\n")[2]
    assert max(map(len, bodies.split(b"\r\n"))) <= 76


def test_the_shorter_encoding_is_taken_where_nothing_is_personal():
    japanese = replace(LETTER, text="記事" * 400, bulk=None, html="<p>記事</p>" * 100)

    assert b"base64" in received(japanese)
    assert b"base64" not in received(LETTER)


@given(st.binary(max_size=200), st.booleans())
def test_stuffing_full_stops_can_be_undone(data, first):
    lines = data.replace(b"\r", b"").split(b"\n")
    wire = b"\r\n".join([b"." if first else b"", *lines])

    assert mime.unstuff(mime.stuff(wire)) == wire


@pytest.mark.parametrize("bad", [b"x\r\nBcc: me@example.org", b"x\ny", b"x\ry"])
def test_a_value_with_a_line_break_is_refused(bad):
    with pytest.raises(ValueError, match="line break"):
        splice(mime.freeze(LETTER), {**VALUES, "to": bad})


def test_a_message_that_was_cut_once_is_filled_for_many():
    frozen = mime.freeze(LETTER)
    original = cut(frozen)

    for number in range(3):
        values = {**VALUES, "to": f"reader-{number}@example.net".encode()}
        assert original.fill(values) == splice(frozen, values)
    assert b"".join(original.pieces).count(b"\r\nTo: ") == 1


def test_a_missing_value_is_named():
    values = {name: value for name, value in VALUES.items() if name != "unsubscribe"}

    with pytest.raises(ValueError, match="'unsubscribe'"):
        splice(mime.freeze(LETTER), values)


def test_filling_some_spans_leaves_the_others_in_place():
    frozen = mime.freeze(LETTER)

    filled = fill(frozen, {"unsubscribe": VALUES["unsubscribe"]})

    assert {span.name for span in filled.spans} == {
        "to",
        "date",
        "message_id",
        "delivery",
    }
    assert splice(filled, VALUES) == splice(frozen, VALUES)


def test_nobody_can_guess_a_placeholder_of_a_mail_that_holds_it():
    marks = placeholders.make("a story")
    hostile = f"a story with {marks['unsubscribe']}"

    assert not set(marks.values()) & set(placeholders.make(hostile).values())
    assert len(set(marks.values())) == len(placeholders.NAMES)


def test_base64_lines_are_short_and_whole():
    wire = received(replace(LETTER, bulk=None, text="日" * 999, html=""))

    encoded = wire.partition(b"\r\n\r\n")[2]
    assert base64.b64decode(encoded).decode() == "日" * 999 + "\n"


# Whole messages, read by a program that is not written in Python.

ALPHABET = 'ab ,.;:()<>"\\@=?_-éжд日😀\u200d\u0301\u202e\r\n\tZ'
DIFFICULT = (
    "Müller, Jörg & Söhne GmbH — “The Weekly”, News",
    'O"Brien\\x, (editor) <not@this.example>',
    "A very long newsletter name, with a comma and (parens) past seventy-eight columns",
    "=?utf-8?q?fake?=",
    "a\r\nBcc: everybody@example.org",
    "日本語の記事" * 20,
)


def letters(count=120):
    """Letters whose names, subjects and texts are hard to write."""
    rnd = random.Random(8058)
    made = (
        "".join(rnd.choice(ALPHABET) for _ in range(rnd.randint(1, 120)))
        for _ in range(count)
    )
    return [
        replace(
            LETTER,
            sender_name=words,
            subject=words,
            text=f"{words}\n.\n..\nLeave: {UNSUBSCRIBE}\n",
            html=f"<!DOCTYPE html><p>. 日本語</p>\n<a href='{UNSUBSCRIBE}'>leave</a>",
            bulk=Bulk(words, "daily.example.org", UNSUBSCRIBE),
        )
        for words in (*DIFFICULT, *made)
    ]


def test_perl_reads_every_message_as_it_was_meant(perl):
    written = letters()

    found = perl.read([received(one) for one in written])

    for one, seen in zip(written, found, strict=True):
        name = headers.clean(one.sender_name)
        assert seen["subject"] == headers.clean(one.subject)
        assert seen["from"] == [{"name": name, "address": one.sender}]
        assert seen["to"] == [{"name": "", "address": "ada@readers.example"}]
        assert seen["unsubscribe"] == f"<{personal(UNSUBSCRIBE)}>"
        assert not {"Bcc", "Cc", "Sender"} & set(seen["names"])
        _, plain, rich = seen["parts"]
        assert [kind(part) for part in seen["parts"]] == [
            "multipart/alternative",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ]
        assert words_of(plain) == personal(mime.plain(one.text))
        assert words_of(rich) == personal(mime.plain(one.html))


def kind(part):
    """The type, without what a boundary is called."""
    return part["type"].lower().replace('"', "").partition("; boundary")[0]


def words_of(part):
    return part["words"].replace("\r\n", "\n")


def test_perl_finds_one_part_in_a_text_only_message(perl):
    (seen,) = perl.read([received(replace(LETTER, html=""))])

    assert [kind(part) for part in seen["parts"]] == ["text/plain; charset=utf-8"]
