"""Move our CSS into style attributes, where mail programs want it: premailer, fenced.

`inline_quick` does the same by another library, where the publication asks for it.

premailer is used once per variant, under one lock, and only ever sees our own
templates' CSS. Three of its faults are closed here: it fetches `@import` over the
network, it keeps selectors and declarations in one cache under the same keys, so that
one odd style attribute breaks every later mail, and it strips `!important` from the
media queries it keeps (our layout's second style block is marked to be left alone).
"""

import functools
import logging
import threading
from dataclasses import dataclass
from typing import Any

import cssutils
import premailer.cache
import premailer.premailer
from lxml import etree, html as lxml_html
from lxml.cssselect import CSSSelector

from dispatch.compose import inline_quick
from dispatch.model.settings import Inliner

UNTOUCHED = '<style data-premailer="ignore">'  # in a page that was not inlined
STYLING = ("style", "class", "id", "bgcolor", "background", "align", "color", "width")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
COLUMN = 536  # pixels: how wide a mail shows a story's own pictures
FOREIGN = ("style", "link", "meta", "base", "script", "title", "head")

log = logging.getLogger(__name__)

MOST_SHEETS = 16  # one for each design and colour in use

_lock = threading.Lock()
_rules: dict[tuple[str, int], tuple[Any, ...]] = {}  # parsed sheets; under the lock
_parser = cssutils.CSSParser(fetcher=lambda _url: (None, b""), validate=False)

cssutils.log.setLevel(logging.CRITICAL)
cssutils.ser.prefs.minimizeColorHash = False  # Outlook knows #ffffff, not #fff
# Caches of their own: premailer shares one between three functions. The declarations
# that the second one sees are those of our stylesheet, the same in every mail.
premailer.premailer._create_cssselector = functools.lru_cache(512)(CSSSelector)  # noqa: SLF001 - there is no other way in
premailer.premailer.csstext_to_pairs = functools.lru_cache(512)(
    premailer.premailer.csstext_to_pairs
)


@dataclass(frozen=True, slots=True)
class Inlined:
    """The page with its CSS inlined; with a `warning`, as it was before."""

    html: str
    warning: str = ""


class _Premailer(premailer.premailer.Premailer):  # type: ignore[misc]  # premailer is untyped
    """premailer that never asks the network for a stylesheet, and reads ours once."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:
        return _parser.parseString(css_body, validate=validate)

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> Any:
        """Return the rules to inline, and what has to stay, as (rules, leftover).

        Parsing costs more than half of a mail. What has to stay is no plain value, and
        premailer may change it: a sheet with such parts is read every time.
        """
        known = _rules.get((css_body, ruleset_index))
        if known is not None:
            return list(known), []
        rules, leftover = super()._parse_style_rules(css_body, ruleset_index)
        if not leftover:
            if len(_rules) >= MOST_SHEETS:
                _rules.clear()
            _rules[css_body, ruleset_index] = tuple(rules)
        return rules, leftover


def inline(page: str, by: Inliner = "premailer") -> Inlined:
    """Inline the plain rules of `page`; `<style data-premailer="ignore">` stays.

    Never raises: what css-inline cannot do, premailer does, and a mail with its styles
    in the head is better than none. Attributes such as width and bgcolor are the
    template's own business.
    """
    if by == "css-inline":
        try:
            return Inlined(inline_quick.transform(page))
        except Exception as error:  # noqa: BLE001 - whatever css-inline dies of
            log.warning("css-inline failed, premailer does it error=%r", error)
    with _lock:
        try:
            return Inlined(_transform(page).replace("<style></style>", "", 1))
        except Exception as error:  # noqa: BLE001 - whatever premailer dies of
            reason = f"{type(error).__name__}: {error}"
            return Inlined(page, f"The styles could not be inlined ({reason}).")
        finally:
            premailer.cache.cache.clear()


def harmless(fragment: str) -> str:
    """Return an article's HTML without anything that could style a mail.

    It is sanitised already; this is the second fence, in front of premailer. Its
    headings go below the mail's own, and pictures are no wider than a mail.
    """
    if not fragment.strip():
        return ""
    root = lxml_html.fragment_fromstring(fragment, create_parent="div")
    etree.strip_elements(root, *FOREIGN, with_tail=False)
    widths = {image: image.get("width", "") for image in root.iter("img")}
    etree.strip_attributes(root, *STYLING, "height")
    for image, width in widths.items():
        if width.isdecimal() and int(width[:6]) > 0:
            image.set("width", str(min(int(width[:6]), COLUMN)))
    used = sorted({one.tag for one in root.iter(*HEADINGS)})
    for heading in root.iter(*HEADINGS):
        heading.tag = HEADINGS[min(2 + used.index(heading.tag), 5)]
    inner = etree.tostring(root, encoding="unicode", method="html", with_tail=False)
    return inner.removeprefix("<div>").removesuffix("</div>")


def _transform(page: str) -> str:
    return str(
        _Premailer(
            page,
            strip_important=True,
            include_star_selectors=True,
            align_floating_images=False,
            disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
            allow_network=False,
            allow_loading_external_files=False,
            disable_link_rewrites=True,
            disable_validation=True,
            remove_classes=False,
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
    )
