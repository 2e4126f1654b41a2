"""Inlining by premailer, fenced: it only ever sees our own templates' CSS.

It is used once per variant, under one lock. Three of its faults are closed here: it
fetches `@import` over the network, it keeps selectors and declarations in one cache
under the same keys, so that one odd style attribute breaks every later mail, and it
strips `!important` from the media queries it keeps (our layout's second style block is
marked to be left alone).
"""

import functools
import logging
import threading
from typing import Any

import cssutils
import premailer.cache
import premailer.premailer
from lxml.cssselect import CSSSelector

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


def transform(page: str) -> str:
    """Inline the plain rules of `page`. Raises whatever premailer dies of."""
    with _lock:
        try:
            return _transform(page).replace("<style></style>", "", 1)
        finally:
            premailer.cache.cache.clear()


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
