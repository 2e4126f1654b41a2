"""The one sanitiser: what leaves here is safe and plain enough for feeds and mail.

An allow-list by nh3 (ammonia). No style, class or id, no script, frame or form, no
event handler; links are absolute http, https or mailto, without the parameters that
only track. Pixels are gone, lazy pictures have their address, emoji are text again,
players are links. What runs twice gives the same as once.
"""

import re
from collections.abc import Callable, Set as AbstractSet
from functools import cache, partial
from html import escape, unescape
from urllib.parse import urljoin, urlsplit

import nh3

from dispatch.collect import embeds, inline_images
from dispatch.text import html as markup, plain, urls

ALLOWED: dict[str, set[str]] = {
    "*": {"dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
TAGS = plain.lexicon(
    "p h2 h3 h4 ul ol li dl dt dd blockquote a img figure figcaption table caption "
    "thead tbody tfoot tr th td pre code em strong sub sup br hr bdi del ins"
)
# Said in another way by the tags above.
RENAMED = {
    **dict.fromkeys(("h1",), "h2"),
    **dict.fromkeys(("h5", "h6"), "h4"),
    **dict.fromkeys(("b",), "strong"),
    **dict.fromkeys(("i", "cite", "dfn", "var"), "em"),
    **dict.fromkeys(("s", "strike"), "del"),
    **dict.fromkeys(("kbd", "samp", "tt"), "code"),
    **dict.fromkeys(
        plain.lexicon("div section article main header footer aside address center"),
        "p",
    ),
}
SWALLOWED = plain.lexicon(
    "script style iframe object embed applet form select textarea button noscript "
    "template svg math audio video canvas title head noembed noframes xmp plaintext "
    "frameset marquee"
)
SCHEMES = {"http", "https", "mailto"}
PLAYERS = {
    "iframe": {"src", "title"},
    "video": {"src", "poster"},
    "audio": {"src"},
    "source": {"src"},
}
FIRST_LOOK = {**ALLOWED, **PLAYERS, "img": ALLOWED["img"] | inline_images.CLUES}
ADDRESSES = frozenset({"href", "src", "poster", *inline_images.LAZY})

# What an editor is told of when it goes.
BANNED = {
    "scripts": re.compile(r"<script\b", re.IGNORECASE),
    "event handlers": re.compile(
        r"<[a-z][^<>]{0,2000}[\s\"'/]on[a-z]{3,20}\s*=", re.IGNORECASE
    ),
    "script links": re.compile(
        r"\b(?:href|src|action)\s*=\s*(?:[\"']\s*)?(?:java|vb)script:", re.IGNORECASE
    ),
    "embedded pages": re.compile(r"<(?:iframe|object|embed|applet)\b", re.IGNORECASE),
}

# In nh3's output every attribute is in double quotes, so this finds whole tags.
ELEMENT = re.compile(r'<(/?)([a-z][a-z0-9-]*)((?:[^">]|"[^"]*")*)>')
ATTRIBUTE = re.compile(r'([a-z][a-z0-9-]*)="([^"]*)"')
EMPTY = re.compile(r"<(p|a|li|strong|em|h2|h3|h4|figure|blockquote)>\s*</\1>")
INVISIBLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
DATA = re.compile(r"data:[^\s\"'<>()]{200,}", re.IGNORECASE)
LIMIT = 2_000_000  # characters; what is beyond is cut off
SIMPLE = 2000  # tags; beyond, hostile nesting could keep nh3 busy for minutes
ROUNDS = 4

Resolve = Callable[[str, bool], str | None]  # an address; may it be mailto?


def sanitise(html: str, *, base: str = "") -> str:
    """Return `html` safe to publish and to mail, its links resolved against `base`.

    A link or picture that is still relative then, or of another scheme, loses its
    address; a picture without one is dropped. Never raises.
    """
    html = without_data(html)[:LIMIT]
    if html.count("<") > SIMPLE:
        html = markup.well_formed(html)
    resolve = cache(partial(_address, base))  # each look asks for the same addresses
    for _ in range(ROUNDS):
        before, html = html, _round(html, resolve)
        if html == before:
            break
    return html.strip()


def banned(html: str) -> str:
    """Name what is active in `html` and never passes: "scripts, event handlers"."""
    return ", ".join(name for name, sign in BANNED.items() if sign.search(html[:LIMIT]))


def without_data(html: str) -> str:
    """Return `html` without the pictures written into it, which may be megabytes."""
    return DATA.sub("data:,", html)


def _round(html: str, resolve: Resolve) -> str:
    """Let nh3 make the HTML regular, judge its tags, let nh3 have the last word."""
    first = TAGS | RENAMED.keys() | PLAYERS.keys()
    regular = _nh3(plain.clean(html), resolve, first, FIRST_LOOK)
    judged = ELEMENT.sub(partial(_judge, resolve), embeds.as_links(regular))
    final = _nh3(judged, resolve, TAGS, ALLOWED)
    while (fuller := EMPTY.sub("", final)) != final:
        final = fuller
    return final.replace("&nbsp;", "\u00a0").strip()


def _nh3(
    html: str,
    resolve: Resolve,
    tags: AbstractSet[str],
    attributes: dict[str, set[str]],
) -> str:
    def judge_attribute(tag: str, name: str, value: str) -> str | None:
        if name in ADDRESSES:
            return resolve(value, tag == "a")
        if name in {"width", "height", "colspan", "rowspan", "start"}:
            return _number(value)
        return value

    return nh3.clean(
        html,
        tags=set(tags),
        clean_content_tags=set(SWALLOWED - tags),
        attributes=attributes,
        attribute_filter=judge_attribute,
        url_schemes=SCHEMES,
        link_rel=None,
    )


def _address(base: str, value: str, mail: bool) -> str | None:
    """Return the absolute address, or None where there is no honest one."""
    try:
        absolute = urljoin(base, INVISIBLE.sub("", value)) if base else value
        absolute = INVISIBLE.sub("%20", absolute.strip())
        parts = urlsplit(absolute)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return absolute if mail else None
    web = parts.scheme in {"http", "https"} and parts.hostname
    return urls.strip_tracking(absolute, base) if web else None


def _number(value: str) -> str | None:
    digits = re.match(r"\s*(\d{1,5})", value)
    return str(int(digits[1])) if digits else None


def _judge(resolve: Resolve, found: re.Match[str]) -> str:
    """Rename an old tag; drop a picture that is none, or that watches the reader."""
    slash, name, rest = found.groups()
    if name == "img":
        return _picture(dict(ATTRIBUTE.findall(rest)), resolve)
    return f"<{slash}{RENAMED.get(name, name)}{rest}>"


def _picture(image: dict[str, str], resolve: Resolve) -> str:
    if text := inline_images.emoji(image):
        return text.replace("<", "&lt;").replace(">", "&gt;")
    found = (resolve(unescape(one), False) for one in inline_images.addresses(image))
    image["src"] = escape(next(filter(None, found), ""))
    if inline_images.is_pixel(image):
        return ""
    kept = (f' {name}="{image[name]}"' for name in image if name in ALLOWED["img"])
    return f"<img{''.join(kept)}>"
