"""Whole messages, read by a program that is not written in Python."""

import random
from dataclasses import replace

from dispatch.compose import headers, mime, placeholders
from dispatch.compose.letter import Bulk, Letter
from dispatch.compose.splice import splice
from dispatch.model import MailingKind

MARKS = placeholders.make("a test")
WAY_OUT = f"https://news.example.org/unsubscribe/{MARKS['unsubscribe']}"
VALUES = {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnop@example.org",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "unsubscribe": b".u" * 40,
    "preferences": b"p" * 40,
    "confirm": b"c" * 40,
}
ALPHABET = 'ab ,.;:()<>"\\@=?_-éжд日😀\u200d\u0301\u202e\r\n\tZ'
DIFFICULT = (
    "Müller, Jörg & Söhne GmbH — “The Weekly”, News",
    'O"Brien\\x, (editor) <not@this.example>',
    "A very long newsletter name, with a comma and (parens) past seventy-eight columns",
    "=?utf-8?q?fake?=",
    "a\r\nBcc: everybody@example.org",
    "日本語の記事" * 20,
)


def some_words(count=120):
    rnd = random.Random(8058)
    made = (
        "".join(rnd.choice(ALPHABET) for _ in range(rnd.randint(1, 120)))
        for _ in range(count)
    )
    return [*DIFFICULT, *made]


def letter(words):
    return Letter(
        kind=MailingKind.ISSUE,
        sender_name=words,
        sender="daily@example.org",
        subject=words,
        text=f"{words}\n.\n..\nLeave: {WAY_OUT}\n",
        html=f"<!DOCTYPE html><p>. 日本語</p>\n<a href='{WAY_OUT}'>leave</a>",
        placeholders=MARKS,
        language="en",
        bulk=Bulk(words, "daily.example.org", WAY_OUT),
    )


def received(one):
    wire = splice(mime.freeze(one), VALUES)
    return wire.replace(b"\r\n..", b"\r\n.")


def personal(text):
    for name, mark in MARKS.items():
        text = text.replace(mark, VALUES[name].decode())
    return text


def test_perl_reads_every_message_as_it_was_meant(perl):
    letters = [letter(words) for words in some_words()]

    found = perl.read([received(one) for one in letters])

    assert len(found) == len(letters)
    for one, seen in zip(letters, found, strict=True):
        name = headers.clean(one.sender_name)
        assert seen["subject"] == headers.clean(one.subject)
        assert seen["from"] == [{"name": name, "address": one.sender}]
        assert seen["to"] == [{"name": "", "address": "ada@readers.example"}]
        assert seen["unsubscribe"] == f"<{personal(WAY_OUT)}>"
        assert not {"Bcc", "Cc", "Sender"} & set(seen["names"])


def test_perl_finds_both_parts_whole(perl):
    letters = [letter(words) for words in some_words(20)]

    found = perl.read([received(one) for one in letters])

    for one, seen in zip(letters, found, strict=True):
        whole, plain, rich = seen["parts"]
        assert whole["type"].startswith("multipart/alternative")
        assert [part["type"].lower().replace('"', "") for part in (plain, rich)] == [
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ]
        assert _lines(plain) == personal(mime.plain(one.text))
        assert _lines(rich) == personal(mime.plain(one.html))


def _lines(part):
    return part["words"].replace("\r\n", "\n")


def test_a_text_only_message_is_one_part(perl):
    (seen,) = perl.read([received(replace(letter("News"), html=""))])

    assert [part["type"].partition(";")[0] for part in seen["parts"]] == ["text/plain"]
