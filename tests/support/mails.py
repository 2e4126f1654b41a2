"""Mails as an editor's program writes them, and what the receiving server adds."""

from email.message import EmailMessage

TRUSTED = "mx.example.org"
STORY = """The harbour bridge will close on Monday for the first time in thirty years.
Engineers found rust in four of its pillars, the city said in a letter to residents.

Buses will take the northern road until the summer. The ferry doubles its trips in
the morning, and cyclists may use the railway bridge, which gets a lane of its own.
"""


def passed(domain="example.org", server=TRUSTED):
    return f"{server}; dmarc=pass (p=reject) header.from={domain}"


PASSED = passed()


def mail(
    text=STORY,
    *,
    subject="Harbour bridge closes for repairs",
    sender="Ann Lee <ann@example.org>",
    number=1,
    results=(PASSED,),
    html="",
    files=(),
    headers=(),
):
    """A mail as bytes; `files` are (name, media type, data)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "desk@example.org"
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@mail.example.org>"
    for name, value in headers:
        message[name] = value
    if text or not html:
        message.set_content(text)
    if html:
        (message.add_alternative if text else message.set_content)(html, subtype="html")
    for name, media_type, data in files:
        main, _, sub = media_type.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    top = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    return top.encode() + message.as_bytes().replace(b"\n", b"\r\n")


def reply(number, to, text=STORY, **options):
    """A reply of the same sender to an earlier mail."""
    headers = (("In-Reply-To", f"<{to}@mail.example.org>"),)
    options = {"subject": "Re: Harbour bridge closes for repairs", **options}
    return mail(text, number=number, headers=headers, **options)
