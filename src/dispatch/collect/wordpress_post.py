"""One post of WordPress's REST API, and the story it makes."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.collect import (
    dates,
    identity,
    loose_json,
    sanitise,
    wordpress_byline,
    wordpress_picture,
)
from dispatch.collect.loose_json import Object
from dispatch.collect.wordpress_api import Site
from dispatch.model import Collected, Content, Errand
from dispatch.text import fingerprints, html as markup, plain, urls

FIELDS = (
    "id,date,date_gmt,modified,modified_gmt,guid,link,slug,status,lang,title,excerpt,"
    "content,author,featured_media,categories,tags,meta,coauthors,authors,"
    "newspack_author_info,parsely.meta,yoast_head_json.author,yoast_head_json.og_image,"
    "yoast_head_json.twitter_misc,jetpack_featured_media_url,_links,_embedded"
)
EMBED = "author,wp:featuredmedia,wp:term"
MOST_HTML = 1_000_000  # characters; a whole novel has fewer
SUMMARY, HEADLINE, NAME, MOST_TAGS = 600, 300, 100, 50
OPENING_WORDS = 12  # of a teaser that says it goes on; blocks may be left out of it
PRIMARY = ("_yoast_wpseo_primary_category", "rank_math_primary_category")
NO_SECTION = frozenset({"", "uncategorized", "uncategorised", "unkategorisiert"})
# What themes and plug-ins put around a story: buttons, forms, other stories.
FURNITURE = plain.lexicon(
    "sharedaddy jp-relatedposts jp-relatedposts-headline addtoany_share_save_container "
    "newspack-popup-container newspack-popup newspack_global_ad wpnbha "
    "wp-block-newspack-blocks-homepage-articles wp-block-jetpack-subscriptions "
    "wp-block-jetpack-related-posts wp-block-latest-posts wp-block-latest-comments "
    "wp-block-search wp-block-comments screen-reader-text wp-block-spacer "
    "wp-block-query wp-block-post-navigation-link social-share yarpp code-block"
)
BARE_EMBED = re.compile(
    r"(<div class=\"wp-block-embed__wrapper\">)\s*(https?://[^\s<>\"]+)\s*(</div>)"
)
SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|video|audio|playlist|vc_|et_pb_|fusion_)[^\]\[<>]{0,500}\]"
)
MORE = re.compile(
    r"\s*(?:\[(?:…|\.{3})\]|…|\.{3}|(?:continue\s+reading|read\s+more|weiterlesen)\b.*)\s*$",
    re.IGNORECASE | re.DOTALL,
)
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}")


class ProtectedError(ValueError):
    """The post is behind a password: nobody may read it, so we do not."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it came, and where it came from."""

    raw: Object
    site: Site
    errand: Errand
    number: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", loose_json.number(self.raw, "id"))


def locator(number: int) -> str:
    """Return what a post is called within its source."""
    return f"post/{number}"


def number_of(name: str) -> int:
    """Return the number in a locator, 0 for any other name."""
    found = re.fullmatch(r"post/([0-9]{1,15})", name)
    return int(found[1]) if found else 0


def collect(raw: Object, site: Site, errand: Errand) -> Collected | None:
    """Return the story that a post is; None for none: no number, no word, not public.

    Raises ProtectedError, or ValueError with a sentence for what is too large.
    """
    post = Post(raw, site, errand)
    if not post.number or loose_json.text(raw, "status") not in {"", "publish"}:
        return None
    if loose_json.get(raw, "content", "protected") is True:
        raise ProtectedError("It is behind a password; it was left out.")
    body = loose_json.text(raw, "content", "rendered")
    if len(body) > MOST_HTML:
        raise ValueError(f"It has more than {MOST_HTML:,} characters; it was left out.")
    content = _content(post, body)
    if not content.headline and not content.html:
        return None
    guid = plain.squash(markup.unescape_title(loose_json.text(raw, "guid", "rendered")))
    published = moment(post, "date")
    return Collected(
        locator=locator(post.number),
        stamp=_stamp(post, content),
        content=content,
        aliases=identity.aliases(
            identity.guid_alias(errand.source.name, guid) if guid else None,
            identity.post_alias(f"{site.home}?p={post.number}"),
            identity.post_alias(guid),
            identity.tail_alias(errand.source.name, guid),
            identity.url_alias(content.url),
            identity.body_alias(content.html),
        ),
        # What the site shows to everybody is published, whatever its clock says.
        published_at=published and min(published, errand.now),
        updated_at=modified(post),
        guid=guid,
    )


def moment(post: Post, name: str) -> datetime | None:
    """Return a date of the post: in GMT, else (0000-00-00) in the site's own zone."""
    now = post.errand.now
    in_gmt = loose_json.text(post.raw, f"{name}_gmt")
    found = dates.parse(in_gmt, timezone="UTC", now=now)
    here = post.site.zone or post.errand.timezone
    return found or dates.parse(loose_json.text(post.raw, name), timezone=here, now=now)


def modified(post: Post) -> datetime | None:
    """Return when the post was last changed; never in the future."""
    found = moment(post, "modified")
    return found and min(found, post.errand.now)


def section(names: Iterable[str]) -> str:
    """Return the section that a post's categories say, best first."""
    lowered = (plain.excerpt(name, NAME).lower() for name in names)
    return next((name for name in lowered if name not in NO_SECTION), "")


def _content(post: Post, body: str) -> Content:
    raw, site, source = post.raw, post.site, post.errand.source
    link = urls.join(site.home, loose_json.text(raw, "link"))
    url = urls.strip_tracking(link) if urls.is_web(link) else ""
    html = sanitise.sanitise(_tidied(body), base=url or site.home)
    title = markup.unescape_title(loose_json.text(raw, "title", "rendered"))
    return Content(
        headline=plain.excerpt(title, HEADLINE)
        or plain.excerpt(markup.to_text(html), 80),
        html=html,
        summary=_summary(loose_json.text(raw, "excerpt", "rendered"), html),
        bylines=wordpress_byline.names_of(raw),
        section=source.section or section(_categories(raw)),
        tags=_tags(raw),
        language=_language(post),
        url=url,
        image=wordpress_picture.lead(raw, html, base=url or site.home),
        origin_title=site.name,
        origin_url=site.home,
    )


def _tidied(body: str) -> str:
    """Return a body without furniture; a bare address in an embed becomes a link."""
    body = SHORTCODE.sub("", sanitise.without_data(body))
    body = BARE_EMBED.sub(r'\1<a href="\2">\2</a>\3', body)
    return markup.without(body, FURNITURE)


def _summary(excerpt: str, html: str) -> str:
    """Return what an editor wrote as excerpt, never what was cut from the text."""
    if not excerpt or len(excerpt) > MOST_HTML:
        return ""
    text = plain.squash(markup.to_text(markup.without(excerpt, FURNITURE)))
    bare = MORE.sub("", text)
    words = fingerprints.words(bare)
    told = words[:OPENING_WORDS] if bare != text else words
    taken = f" {' '.join(told)} " in f" {' '.join(fingerprints.words(html))} "
    return "" if taken else plain.excerpt(text, SUMMARY)


def _terms(raw: Object, taxonomy: str) -> dict[int, str]:
    """Return the names of a taxonomy's terms by their numbers, in the site's order."""
    groups = loose_json.sequence(loose_json.get(raw, "_embedded", "wp:term"))
    return {
        loose_json.number(term, "id"): markup.unescape_title(
            loose_json.text(term, "name")
        )
        for group in groups
        for term in loose_json.objects(group)
        if loose_json.text(term, "taxonomy") == taxonomy
    }


def _categories(raw: Object) -> list[str]:
    """Return the names of the categories; the one an editor made primary first."""
    terms = _terms(raw, "category")
    chosen = {loose_json.number(raw, "meta", key) for key in PRIMARY}
    return [
        name for _, name in sorted(terms.items(), key=lambda one: one[0] not in chosen)
    ]


def _tags(raw: Object) -> tuple[str, ...]:
    found = [*_categories(raw), *_terms(raw, "post_tag").values()]
    names = (plain.excerpt(name, NAME) for name in found)
    kept = (name for name in names if name.lower() not in NO_SECTION)
    return tuple(dict.fromkeys(kept))[:MOST_TAGS]


def _language(post: Post) -> str:
    """Return the language where it is not our own site's."""
    said = post.errand.source.language or loose_json.text(post.raw, "lang")
    tag = (said or post.site.language).replace("_", "-")
    main = tag.partition("-")[0].lower()
    ours = post.errand.language.partition("-")[0].lower()
    return tag if LANGUAGE.fullmatch(tag) and main != ours else ""


def _stamp(post: Post, content: Content) -> str:
    parts = (
        fingerprints.content_hash(content),
        *(loose_json.text(post.raw, name) for name in ("date_gmt", "modified_gmt")),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()
