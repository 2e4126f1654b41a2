"""One post of Ghost's Content API, and the story it makes."""

import hashlib
import re
from datetime import datetime

from dispatch.collect import captions, dates, identity, lead_image, loose_json, sanitise
from dispatch.collect.loose_json import Object
from dispatch.model import Collected, Content, Errand, Image
from dispatch.text import fingerprints, html as markup, plain, urls

MOST_HTML = 1_000_000  # characters; a whole novel has fewer
HEADLINE, SUMMARY, NAME, CAPTION, MOST_NAMES, MOST_TAGS = 300, 600, 100, 600, 20, 50
ID = re.compile(r"[0-9a-f]{24}")
# What Ghost's cards put around a story: buttons, forms, calls to subscribe.
FURNITURE = plain.lexicon(
    "kg-signup-card kg-button-card kg-cta-card kg-product-card-button kg-file-card "
    "kg-toggle-heading kg-header-card-button gh-post-upgrade-cta "
    "gh-post-upgrade-cta-content"
)


def locator(name: str) -> str:
    """Return what a post is called within its source."""
    return f"post/{name}"


def name_of(raw: Object) -> str:
    """Return the site's own id of a post, or "" for none."""
    found = loose_json.text(raw, "id")
    return found if ID.fullmatch(found) else ""


def collect(raw: Object, errand: Errand) -> Collected | None:
    """Return the story that a post is; None for none: no id, no word.

    A post that the site shows to members only is its headline and its excerpt.
    Raises ValueError with a sentence for what is too large.
    """
    name, body = name_of(raw), loose_json.text(raw, "html")
    if len(body) > MOST_HTML:
        raise ValueError(f"It has more than {MOST_HTML:,} characters; it was left out.")
    if not name:
        return None
    content = _content(raw, body, errand)
    if not content.headline and not content.html:
        return None
    published = moment(raw, "published_at", errand)
    source = errand.source.name
    return Collected(
        locator=locator(name),
        stamp=_stamp(raw, content),
        content=content,
        aliases=identity.aliases(
            identity.guid_alias(source, name),  # the guid of Ghost's own RSS
            identity.url_alias(content.url),
            identity.body_alias(content.html),
        ),
        published_at=published and min(published, errand.now),
        updated_at=moment(raw, "updated_at", errand),
        guid=name,
    )


def is_locked(raw: Object) -> bool:
    """Whether readers at large see only the beginning of a post."""
    if loose_json.text(raw, "visibility") in {"", "public"}:
        return False
    return loose_json.get(raw, "access") is not True


def moment(raw: Object, name: str, errand: Errand) -> datetime | None:
    """Return a date of a post, never one in the future."""
    text = loose_json.text(raw, name)
    found = dates.parse(text, timezone=errand.timezone, now=errand.now)
    return found and min(found, errand.now)


def _content(raw: Object, body: str, errand: Errand) -> Content:
    url = loose_json.text(raw, "url")
    url = urls.strip_tracking(url) if urls.is_web(url) else ""
    base = url or errand.source.url
    locked = is_locked(raw)
    excerpt = plain.squash(loose_json.text(raw, "custom_excerpt")[:MOST_HTML])
    if locked:
        excerpt = excerpt or plain.squash(loose_json.text(raw, "excerpt")[:MOST_HTML])
        body = _beginning(excerpt)
    html = sanitise.sanitise(
        markup.without(sanitise.without_data(body), FURNITURE), base=base
    )
    title = plain.squash(loose_json.text(raw, "title"))
    return Content(
        headline=plain.excerpt(title, HEADLINE),
        html=html,
        summary="" if locked else plain.excerpt(excerpt, SUMMARY),
        bylines=_names(raw, "authors")[:MOST_NAMES],
        section=errand.source.section or _section(raw),
        tags=_names(raw, "tags")[:MOST_TAGS],
        language=_language(raw, errand),
        url=url,
        image=lead_image.choose(filter(None, [_picture(raw)]), html, base=base),
    )


def _beginning(excerpt: str) -> str:
    escaped = excerpt.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p>{escaped}</p>" if escaped else ""


def _names(raw: Object, field: str) -> tuple[str, ...]:
    """Return authors or tags; Ghost's own tags, which begin with #, are nobody's."""
    found = (
        plain.excerpt(loose_json.text(one, "name"), NAME)
        for one in loose_json.objects(raw, field)
        if loose_json.text(one, "visibility") != "internal"
    )
    return tuple(dict.fromkeys(one for one in found if one and one[0] != "#"))


def _section(raw: Object) -> str:
    """Return the primary tag, or else the first that readers see."""
    primary = plain.excerpt(loose_json.text(raw, "primary_tag", "name"), NAME)
    if primary and primary[0] != "#":
        return primary.lower()
    return next(iter(_names(raw, "tags")), "").lower()


def _picture(raw: Object) -> Image | None:
    url = loose_json.text(raw, "feature_image")
    if not url:
        return None
    caption = markup.to_text(loose_json.text(raw, "feature_image_caption")[:20_000])
    rest, by = captions.parted(plain.squash(caption))
    alt = plain.squash(loose_json.text(raw, "feature_image_alt"))
    return Image(
        url=url,
        alt=plain.excerpt(alt, NAME * 3),
        caption=plain.excerpt(rest, CAPTION),
        credit=plain.excerpt(by, NAME * 3),
    )


def _language(raw: Object, errand: Errand) -> str:
    said = errand.source.language or loose_json.text(raw, "locale")
    main, ours = (one.partition("-")[0].lower() for one in (said, errand.language))
    return said if main.isalpha() and main != ours else ""


def _stamp(raw: Object, content: Content) -> str:
    parts = (fingerprints.content_hash(content), loose_json.text(raw, "updated_at"))
    return hashlib.sha256(repr(parts).encode()).hexdigest()
