"""An article's HTML as feed readers get it: correction, deck, picture, text.

Not every reader shows `media:content`, and none knows our fields. What belongs to
the story therefore stands in its HTML, once.
"""

import html
import re
from dataclasses import replace

from dispatch.model import Content, Image
from dispatch.text import html as markup, plain

_LABEL = re.compile(
    r"(correction|clarification|editor['\u2019]s note)\s*:\s*", re.IGNORECASE
)
_SOURCE = re.compile(r"<img\b[^>]{0,2000}?\bsrc=\"([^\"]*)\"", re.IGNORECASE)
_RESIZED = re.compile(r"-\d{2,5}x\d{2,5}(?=\.\w{3,4}$)")
_TAG = re.compile(r"<[^<>]*>")
BEGINNING = 300  # characters
WHOLE = "Read the whole story"
_FILE = re.compile(r"\.(jpe?g|png|gif|webp|avif)$", re.IGNORECASE)


def compose(content: Content, picture: Image | None) -> str:
    """Return the whole story; `picture` has an absolute url, or is None."""
    parts = [
        _correction(content),
        f"<p><strong>{_escape(content.deck)}</strong></p>" if content.deck else "",
        _figure(picture) if picture and not _shows(content.html, picture.url) else "",
        content.html,
    ]
    return "\n".join(part for part in parts if part)


def bounded(body: str, most: int, url: str) -> str:
    """Return a text of at most about `most` characters, with a link to the whole.

    It is cut between two paragraphs; one that is too long by itself is cut as text.
    """
    if len(body) <= most:
        return body
    kept: list[str] = []
    room = most
    for part in markup.parts(body):
        room -= len(part.html)
        if room < 0:
            break
        kept.append(part.html)
    if not kept:
        kept = [paragraph(plain.excerpt(markup.to_text(body), most // 4))]
    return "\n".join([*kept, f'<p><a href="{_escape(url)}">{WHOLE}</a></p>'])


def brief(content: Content, picture: Image | None, url: str) -> str:
    """Return what a feed of summaries shows: correction, picture, summary, a link.

    A story without a summary gets its first sentences.
    """
    words = content.summary or content.deck or _beginning(content.html)
    parts = [
        _correction(replace(content, html="")),
        _figure(picture) if picture else "",
        paragraph(words) if words else "",
        f'<p><a href="{_escape(url)}">{WHOLE}</a></p>',
    ]
    return "\n".join(part for part in parts if part)


def paragraph(words: str) -> str:
    """Return plain text as HTML; a story must never be empty for a reader."""
    return f"<p>{_escape(words)}</p>"


def _beginning(body: str) -> str:
    words = plain.squash(html.unescape(_TAG.sub(" ", body)))
    return plain.excerpt(words, BEGINNING)


def _correction(content: Content) -> str:
    """Say openly what was wrong, at the top, unless the text itself does."""
    note = content.correction.strip()
    if not note or _escape(note) in content.html or note in content.html:
        return ""
    label = _LABEL.match(note)
    word = label[1] if label else "Correction"
    rest = note[label.end() :] if label else note
    return f"<p><strong>{_escape(word)}:</strong> {_escape(rest)}</p>"


def _figure(picture: Image) -> str:
    size = "".join(
        f' {name}="{value}"'
        for name, value in (("width", picture.width), ("height", picture.height))
        if value > 0
    )
    image = f'<img src="{_escape(picture.url)}" alt="{_escape(picture.alt)}"{size}>'
    return f"<figure>{image}{_figcaption(picture)}</figure>"


def _figcaption(picture: Image) -> str:
    credit = f"<small>{_escape(picture.credit)}</small>" if picture.credit else ""
    words = " ".join(part for part in (_escape(picture.caption), credit) if part)
    return f"<figcaption>{words}</figcaption>" if words else ""


def _shows(body: str, url: str) -> bool:
    """Whether the text already has this picture, perhaps in another size."""
    wanted = _same_picture(url)
    sources = (html.unescape(found) for found in _SOURCE.findall(body))
    return any(_same_picture(source) == wanted for source in sources)


def _same_picture(url: str) -> str:
    """Return what two addresses of one picture have in common."""
    address = re.sub(r"^https?:", "", url).partition("#")[0]
    path, _, query = address.partition("?")
    if _FILE.search(path):
        return _RESIZED.sub("", path)
    return f"{path}?{query}"


def _escape(words: str) -> str:
    return html.escape(words, quote=True)
