"""An article as the templates see it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from dispatch.compose import dates, inline, pick, room
from dispatch.compose.room import Room
from dispatch.compose.words import Words
from dispatch.model import Article, Image, Links, Show
from dispatch.text import html as html_text, languages, plain, urls

WORTHWHILE = 0.45  # of the room: less is too little to say in whole sentences
RECENT = timedelta(hours=36)  # such a story needs no date in an issue of the day
CLAUSE_END = re.compile(r"[,;:)]? [–—(]|[,;:] ")
NEAR_THE_END = 0.6  # of the room
MARGIN = 200  # characters beyond the limit, to see whether a sentence ends there
NO_LIMIT = 1_000_000  # pixels


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a mail shows it: absolute address, sizes in pixels (0: unknown)."""

    url: str
    alt: str
    caption: str
    credit: str
    width: int
    height: int

    def width_at(self, most: int, tallest: int = NO_LIMIT) -> int:
        """Return the width to show it at: at most its own, `most` when unknown."""
        width = min(self.width, most) if self.width > 0 else most
        if min(self.width, self.height) <= 0:
            return width
        return max(min(width, self.width * tallest // self.height), 1)

    def height_at(self, most: int, tallest: int = NO_LIMIT) -> int:
        """Return the height that goes with `width_at`, 0 when it is not known."""
        if min(self.width, self.height) <= 0:
            return 0
        width = self.width_at(most, tallest)
        return max(round(self.height * width / self.width), 1)


@dataclass(frozen=True)
class Story:
    """One article. All texts are plain and unescaped; `html` is safe markup.

    `lede` is the summary as it stands in the mail. A `generated` headline is a cut
    lede: templates show the lede in its place.
    """

    number: int
    headline: str
    generated: bool
    lede: str
    deck: str
    url: str
    byline: str
    section: str
    published_at: datetime  # in the newsletter's zone
    date: str
    recent: bool  # of the issue's own day or the one before
    picture: Picture | None
    correction: str
    language: str
    direction: str  # ltr or rtl
    foreign: bool  # in another language than the mail
    source_html: str
    show: Show = "excerpt"

    @cached_property
    def html(self) -> "SafeHtml":
        """The whole story as markup without any styling of its own."""
        return SafeHtml(inline.harmless(self.source_html))

    @cached_property
    def text(self) -> str:
        """The whole story as plain text, paragraphs apart by an empty line."""
        return plain.clean(html_text.to_text(self.source_html)).strip()

    @cached_property
    def inner_links(self) -> tuple[str, ...]:
        """The web addresses that the whole story links to, each once."""
        found = (address for _text, address in html_text.links(self.source_html))
        return tuple(dict.fromkeys(one for one in found if urls.is_web(one)))


class SafeHtml(str):
    """Markup that templates print as it is: sanitised when collected, and again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell autoescaping that there is nothing left to escape."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all stories of a mail have in common, and the room they have."""

    links: Links
    language: str
    zone: ZoneInfo
    now: datetime
    words: Words
    room: Room = room.ALL


def _direction(article: Article, language: str) -> str:
    """Return the direction of a story: of its language, or of its words if untold."""
    if article.content.language:
        return languages.direction(language)
    kinds = [unicodedata.bidirectional(one) for one in article.content.headline]
    to_left = sum(kind in {"R", "AL"} for kind in kinds)
    to_right = kinds.count("L")
    if to_left == to_right:
        return languages.direction(language)
    return "rtl" if to_left > to_right else "ltr"


def make(
    article: Article, number: int, setting: Setting, show: Show = "excerpt"
) -> Story:
    """Return `article` as the `number`-th story of a mail; the first is the lead."""
    content = article.content
    language = content.language or setting.language
    published = article.published_at.astimezone(setting.zone)
    return Story(
        number=number,
        headline=plain.squash(content.headline),
        generated=pick.generated(article),
        lede=_lede(article, number, setting),
        deck=plain.squash(content.deck),
        url=setting.links.article(article),
        byline=_names(content.bylines, setting.words["common"]["and"]),
        section=section_name(content.section),
        published_at=published,
        date=dates.short(published, setting.language, setting.words),
        recent=abs(setting.now - article.published_at) <= RECENT,
        picture=_picture(content.image, number, setting),
        correction=plain.squash(content.correction),
        language=language,
        direction=_direction(article, language),
        foreign=languages.is_other(language, setting.language),
        source_html=setting.links.body(content.html),
        show=_show(number, setting.room, show),
    )


def section_name(section: str) -> str:
    """Return a section as a heading: campus-life becomes Campus life."""
    words = plain.squash(section.rsplit("/", 1)[-1].replace("-", " ").replace("_", " "))
    return words[:1].upper() + words[1:]


def _show(number: int, room: Room, wanted: Show) -> Show:
    """Return how much is shown of a story where there may be less room than wanted."""
    if number > room.summaries:
        return "headline"
    return "excerpt" if wanted == "full" and not room.whole else wanted


def _lede(article: Article, number: int, setting: Setting) -> str:
    content = article.content
    text = content.summary or html_text.to_text(content.html) or content.deck
    room = setting.room
    if number > room.summaries and not pick.generated(article):
        return ""
    limit = room.lead_summary if number == 1 else room.summary
    return summary(text or content.headline, limit)


def summary(text: str, limit: int) -> str:
    """Return the first sentences of `text` that fit, or as many words as do.

    A sentence that ends is worth more to a reader than a few words more.
    """
    line = plain.squash(text)
    if len(line) <= limit:
        return line
    kept = ""
    for sentence in plain.sentences(line[: limit + MARGIN]):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept if len(kept) >= limit * WORTHWHILE else _clause(line, limit)


def _clause(line: str, limit: int) -> str:
    """Return the words that fit, up to a comma or the like if one is near the end."""
    cut = plain.excerpt(line, limit)
    ends = [found.start() for found in CLAUSE_END.finditer(cut)]
    if not ends or ends[-1] < limit * NEAR_THE_END:
        return cut
    return f"{cut[: ends[-1]]}…"


def _names(bylines: Sequence[str], joined_by: str) -> str:
    names = [plain.squash(name) for name in bylines]
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joined_by} {names[-1]}"


def _picture(image: Image | None, number: int, setting: Setting) -> Picture | None:
    if image is None or number > setting.room.pictures:
        return None
    url = setting.links.image(image)
    if not url.startswith(("http:", "https:")):
        return None
    return Picture(
        url=url,
        alt=plain.squash(image.alt or image.caption),
        caption=plain.squash(image.caption),
        credit=plain.squash(image.credit),
        width=image.width,
        height=image.height,
    )
