import random
import re

import pytest
from hypothesis import given, strategies as st

from dispatch.compose import headers
from support import rfc2047

texts = st.text(max_size=160)
names = st.text(max_size=100)
TRICKY = (
    "Ünïcode çhars in a wéekly digest — новости недели 日本語の記事も 🎉🎉 " * 3,
    "plain ascii",
    "word " * 60,
    "https://example.org/" + "x" * 120,
    "=?utf-8?q?fake?=",
    "😀" * 60,
    "tab\tand\r\nBcc: everybody@example.org",
    "Müller, Jörg & Söhne GmbH — “The Weekly”, News",
    'O"Brien\\x, (editor) <not@this.example>',
    "A very long newsletter name, with a comma and (parens) past seventy-eight columns",
    "بريد لاركفيلد اليومي، أخبار الجامعة والمدينة",
    "הקורייר של לארקפילד (מהדורת בוקר), news",
    "The \u2068بريد\u2069 Courier",
    "👩‍👩‍👧‍👦 Family 🏳️‍🌈 news, the 🇩🇪 edition" * 3,
    "Ada <ada@example.net>, Ben <ben@example.net>",
    "ada@example.net, ben@example.net; carl@example.net",
    "Group: ada@example.net, ben@example.net;",
    "a" * 300,
    "e\u0301" * 80,
)


def lines(header):
    assert header.isascii()
    return header.removesuffix("\r\n").split("\r\n")


AROUND = ("Subject", "To", "List-Unsubscribe")


def mail(header):
    """A message with a header beside what Perl looks for in each."""
    name = header.partition(":")[0]
    others = [f"{one}: <x@y.example>\r\n" for one in AROUND if one != name]
    return f"{''.join(others)}{header}\r\nText\r\n".encode()


def random_texts(count=400):
    rnd = random.Random(2047)
    alphabet = 'ab ,.()"\\éж日😀<>@=?_-\u200d\u0301'
    return [
        "".join(rnd.choice(alphabet) for _ in range(rnd.randint(1, 140)))
        for _ in range(count)
    ]


@given(texts)
def test_a_subject_reads_back_as_it_was(text):
    header = headers.unstructured("Subject", text)

    assert rfc2047.decode(rfc2047.unfold(header)) == headers.clean(text)
    assert max(map(len, lines(header))) <= 78


@pytest.mark.parametrize("text", TRICKY)
def test_a_difficult_subject_reads_back_as_it_was(text):
    header = headers.unstructured("Subject", text)

    assert rfc2047.decode(rfc2047.unfold(header)) == headers.clean(text)
    assert max(map(len, lines(header))) <= 78


def test_perl_reads_the_same_subjects():
    wanted = [headers.clean(text) for text in (*TRICKY, *random_texts())]
    written = [headers.unstructured("Subject", text) for text in wanted]

    read = rfc2047.by_perl([rfc2047.unfold(one) for one in written])

    if read is None:
        pytest.skip("needs perl")
    assert read == wanted


@given(names)
def test_a_display_name_reads_back_as_one_mailbox(name):
    header = headers.mailbox("From", name, "news@example.org")

    read = rfc2047.mailbox(rfc2047.unfold(header))
    assert read == (headers.clean(name), "news@example.org")
    assert max(map(len, lines(header))) <= 78


@pytest.mark.parametrize("name", TRICKY)
def test_a_difficult_display_name_reads_back_as_one_mailbox(name):
    read = rfc2047.mailbox(
        rfc2047.unfold(headers.mailbox("From", name, "news@example.org"))
    )

    assert read == (headers.clean(name), "news@example.org")


def test_perl_reads_each_sender_as_one_mailbox_with_its_whole_name(perl):
    wanted = [headers.clean(name) for name in (*TRICKY, *random_texts())]
    written = [headers.mailbox("From", name, "news@example.org") for name in wanted]

    read = perl.read([mail(one) for one in written])

    assert [one["names"] for one in read] == [[*AROUND, "From"]] * len(wanted)
    assert [one["from"] for one in read] == [
        [{"name": name, "address": "news@example.org"}] for name in wanted
    ]


ALPHABET = "abcXYZ019-._~%/?&=+,;:@!$'()*[]"
long_urls = st.text(ALPHABET, min_size=1, max_size=400).map(
    "https://n.example/".__add__
)
addresses = st.text("abc.+_-", min_size=1, max_size=60).map(
    "mailto:{}@n.example".format
)


@given(long_urls, addresses)
def test_the_ways_out_read_back_as_they_were_however_long_they_are(url, mail):
    header = headers.uris("List-Unsubscribe", url, mail)

    assert rfc2047.unfold(header) == f"<{url}>, <{mail}>"
    assert all(" " not in line.strip(" ,") for line in lines(header)[1:])
    longest = max(len(url), len(mail), len("List-Unsubscribe: ")) + len(url) + 4
    assert max(map(len, lines(header))) <= max(78, longest)


def test_perl_reads_the_same_ways_out(perl):
    rnd = random.Random(8058)
    urls = [
        "https://n.example/" + "".join(rnd.choice(ALPHABET) for _ in range(length))
        for length in (1, 20, 59, 60, 61, 75, 76, 200, 700, 900)
    ]
    written = [
        headers.uris("List-Unsubscribe", url, "mailto:a@b.example") for url in urls
    ]

    read = perl.read([mail(one) for one in written])

    assert [one["unsubscribe"] for one in read] == [
        f"<{url}>, <mailto:a@b.example>" for url in urls
    ]


@given(texts)
def test_no_value_starts_a_header_of_its_own(text):
    header = headers.unstructured("Subject", text)

    assert all(line.startswith(" ") for line in lines(header)[1:])
    assert header.count("\r") == header.count("\n") == len(lines(header))


def test_a_uri_is_never_encoded_and_folded_only_between_two():
    one_click = "https://news.example.org/unsubscribe/" + "a" * 90
    mail = "mailto:desk@example.org?subject=unsubscribe"

    assert headers.uris("List-Unsubscribe", one_click, mail) == (
        f"List-Unsubscribe: <{one_click}>,\r\n <{mail}>\r\n"
    )


@pytest.mark.parametrize("bad", ["", "https://a b", "https://ä", "a>b", "a\r\nb"])
def test_what_is_no_uri_is_refused(bad):
    with pytest.raises(ValueError, match="angle brackets"):
        headers.uris("List-Archive", bad)


@pytest.mark.parametrize("bad", ["jörg@example.org", "a b@c", "a@b\r\nBcc: c@d"])
def test_an_address_that_would_break_the_header_is_refused(bad):
    with pytest.raises(ValueError, match="From"):
        headers.mailbox("From", "Jörg", bad)


def test_the_list_id_has_its_phrase_outside_the_brackets():
    header = headers.list_id("Żółta gazeta", "weekly.news.example.org")

    value = rfc2047.unfold(header)
    assert re.fullmatch(r"=\?utf-8\?B\?\S+\?= <weekly\.news\.example\.org>", value)
    assert rfc2047.mailbox(value)[0] == "Żółta gazeta"


@pytest.mark.parametrize("name", [*TRICKY, "W" * 300, "日" * 200, "🎉" * 90])
def test_a_list_id_is_never_longer_than_its_255_octets(name):
    header = headers.list_id(name, "weekly.news.example.org")

    assert len(header) <= 255
    shown, identifier = rfc2047.mailbox(rfc2047.unfold(header))
    assert identifier == "weekly.news.example.org"
    assert headers.clean(name).startswith(shown)


def test_a_line_that_no_server_takes_is_refused():
    with pytest.raises(ValueError, match="998"):
        headers.uris("List-Archive", "https://example.org/" + "a" * 1000)
