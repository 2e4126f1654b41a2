"""A mail becomes a story: its words, its pictures, and never an exception."""

import contextlib

import pytest
from hypothesis import example, given, settings, strategies as st

from dispatch.collect import letter, mail_header, mail_parts, mail_text, newsroom
from dispatch.text import html as markup
from support.mails import STORY, mail
from support.pictures import gif, png

FIRST = "The harbour bridge will close on Monday for the first time in thirty years."


def read(raw):
    return letter.read(raw, mail_header.read(raw.partition(b"\r\n\r\n")[0]))


def story(raw):
    return read(raw).story


def text(raw):
    return markup.to_text(story(raw).html)


@pytest.mark.parametrize(
    ("subject", "headline"),
    [
        ("Re: AW: Fwd: Bridge closes", "Bridge closes"),
        ("RE[2]: [EXTERNAL] Bridge closes", "Bridge closes"),
        ("=?utf-8?q?Caf=C3=A9_r=C3=A9ouvert?=", "Café réouvert"),
        ("=?iso-8859-1?Q?=93Quoted=94?= words", "“Quoted” words"),
        ("=?x-unknown?b?Q2Fm6Q==?=", "Café"),
        ("=?utf-8?b?broken", "=?utf-8?b?broken"),
        ("Bridge\x07 closes", "Bridge closes"),
        ("Q: Who pays?", "Q: Who pays?"),
    ],
)
def test_the_subject_is_the_headline(subject, headline):
    raw = mail(subject="S").replace(b"Subject: S", b"Subject: " + subject.encode())

    assert story(raw).fields.text("headline") == headline


def test_an_endless_subject_is_cut():
    raw = mail(subject="S").replace(b"Subject: S", b"Subject: " + b"word " * 50_000)

    assert len(story(raw).fields.text("headline")) <= 300


def test_header_lines_on_top_work_as_in_files():
    lines = (
        "Headline: Bridge to close\nSection: news\nStatus: draft\n"
        "Embargo: 6 March 2026\n"
    )
    found = story(mail(f"{lines}\n{STORY}")).fields

    assert found.text("headline") == "Bridge to close"
    assert found.text("section") == "news"
    assert found.text("status") == "draft"
    assert found.text("embargo") == "6 March 2026"


def test_a_headline_repeated_in_the_text_is_said_once():
    raw = mail(f"Harbour bridge closes for repairs\n\nBy Bo Ek\n\n{STORY}")

    assert text(raw).startswith(FIRST)
    assert story(raw).fields.text("bylines") == "Bo Ek"


def test_signature_quotes_and_disclaimer_are_no_part_of_the_story():
    tail = (
        "\n-- \nAnn Lee\nDesk editor\n\nOn Mon, 2 Mar 2026 at 10:00, Bo Ek <bo@e.org>\n"
        "wrote:\n> When is it ready?\n"
    )
    notice = (
        "\nConfidentiality notice: this is for its readers alone.\n\n"
        "Sent from my iPhone\n"
    )

    assert text(mail(STORY + tail)) == text(mail(STORY))
    assert text(mail(STORY + notice)) == text(mail(STORY))


def test_a_programs_reply_header_ends_the_story():
    below = "\n-----Original Message-----\nFrom: Bo Ek\nSent: Monday\n\nIs it ready?\n"
    rule = "_" * 32
    other = f"\n{rule}\nFrom: Bo Ek\nSent: Monday\nTo: Ann\n\nEh?\n"

    assert text(mail(STORY + below)) == text(mail(STORY))
    assert text(mail(STORY + other)) == text(mail(STORY))


def test_a_forwarded_story_is_its_writers():
    forwarded = (
        "\n---------- Forwarded message ---------\nFrom: Bo Ek <bo@example.org>\n"
        f"Date: Mon, 2 Mar 2026\nSubject: Bridge\nTo: <ann@example.org>\n\n\n{STORY}"
    )
    raw = mail(forwarded, subject="Fwd: Bridge closes")

    assert text(raw) == text(mail(STORY))
    assert story(raw).fields.text("bylines") == "Bo Ek"


def test_flowed_lines_become_paragraphs():
    flowed = mail(STORY.replace("years.\n", "years. \n")).replace(
        b'charset="utf-8"', b'charset="utf-8"; format="flowed"'
    )

    assert "thirty years. Engineers found" in story(flowed).html


@pytest.mark.parametrize(
    ("flowed", "lines"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        (">> a \n>> b\n> c", ">> a b\n> c"),
        (" From here\n -- ", "From here\n-- "),
        ("end \n-- \nname", "end \n-- \nname"),
    ],
)
def test_format_flowed(flowed, lines):
    assert mail_text.unflowed(flowed) == lines


def test_a_mail_of_html_alone_is_read_without_what_programs_add():
    html = (
        f"<div>{STORY.replace(chr(10) * 2, '</div><div>')}</div>"
        '<script>x()</script><div class="gmail_signature">Ann, desk</div>'
        '<div class="gmail_quote">old words<blockquote>more</blockquote></div>'
    )
    found = story(mail("", html=html)).html

    assert "harbour bridge" in found
    assert "script" not in found
    assert "Ann, desk" not in found
    assert "old words" not in found


def test_header_lines_of_an_html_mail_are_obeyed_and_not_shown():
    html = f"<div>Status: draft</div><div>Section: news</div><p>{STORY}</p>"
    found = story(mail("", html=html))

    assert found.fields.text("status") == "draft"
    assert found.fields.text("section") == "news"
    assert "draft" not in found.html


def test_plain_text_goes_before_html_unless_it_is_a_stand_in():
    both = story(mail(STORY, html=f"<p>{STORY}<b>extra</b></p>"))
    stand_in = story(mail("Please use another program.\n", html=f"<p>{STORY}</p>"))

    assert "extra" not in both.html
    assert "harbour bridge" in stand_in.html


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "us-ascii", "x-what"])
def test_wrong_charsets_are_put_right(charset):
    body = STORY.replace("The har", "“The” café’s har").encode("cp1252")
    head = (
        "From: Ann <ann@example.org>\r\nSubject: S\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset={charset}\r\n\r\n"
    )

    assert "“The” café’s har" in text(head.encode() + body)


def test_a_picture_is_known_by_its_name_where_the_mail_calls_it_bytes():
    files = [("bridge.gif", "application/octet-stream", gif(800, 600))]

    assert read(mail(files=files)).attachment.picture.media_type == "image/gif"


def test_the_first_picture_is_the_lead_image_and_the_others_are_named():
    files = [
        ("logo.png", "image/png", png(90, 40)),
        ("bridge.png", "image/png", png(800, 600)),
        ("ferry.png", "image/png", png(640, 480)),
        ("broken.jpg", "image/jpeg", b"\xff\xd8\xff no picture"),
    ]
    found = read(mail(f"Photo: Ann Lee\n\n{STORY}", files=files))

    assert found.attachment.picture.width == 800
    assert found.story.fields.text("credit") == "Ann Lee"
    told = " ".join(found.story.fields.problems)
    assert "ferry.png" in told
    assert "broken.jpg" in told
    assert "logo.png" not in told


def test_an_attached_document_is_the_story_of_a_mail_that_says_little():
    note = "Story attached.\n\nAnn\n"
    attached = story(mail(note, files=[("story.md", "text/markdown", STORY.encode())]))
    both = story(mail(STORY, files=[("notes.txt", "text/plain", b"word " * 90)]))

    assert "harbour bridge" in attached.html
    assert "Story attached" not in attached.html
    assert attached.fields.text("headline") == "Harbour bridge closes for repairs"
    assert "harbour bridge" in both.html


def test_a_note_about_what_cannot_be_read_is_no_story():
    for name, media_type in (("a.pdf", "application/pdf"), ("a.docx", "text/x-word")):
        raw = mail("Story attached.\n", files=[(name, media_type, b"%PDF \x00\x01")])
        with pytest.raises(mail_parts.UnreadableError, match=name):
            read(raw)


def test_calendars_and_signatures_of_programs_are_ignored():
    files = [
        ("invite.ics", "text/calendar", b"BEGIN:VCALENDAR"),
        ("s.asc", "application/pgp-signature", b"-----BEGIN"),
        ("plan.pdf", "application/pdf", b"%PDF"),
    ]
    found = story(mail(files=files))

    assert found.fields.problems == ["carries what cannot be used: plan.pdf"]


def test_an_encrypted_mail_is_named():
    raw = b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n"

    with pytest.raises(mail_parts.UnreadableError, match="encrypted"):
        read(raw)


def test_a_mail_of_boundaries_is_refused_at_once():
    raw = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"boundary=b\r\n" * 90

    with pytest.raises(mail_parts.UnreadableError, match="more lines or parts"):
        read(raw)


NESTED = b"Content-Type: message/rfc822\r\n\r\n" * 3000
HEADERS = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: text/html; charset=utf-7\r\n",
        b"Content-Type: text/plain; charset=punycode; format=flowed\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: x-uuencode\r\n",
        b"Content-Disposition: attachment; filename*0*=x''%ff; filename*1=y\r\n",
        b"Subject: =?utf-8?b?////?= =?x?q?=\r\n",
        b"From: =?utf-8?q?a?= <ann@example.org>\r\n",
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n",
        b"Status: \r\n",
        b"begin 644 x\r\n",
    ]
)


@settings(max_examples=150)
@example(raw=NESTED)
@example(raw=b"\r\n" + b"> " * 100_000)
@example(raw=b"From: " + b'"' * 5000 + b"\r\n\r\nx")
@given(
    raw=st.lists(st.one_of(HEADERS, st.binary(max_size=60)), max_size=25).map(b"".join)
)
def test_any_bytes_are_a_story_or_a_problem(raw):
    heading = mail_header.read(raw)
    with contextlib.suppress(mail_parts.UnreadableError, newsroom.NoStoryError):
        letter.read(raw, heading)


@pytest.mark.parametrize(
    "body",
    [
        b"Status: x\n\n" * 150_000,
        b"a \n" * 700_000,
        b"On a b\n" * 200_000,
        b"<p>" * 700_000,
    ],
)
@pytest.mark.timeout(20)
def test_a_mail_without_end_takes_no_time_without_end(body):
    head = b"Subject: S\nContent-Type: text/plain; format=flowed\n\n"
    with contextlib.suppress(mail_parts.UnreadableError, newsroom.NoStoryError):
        letter.read(head + body, mail_header.read(head))
