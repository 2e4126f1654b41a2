"""Move our CSS into style attributes, where mail programs want it.

`inline_fenced` does it by premailer; `inline_quick` does the same by another library,
where the publication asks for it. Both are imported when the first mail needs them.
"""

import logging
from dataclasses import dataclass

from lxml import etree, html as lxml_html

from dispatch.compose import inline_quick
from dispatch.model.settings import Inliner

UNTOUCHED = '<style data-premailer="ignore">'  # in a page that was not inlined
STYLING = ("style", "class", "id", "bgcolor", "background", "align", "color", "width")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
COLUMN = 536  # pixels: how wide a mail shows a story's own pictures
FOREIGN = ("style", "link", "meta", "base", "script", "title", "head")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inlined:
    """The page with its CSS inlined; with a `warning`, as it was before."""

    html: str
    warning: str = ""


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
    try:
        from dispatch.compose import inline_fenced  # noqa: PLC0415 - slow to load

        return Inlined(inline_fenced.transform(page))
    except Exception as error:  # noqa: BLE001 - whatever premailer dies of
        reason = f"{type(error).__name__}: {error}"
        return Inlined(page, f"The styles could not be inlined ({reason}).")


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
