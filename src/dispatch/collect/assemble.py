"""A story understood becomes a `Collected`: content, picture, identities.

The same for every kind of file. All texts are bounded here; when and whether the
story may be seen is `release`'s to say.
"""

import re
from dataclasses import dataclass, replace

from dispatch.collect import identity, release, stamps
from dispatch.collect.fields import Fields
from dispatch.collect.images import Picture
from dispatch.collect.newsroom import Story
from dispatch.collect.release import Circumstances
from dispatch.model import (
    Collected,
    Content,
    HeadlineSource,
    Image,
    Media,
)
from dispatch.text import plain, urls

LIMITS = {"headline": 300, "deck": 400, "summary": 600, "caption": 600, "credit": 300}
MOST_NAMES, MOST_TAGS, LONGEST_NAME = 20, 50, 100
HEADLINE_SOURCES = {
    "Word": HeadlineSource.LINE,
    "T5": HeadlineSource.LINE,
    "T6": HeadlineSource.LINE,
    "T11a": HeadlineSource.FILENAME,
    "T11c": HeadlineSource.GENERATED,
}
LANGUAGES = {
    "english": "en", "spanish": "es", "español": "es", "french": "fr", "français": "fr",
    "german": "de", "deutsch": "de", "portuguese": "pt", "português": "pt",
    "italian": "it", "italiano": "it", "chinese": "zh", "korean": "ko", "polish": "pl",
}  # fmt: skip
LANGUAGE_TAG = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture of the folder that belongs to a story."""

    media: Media
    picture: Picture


def assemble(
    story: Story, about: Circumstances, attachment: Attachment | None = None
) -> Collected:
    """Return the story as its source brought it. What is odd goes to its problems."""
    fields = story.fields
    times = release.settle(fields, about)
    content = _content(story, about, attachment)
    name, explicit = about.source.name, fields.text("id")
    return Collected(
        locator=about.relpath,
        stamp=stamps.until(about.stamp, times.expires),
        content=content,
        aliases=identity.aliases(
            identity.id_alias(name, explicit) if explicit else None,
            identity.path_alias(name, about.relpath),
            identity.url_alias(content.url) if content.url else None,
            identity.body_alias(content.html),
        ),
        published_at=times.published,
        updated_at=times.updated,
        embargo_until=times.embargo,
        status=release.status(fields, about, times),
        guid=explicit,
        media=(attachment.media,) if attachment else (),
        findings=tuple(fields.findings),
    )


def _content(
    story: Story, about: Circumstances, attachment: Attachment | None
) -> Content:
    fields = story.fields
    rule = fields.rule("headline")
    return Content(
        headline=_limited(fields, "headline"),
        html=story.html,
        headline_source=HEADLINE_SOURCES.get(rule, HeadlineSource.EXPLICIT),
        summary=_limited(fields, "summary"),
        deck=_limited(fields, "deck"),
        bylines=_names(fields.many("bylines"), MOST_NAMES),
        section=_section(fields, about),
        tags=_names(fields.many("tags"), MOST_TAGS),
        language=_language(fields, about),
        url=_url(fields),
        image=_image(fields, attachment),
        correction=plain.excerpt(fields.text("correction"), 2000),
    )


def _limited(fields: Fields, name: str) -> str:
    return plain.excerpt(fields.text(name), LIMITS[name])


def _names(values: tuple[str, ...], most: int) -> tuple[str, ...]:
    short = (plain.excerpt(value, LONGEST_NAME) for value in values)
    return tuple(dict.fromkeys(short))[:most]


def _section(fields: Fields, about: Circumstances) -> str:
    """The story's own word, the first folder it lies in, the source's default."""
    folder, slash, _ = about.relpath.partition("/")
    if slash:
        fields.offer("section", folder, "folder", 0.9, f"in {folder}/")
    fields.offer("section", about.source.section, "config", 0.5, "the source's default")
    return plain.excerpt(fields.text("section"), LONGEST_NAME)


def _language(fields: Fields, about: Circumstances) -> str:
    given = fields.text("language")
    tag = LANGUAGES.get(given.lower(), given.replace("_", "-"))
    if LANGUAGE_TAG.fullmatch(tag):
        return tag
    if given:
        fields.complain(f"says its language is “{given}”; write a code such as es")
    return about.source.language


def _url(fields: Fields) -> str:
    given = fields.text("url")
    if given and not urls.is_web(given):
        fields.complain(f"says its address is “{plain.excerpt(given, 60)}”; left out")
        return ""
    return urls.without_login(given)


def _image(fields: Fields, attachment: Attachment | None) -> Image | None:
    """Return the lead image; a credit without a picture is kept all the same."""
    caption, credit = _limited(fields, "caption"), _limited(fields, "credit")
    alt = plain.excerpt(fields.text("alt") or caption, 300)
    described = Image(alt=alt, caption=caption, credit=credit)
    if attachment is not None:
        picture = attachment.picture
        return replace(
            described,
            media=attachment.media.sha256,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
        )
    url = fields.text("image")
    if urls.is_web(url):
        return replace(described, url=urls.without_login(url))
    return described if caption or credit else None
