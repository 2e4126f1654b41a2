"""A mail becomes a story: its subject the headline, its own words the text.

Plain text goes before HTML, since newsrooms' rules are made for it. A document
attached to a mail that says hardly anything is the story. The first picture is the
lead image.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.collect import (
    encoding,
    front_matter,
    headers,
    mail_parts,
    mail_text,
    newsroom,
    reading,
    sanitise,
    word,
)
from dispatch.collect.assemble import Attachment
from dispatch.collect.front_matter import FrontMatter
from dispatch.collect.mail_header import Heading
from dispatch.collect.mail_parts import File, Parts
from dispatch.collect.newsroom import Kind
from dispatch.text import html as markup, plain

FEW_WORDS = 40  # a mail of fewer is a note about the document that is attached to it
RICHER = 4  # times the words: then the HTML is the mail, and the text a stand-in
SMALLEST_PICTURE = 150  # pixels; smaller ones are logos of signatures
LARGEST_DOCUMENT = 25_000_000
MOST_HEADER_BLOCKS = 20
LONGEST = 2_000_000  # characters of text or HTML
LONGEST_WITHDRAWAL = 12  # words
WITHDRAWAL = re.compile(
    r"(?:please\s+)?(?:withdraw|retract|kill|take\s+down)"
    r"(?:\s+(?:this|the|that)\s+(?:story|article|piece))?(?:\s+please)?\s*[.!]*",
    re.IGNORECASE,
)
WITHDRAWING = re.compile(r"(?:withdraw|retract|kill)\s*:", re.IGNORECASE)
# What mail programs call quotes and signatures in HTML; below the last ones stands
# only the earlier mail.
QUOTES = plain.lexicon(
    "gmail_quote gmail_signature moz-cite-prefix moz-signature yahoo_quoted "
    "protonmail_quote protonmail_signature_block Signature"
)
QUOTES_BELOW = plain.lexicon("divRplyFwdMsg appendonsend")
CANCELED = plain.lexicon("canceled cancelled killed kill spiked")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail understood. `story` is None for one that takes a story back.

    `headed`: it begins with header lines, as only a whole story does.
    """

    story: newsroom.Story | None
    attachment: Attachment | None = None
    words: int = 0
    headed: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """The text that is the story, and what else the mail says about it."""

    text: str
    kind: Kind
    values: dict[str, tuple[str, ...]]
    author: str = ""
    pictures: tuple[File, ...] = ()  # of the document that is the story


def read(raw: bytes, heading: Heading) -> Letter:
    """Understand a mail.

    Raises mail_parts.UnreadableError or newsroom.NoStoryError, both with a phrase.
    """
    parts = mail_parts.take(raw)
    draft = _draft(parts, heading)
    if _withdraws(draft, heading):
        return Letter(None)
    story = newsroom.read(draft.text, draft.kind, sidecar=_sidecar(draft, heading))
    author = draft.author or ("" if heading.forwarded else heading.name)
    story.fields.offer("bylines", author, "T8", 0.6, "the sender's name")
    attachment = _picture((*parts.pictures, *draft.pictures), story)
    if parts.others:
        story.fields.complain(f"carries what cannot be used: {_listed(parts.others)}")
    words = mail_text.words(markup.to_text(story.html))
    return Letter(story, attachment, words, bool(draft.values))


def _draft(parts: Parts, heading: Heading) -> _Draft:
    draft = _body(parts, heading)
    said = mail_text.words(_as_text(draft))
    if said >= FEW_WORDS:
        return draft
    for file in parts.documents:
        found = _document(file)
        if mail_text.words(_as_text(found)) > said:
            return replace(found, values=draft.values, author=draft.author)
    if parts.others and not parts.pictures:
        raise mail_parts.UnreadableError(
            f"says little and carries {_listed(parts.others)}, which cannot be read; "
            "send the story as text or as .docx"
        )
    return draft


def _body(parts: Parts, heading: Heading) -> _Draft:
    """Return what the mail itself says, the richer of text and HTML."""
    text = "\n\n".join(parts.text)
    html = sanitise.without_data("\n".join(parts.html))
    if max(len(text), len(html)) > LONGEST:
        raise mail_parts.UnreadableError("is far too long for a story")
    html = markup.without(html, QUOTES, QUOTES_BELOW)
    shown = markup.to_text(html) if html else ""
    if mail_text.words(shown) <= RICHER * mail_text.words(text):
        wording = mail_text.own(text, forwarded=heading.forwarded)
        values, rest = _header_lines(wording.text)
        return _Draft(rest, Kind.TEXT, values, wording.author)
    values, rest = _header_lines(shown)
    if values:  # which HTML would hide among its tags
        return _Draft(mail_text.own(rest).text, Kind.TEXT, values)
    return _Draft(html, Kind.HTML, {})


def _header_lines(text: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """Take `Status: draft` and the like off the top, also with blank lines between."""
    values: dict[str, tuple[str, ...]] = {}
    for _ in range(MOST_HEADER_BLOCKS):
        if (block := headers.take(text)) is None:
            break
        values = block.values | values
        text = block.rest
    return values, text


def _document(file: File) -> _Draft:
    """Read a document; raises UnreadableError, since the mail is only its envelope."""
    try:
        return _opened(file)
    except ValueError as problem:
        told = f"carries {file.name}, which {problem}"
        raise mail_parts.UnreadableError(told) from problem


def _opened(file: File) -> _Draft:
    if len(file.data) > LARGEST_DOCUMENT:
        raise ValueError("is too large for a story")
    if file.extension == ".docx":
        document = word.read(file.data)
        pictures = (File(file.name, data) for data in document.pictures.values())
        return _Draft(document.html, Kind.HTML, {}, "", tuple(pictures))
    decoded = encoding.decode(file.data)
    if decoded is None:
        raise ValueError("is not text, whatever its name says")
    return _Draft(decoded.text, newsroom.KINDS[file.extension], {})


def _as_text(draft: _Draft) -> str:
    return markup.to_text(draft.text) if draft.kind is Kind.HTML else draft.text


def _withdraws(draft: _Draft, heading: Heading) -> bool:
    if WITHDRAWING.match(heading.subject):
        return True
    said = _as_text(draft).strip()
    if mail_text.words(said) > LONGEST_WITHDRAWAL:
        return False
    canceled = any(
        headers.KNOWN.get(key.lower()) == "status" and value[0].lower() in CANCELED
        for key, value in draft.values.items()
    )
    first = said.split("\n", 1)[0].strip()
    return (canceled and not said) or WITHDRAWAL.fullmatch(first) is not None


def _sidecar(draft: _Draft, heading: Heading) -> FrontMatter:
    """Return what is said beside the text, the subject unless it names a headline."""
    values = dict(draft.values)
    matter = front_matter.take(draft.text) if draft.kind is not Kind.HTML else None
    keys = {*values, *(matter.values if matter else ())}
    named = any(headers.KNOWN.get(key.lower()) == "headline" for key in keys)
    if heading.subject and not named:
        values["headline"] = (plain.excerpt(heading.subject, 300),)
    return FrontMatter(values, "")


def _picture(files: Sequence[File], story: newsroom.Story) -> Attachment | None:
    """Return the first picture that can be used; the others are named."""
    chosen: Attachment | None = None
    left: list[str] = []
    for file in files:
        try:
            found = _read_picture(file)
        except ValueError as problem:
            story.fields.complain(f"carries {file.name}, which {problem}")
            continue
        if found is not None and chosen is None:
            chosen = found
        elif found is not None:
            left.append(file.name)
    if left:
        story.fields.complain(
            f"carries more than one picture; left out: {_listed(left)}"
        )
    return chosen


def _read_picture(file: File) -> Attachment | None:
    """Read a picture; None for a mere logo, ValueError with a phrase for none."""
    found = reading.attachment(file.data)
    largest = max(found.picture.width, found.picture.height)
    return found if largest >= SMALLEST_PICTURE else None


def _listed(names: list[str]) -> str:
    shown = ", ".join(plain.excerpt(name, 60) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")  # noqa: PLR2004
