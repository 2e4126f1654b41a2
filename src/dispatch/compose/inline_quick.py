"""The same by css-inline, where `site.inliner` asks for it: the extra `css-inline`.

It is quicker and knows more selectors. Its own reading of files and addresses is
switched off, and the style block that is to stay never passes through it.
"""

import re
from importlib.util import find_spec

KEPT = re.compile(r'<style data-premailer="ignore">(.*?)</style>', re.DOTALL)
PLACE = "<!--kept-->"


def available() -> bool:
    """Whether the library is installed."""
    return find_spec("css_inline") is not None


def transform(page: str) -> str:
    """Inline the plain rules of `page`. Raises ImportError, and whatever it raises."""
    import css_inline  # noqa: PLC0415 - an extra; without it nobody comes here

    inliner = css_inline.CSSInliner(load_remote_stylesheets=False)
    kept = KEPT.findall(page)
    inlined = str(inliner.inline(KEPT.sub(PLACE, page)))
    for block in kept:
        inlined = inlined.replace(PLACE, f"<style>{block}</style>", 1)
    return inlined
