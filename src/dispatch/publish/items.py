"""A story as every format shows it: clean texts, absolute addresses, UTC seconds."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dispatch.model import Article, Content, Enclosure, FeedIds, Image, Links
from dispatch.publish import legal, story
from dispatch.text import plain

_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE)
LONGEST = 200_000  # characters of a story's text; the rest is on its page
UNKNOWN_MEDIA = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed. Texts are legal XML; `html` is escaped by the writers.

    `atom_id` differs from `id` only where a source's own id is no IRI: Atom
    wants one, and the article's tag: id is always at hand.
    """

    article: int
    id: str
    atom_id: str
    url: str
    title: str
    html: str
    summary: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    language: str  # empty: the channel's
    published: datetime
    updated: datetime
    image: Image | None
    enclosures: tuple[Enclosure, ...]
    origin_title: str
    origin_url: str
    origin_feed: str = ""
    explicit: str = ""  # "true" or "false" in a podcast
    shortened: int = 0  # characters of a text that was cut; 0: it was not
    withdrawn: datetime | None = None  # then it is a notice, or a tombstone in Atom
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How a feed shows stories: all that an item depends on beside its article.

    A `brief` one has its summary in the place of its text.
    """

    links: Links
    ids: FeedIds = "tag"
    language: str = ""  # the feed's own, which its entries need not repeat
    brief: bool = False
    explicit: str = ""  # "true" or "false": a podcast's entries say so


def from_article(article: Article, style: Style) -> Item:
    """Return the article as a feed of this style shows it.

    Never raises for what a story contains; `check.items` says if it will not do.
    """
    links = style.links
    content = _legal(article.content)
    html = links.body(content.html)
    image = _image(article.content.image, links)
    identity = _identity(article, style.ids)
    summary = content.summary or content.deck
    published = _second(article.published_at)
    url = legal.address(links.article(article)) or links.article_page(article.id)
    bounded = html if style.brief else story.bounded(html, LONGEST, url)
    content = replace(content, html=bounded)
    if style.brief:
        whole = story.brief(content, image, url)
    else:
        whole = story.compose(content, image)
    return Item(
        article=article.id,
        id=identity,
        atom_id=identity if _IRI.fullmatch(identity) else plain.squash(article.tag_id),
        url=url,
        title=content.headline,
        html=whole or story.paragraph(summary),
        summary=summary,
        authors=content.bylines,
        categories=_unique(content.section, *content.tags),
        language="" if content.language == style.language else content.language,
        published=published,
        updated=max(published, _second(article.updated_at)),
        image=image,
        enclosures=_enclosures(content.enclosures),
        origin_title=content.origin_title,
        origin_url=content.origin_url,
        origin_feed=content.origin_feed,
        explicit=style.explicit,
        shortened=0 if bounded is html else len(html),
    )


def notice(article: Article, style: Style) -> Item:
    """Return what stands in the place of a story that was withdrawn.

    The same id, so that readers' programs replace what they have.
    """
    whole = from_article(article, style)
    moment = _second(article.withdrawn_at or article.updated_at)
    reason = plain.squash(article.withdrawn_reason).rstrip(". ")
    said = "This story was withdrawn" + (f": {reason}." if reason else ".")
    return replace(
        whole,
        title=f"Withdrawn: {whole.title}" if whole.title else "",
        html=story.paragraph(said),
        summary=said,
        language="",
        categories=(),
        updated=max(whole.published, moment),
        image=None,
        enclosures=(),
        shortened=0,
        withdrawn=moment,
        reason=reason,
    )


def _identity(article: Article, ids: FeedIds) -> str:
    own = plain.squash(article.guid) if ids == "source" else ""
    return own or plain.squash(article.tag_id)


def _legal(content: Content) -> Content:
    """Return the same content, fit for XML."""
    return replace(
        content,
        headline=legal.line(content.headline),
        html=legal.markup(content.html),
        summary=plain.squash(content.summary),
        deck=plain.squash(content.deck),
        bylines=_unique(*content.bylines),
        section=plain.squash(content.section),
        tags=_unique(*content.tags),
        language=legal.language(content.language),
        correction=plain.squash(content.correction),
        origin_title=plain.squash(content.origin_title),
        origin_url=legal.address(content.origin_url),
        origin_feed=legal.address(content.origin_feed),
    )


def _unique(*words: str) -> tuple[str, ...]:
    """Return legal, non-empty lines, each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(plain.squash, words))))


def _image(image: Image | None, links: Links) -> Image | None:
    """Return the lead picture with its absolute address; a mere credit is none."""
    address = legal.address(links.image(image)) if image else ""
    if image is None or not address:
        return None
    return replace(
        image,
        url=address,
        media_type=plain.squash(image.media_type),
        alt=plain.squash(image.alt),
        caption=plain.squash(image.caption),
        credit=plain.squash(image.credit),
    )


def _enclosures(found: tuple[Enclosure, ...]) -> tuple[Enclosure, ...]:
    """Return those that can be fetched, each address once; first what is played.

    RSS has room for one, and a player looks for nothing else.
    """
    kept: dict[str, Enclosure] = {}
    for enclosure in found:
        if address := legal.address(enclosure.url):
            kind = plain.squash(enclosure.media_type) or UNKNOWN_MEDIA
            length = max(0, enclosure.length)
            made = Enclosure(address, kind, length, max(0, enclosure.duration))
            kept.setdefault(address, made)
    return tuple(sorted(kept.values(), key=lambda one: not is_played(one)))


def is_episode(item: Item) -> bool:
    """Whether a podcast's reader shows it as one of its episodes."""
    return bool(item.explicit) and any(map(is_played, item.enclosures))


def is_played(enclosure: Enclosure) -> bool:
    """Whether a podcast's reader can play it."""
    return enclosure.media_type.startswith(("audio/", "video/"))


def _second(moment: datetime) -> datetime:
    """Return `moment` in UTC, whole seconds: all that feed dates agree on."""
    return moment.astimezone(UTC).replace(microsecond=0)
