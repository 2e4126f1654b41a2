"""What a site's front page says about the publication: name, logo, colour, language.

Takes texts; asks nobody. Nothing here raises: what a page does not say is empty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.collect import loose_json
from dispatch.text import colours, html as markup, plain, urls

LONGEST_NAME, LONGEST_TAGLINE = 80, 200
TITLE_CUT = re.compile(r"\s+[|–—•·»:]\s+|\s+-\s+")
LOGO = re.compile(
    r"<img\b(?=[^<>]{0,3000}\b(?:custom-logo|site-logo|wp-block-site-logo|gh-head-logo)\b)"
    r"[^<>]{0,3000}?\ssrc=[\"']([^\"'<>]{1,2000})[\"']",
    re.IGNORECASE,
)
VARIABLE = re.compile(
    r"--(?:ghost-accent-color|newspack-(?:theme-color-)?primary(?:-color)?"
    r"|wp--preset--color--(?:primary|accent(?:-1)?|theme-1))\s*:\s*"
    r"(#(?:[0-9a-fA-F]{3}){1,2})\b"
)
MAILABLE = re.compile(r"\.svgz?(?:[?#]|$)|^data:", re.IGNORECASE)
GHOST = re.compile(r"\bGhost\b")
GREY = 0.12  # distance of the strongest from the weakest channel: below, no colour
FAINT = 0.92  # luminance-like mean: above, it is paper


@dataclass(frozen=True, slots=True)
class Masthead:
    """What stands at the top of a publication. `accent` is #rrggbb as the site has it.

    `manifest` is the address of the site's web app manifest, which may know a colour.
    """

    name: str = ""
    tagline: str = ""
    logo: str = ""
    accent: str = ""
    language: str = ""
    manifest: str = ""
    generator: str = ""

    @property
    def is_ghost(self) -> bool:
        """Whether the page says that Ghost made it."""
        return bool(GHOST.search(self.generator))


def masthead(html: str, base: str) -> Masthead:
    """Read the front page that was found at `base`."""
    page = markup.page(html)
    meta, links = page.meta, markup.head_links(html)
    manifest = next((one.href for one in links if "manifest" in one.rel), "")
    name = meta.get("og:site_name") or meta.get("application-name") or ""
    told = meta.get("og:description") or meta.get("description") or ""
    return Masthead(
        name=plain.excerpt(name or _name(page.title), LONGEST_NAME),
        tagline=plain.excerpt(told, LONGEST_TAGLINE),
        logo=next(_logos(html, links, base), ""),
        accent=next(filter(is_colour, _colours(html, meta)), ""),
        language=page.language,
        manifest=_web(base, manifest),
        generator=meta.get("generator", ""),
    )


def manifest_accent(body: bytes) -> str:
    """Return the colour that a web app manifest names, if it is one."""
    try:
        found = loose_json.text(loose_json.parse(body), "theme_color").strip()
    except ValueError:
        return ""
    return found if is_colour(found) else ""


def is_colour(text: str) -> bool:
    """Whether #rgb or #rrggbb is a colour: no grey, no black, no paper."""
    if not colours.HEX.fullmatch(text):
        return False
    channels = colours.parse(text)
    return max(channels) - min(channels) >= GREY and sum(channels) / 3 < FAINT


def readable(accent: str) -> str:
    """Return the colour, darkened as far as white letters on it need."""
    return colours.write(colours.readable(colours.parse(accent), colours.WHITE))


def _name(title: str) -> str:
    """Return the first part of a title: "The Courier | News of Larkfield"."""
    return TITLE_CUT.split(title, maxsplit=1)[0]


def _colours(html: str, meta: dict[str, str]) -> Iterator[str]:
    yield meta.get("theme-color", "").strip()
    yield from VARIABLE.findall(html[: markup.LIMIT])
    yield meta.get("msapplication-tilecolor", "").strip()


def _logos(html: str, links: tuple[markup.Link, ...], base: str) -> Iterator[str]:
    """Yield pictures that may be the logo, the likeliest first; mail shows no SVG."""
    found = [*LOGO.findall(html[: markup.LIMIT])]
    icons = [one for one in links if "apple-touch-icon" in one.rel]
    found += [one.href for one in icons]
    found += [
        one.href for one in links if "icon" in one.rel and "32x32" not in one.href
    ]
    for one in found:
        address = _web(base, markup.unescape_title(one))
        if address and not MAILABLE.search(address) and not address.endswith(".ico"):
            yield address


def _web(base: str, href: str) -> str:
    address = urls.join(base, href) if href else ""
    return address if urls.is_web(address) else ""
