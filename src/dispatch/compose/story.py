"""An article as the templates see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from dispatch.compose import dates, inline, pick
from dispatch.model import Article, Image, Links, Show
from dispatch.text import html as html_text, plain

SUMMARY = 240
LEAD_SUMMARY = 360
NO_LIMIT = 1_000_000  # pixels
RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
)


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


class SafeHtml(str):
    """Markup that templates print as it is: sanitised when collected, and again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell autoescaping that there is nothing left to escape."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all stories of a mail have in common."""

    links: Links
    language: str
    zone: ZoneInfo
    now: datetime
    summary: int = SUMMARY
    lead_summary: int = LEAD_SUMMARY
    pictures: bool = True


def direction(language: str) -> str:
    """Return the direction in which a language is written: ltr or rtl."""
    tags = language.lower().split("-")
    scripts = {"arab", "hebr", "thaa", "syrc"} & set(tags)
    return "rtl" if scripts or tags[0] in RIGHT_TO_LEFT else "ltr"


def make(
    article: Article, number: int, setting: Setting, show: Show = "excerpt"
) -> Story:
    """Return `article` as the `number`-th story of a mail; the first is the lead."""
    content = article.content
    language = content.language or setting.language
    published = article.published_at.astimezone(setting.zone)
    limit = setting.lead_summary if number == 1 else setting.summary
    return Story(
        number=number,
        headline=plain.squash(content.headline),
        generated=pick.generated(article),
        lede=_lede(article, limit),
        deck=plain.squash(content.deck),
        url=setting.links.article(article),
        byline=_names(content.bylines),
        section=section_name(content.section),
        published_at=published,
        date=dates.short(published, setting.language),
        picture=_picture(content.image, setting),
        correction=plain.squash(content.correction),
        language=language,
        direction=direction(language),
        foreign=is_foreign(language, setting.language),
        source_html=setting.links.body(content.html),
        show=show,
    )


def section_name(section: str) -> str:
    """Return a section as a heading: campus-life becomes Campus life."""
    words = plain.squash(section.rsplit("/", 1)[-1].replace("-", " ").replace("_", " "))
    return words[:1].upper() + words[1:]


def _lede(article: Article, limit: int) -> str:
    content = article.content
    text = content.summary or html_text.to_text(content.html) or content.deck
    if limit <= 0:
        return plain.excerpt(text, SUMMARY) if pick.generated(article) else ""
    return plain.excerpt(text or content.headline, limit)


def _names(bylines: Sequence[str]) -> str:
    names = [plain.squash(name) for name in bylines]
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _picture(image: Image | None, setting: Setting) -> Picture | None:
    url = setting.links.image(image) if image is not None else ""
    if image is None or not setting.pictures or not url.startswith(("http:", "https:")):
        return None
    return Picture(
        url=url,
        alt=plain.squash(image.alt or image.caption),
        caption=plain.squash(image.caption),
        credit=plain.squash(image.credit),
        width=image.width,
        height=image.height,
    )


def is_foreign(language: str, around: str) -> bool:
    """Whether a text is in another language than what is around it."""
    return _base(language) != _base(around)


def _base(language: str) -> str:
    return language.lower().split("-")[0]
