"""Which picture leads a story: the first that may be one, in a fixed order.

The source's own choice goes first (the reader gives it, best first), then the first
picture of the text that is no pixel, emoji, avatar or button.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from dispatch.collect import inline_images
from dispatch.model import Image
from dispatch.text import html as markup, urls

NO_LEAD = re.compile(
    r"gravatar\.com/|/avatars?[/.-]|feedburner"
    r"|(?:share|button|badge|icon)[-_.\w]{0,40}\.(?:gif|png|svg)(?:$|\?)",
    re.IGNORECASE,
)
NARROWEST = 200  # pixels; below, it is an icon or a portrait beside a byline


def choose(named: Iterable[Image], body: str, *, base: str) -> Image | None:
    """Return the picture that leads, its address resolved against `base`.

    `named` are the source's own, the best first; `body` is the text, sanitised.
    """
    for one in named:
        url = urls.strip_tracking(urls.join(base, one.url)) if one.url else ""
        if _may_lead(url):
            return replace(one, url=url)
    return first_of(body)


def first_of(body: str) -> Image | None:
    """Return the first picture of a sanitised text that may lead it."""
    for one in markup.images(body):
        narrow = 0 < one.width < NARROWEST
        if not narrow and _may_lead(one.address):
            return Image(one.address, "", "", one.width, one.height, one.alt)
    return None


def _may_lead(url: str) -> bool:
    return (
        urls.is_web(url)
        and not NO_LEAD.search(url)
        and not inline_images.EMOJI.search(url)
        and not inline_images.is_tracker(url)
    )
