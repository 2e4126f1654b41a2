"""The whole story from its page, where a source brings only a teaser.

The only file here that knows trafilatura, an optional library: `available` says
whether it is there. What comes out of a page replaces a teaser only when it is
longer and is about the same story.
"""

import functools
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from dispatch.collect import identity, inline_images, sanitise
from dispatch.collect.pages import No, Page, Pages
from dispatch.model import Collected, Errand, Image
from dispatch.text import fingerprints, html as markup, plain, urls

FEWEST_WORDS = 60  # of a body that is no teaser, unless its end says that it is one
MOST_TAGS = 15_000  # of a page; trafilatura takes a minute for many more
MOST_CHARACTERS = 2_000_000
ALIKE = 0.6  # of a title's words that its story should contain
RETRY_FOR = timedelta(hours=24)  # a page that cannot be had is tried again so long
TEASER_END = re.compile(
    r"(?:\[(?:…|\.\.\.|&hellip;)\]|\(more…?\)|…\s*(?:»|→)"
    r"|\b(?:read|continue|keep)\s+(?:more|reading|on)\b[^.]{0,80}"
    r"|\b(?:weiterlesen|mehr\s+lesen|lire\s+la\s+suite|leer\s+más|seguir\s+leyendo"
    r"|leggi\s+tutto|continua\s+a\s+leggere|ler\s+mais|lees\s+(?:meer|verder)"
    r"|läs\s+mer|læs\s+mere|les\s+mer)\b[^.]{0,80}"
    r"|The\s+post\s.{1,300}\sappeared\s+first\s+on\s.{1,200})\s*$",
    re.IGNORECASE | re.DOTALL,
)
ABSENT = (
    'full_text = "teasers" needs the extra `fulltext`: pip install '
    '"dispatch-news[fulltext]". Until then the feed\'s own texts are used.'
)


@dataclass(frozen=True, slots=True)
class Filled:
    """The stories, some of them whole now.

    Not `complete`: some pages wait for the next visit, which must read the feed
    again even if it has not changed.
    """

    found: tuple[Collected, ...]
    complete: bool = True
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """What a page says: its story, sanitised, and what its head adds."""

    html: str
    title: str = ""
    author: str = ""
    published: str = ""
    image: Image | None = None


def available() -> bool:
    """Whether the library is there."""
    return _library() is not None


def is_teaser(html: str) -> bool:
    """Whether a body is only the start of a story, or too short to be one."""
    return len(fingerprints.words(html)) < FEWEST_WORDS or bool(
        TEASER_END.search(markup.to_text(html)[-600:])
    )


def fill(found: Sequence[Collected], errand: Errand) -> Filled:
    """Return the stories, those that are new and teasers read from their pages.

    Does so where the source's `full_text` is "teasers". Stories that were collected
    before, as they are now, are left alone: they are known not to be new.
    """
    if errand.source.full_text != "teasers":
        return Filled(tuple(found))
    if not available():
        return Filled(tuple(found), remark=ABSENT)
    pages = Pages(errand.fetch, errand.source.url)
    told = tuple(_filled(one, pages, errand) for one in found)
    waiting = sum(
        one.stamp != before.stamp for one, before in zip(told, found, strict=True)
    )
    return Filled(told, complete=not waiting, remark=_remark(waiting, pages.refused))


def extract(page: Page) -> Extract | None:
    """Return the story of a page; None when there is none, or it is hostile."""
    library = _library()
    html = page.html[:MOST_CHARACTERS]
    if library is None or html.count("<") > MOST_TAGS:
        return None
    try:
        raw = library.extract(
            html,
            url=page.url,
            output_format="html",
            include_images=True,
            include_links=True,
            include_formatting=True,
            include_comments=False,
        )
    except Exception:  # noqa: BLE001 - whatever a page does to the library
        return None
    if not raw:
        return None
    about = markup.page(html)
    title = about.meta.get("og:title") or about.heading or about.title
    body = sanitise.sanitise(markup.page(raw).body, base=page.url)
    return Extract(
        html=_without_heading(body, title),
        title=plain.squash(unescape(title)),
        author=about.meta.get("author", ""),
        published=about.meta.get("article:published_time", ""),
        image=_og_image(about.meta.get("og:image", ""), page.url),
    )


def later(stamp: str) -> str:
    """Return the stamp of a story whose page is still to be read."""
    return hashlib.sha256(f"teaser {stamp}".encode()).hexdigest()


def _filled(one: Collected, pages: Pages, errand: Errand) -> Collected:
    if errand.known.get(one.locator) == one.stamp or not is_teaser(one.content.html):
        return one
    page = pages.get(one.content.url)
    if page is No.NOT_NOW and _is_young(one, pages, errand.now):
        return replace(one, stamp=later(one.stamp))
    got = extract(page) if isinstance(page, Page) else None
    if got is None or not _better(got, one):
        return one
    content = replace(
        one.content,
        html=got.html,
        summary=one.content.summary or _summary(one.content.html),
        image=one.content.image or got.image,
        bylines=one.content.bylines or tuple(filter(None, (got.author,))),
    )
    aliases = identity.aliases(*one.aliases, identity.body_alias(got.html))
    return replace(one, content=content, aliases=aliases)


def _is_young(one: Collected, pages: Pages, now: datetime) -> bool:
    """Whether a page that cannot be had is worth another visit."""
    published = one.published_at
    return pages.left <= 0 or published is None or now - published < RETRY_FOR


def _better(got: Extract, one: Collected) -> bool:
    """Whether an extract is longer than the teaser, and about the same story."""
    words = fingerprints.words(got.html)
    if len(words) <= len(fingerprints.words(one.content.html)):
        return False
    wanted = {
        word for word in fingerprints.words(one.content.headline) if word.isalnum()
    }
    there = wanted & {*words, *fingerprints.words(got.title)}
    return not wanted or len(there) >= ALIKE * len(wanted)


def _summary(teaser: str) -> str:
    text = TEASER_END.sub("", markup.to_text(teaser))
    return plain.excerpt(text, 600)


def _without_heading(body: str, title: str) -> str:
    """Return the body without a first heading that only repeats the title."""
    first, *others = markup.parts(body) or (None,)
    if first is None or first.tag not in {"h1", "h2", "h3"}:
        return body
    wanted = fingerprints.words(title)
    same = (
        fingerprints.words(first.text) == wanted[: len(fingerprints.words(first.text))]
    )
    return "".join(one.html for one in others if one) if same else body


def _og_image(address: str, base: str) -> Image | None:
    url = urls.strip_tracking(urls.join(base, address)) if address else ""
    if not urls.is_web(url) or inline_images.is_tracker(url):
        return None
    return Image(url=url)


def _remark(waiting: int, refused: int) -> str:
    return " ".join(_sentences(waiting, refused))


def _sentences(waiting: int, refused: int) -> Iterator[str]:
    if waiting:
        yield f"The pages of {waiting} teasers are read at the next visit."
    if refused:
        yield f"robots.txt keeps {refused} pages from us; their teasers were used."


@functools.cache
def _library() -> Any:
    """Return trafilatura, loaded when it is first needed; None where it cannot be."""
    try:
        import trafilatura  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        return None
    return trafilatura
