"""What can be said of looks without looking: contrast, pictures, the frame."""

import re
from collections.abc import Iterator

from dispatch.compose.preflight.page import Page, Rules
from dispatch.compose.preflight.remark import Check, Remark, named
from dispatch.compose.preflight.sample import Sample
from dispatch.text import colours, plain

ENOUGH, ENOUGH_LARGE = 4.5, 3.0  # WCAG 2.2, 1.4.3
UNREADABLE = 1.5
NOT_INLINED = "data-premailer"
STYLED = 0.5  # of the cells with words


def contrast(sample: Sample) -> tuple[Remark, ...]:
    """Look for words that can hardly be told from their ground, by day and by night."""
    check = Check("Contrast")
    page = sample.page
    if not _inlined(sample):
        return check.remarks("not judged: the styles are not inlined.")
    for scheme, rules in (("", ()), (" on a dark screen", page.dark)):
        if scheme and not rules:
            continue
        found = _ratios(page, rules)
        weak = {
            words: ratio
            for words, ratio, large in found
            if ratio < (ENOUGH_LARGE if large else ENOUGH)
        }
        gone = [words for words, ratio in weak.items() if ratio < UNREADABLE]
        if gone:
            check.block(f"cannot be seen{scheme}: {named(gone)}.")
        elif weak:
            pale = (f"{words} ({ratio:.1f})" for words, ratio in weak.items())
            check.warn(f"less than {ENOUGH} to 1{scheme}: {named(pale)}.")
    night = ", on a dark screen as well" if page.dark else ""
    return check.remarks(f"every text {ENOUGH} to 1 or more{night}.")


def _ratios(page: Page, rules: Rules) -> Iterator[tuple[str, float, bool]]:
    """Yield every text that is seen, its contrast, and whether it is large."""
    for one in page.elements:
        if not one.text or one.hidden:
            continue
        ink, ground = one.ink(rules), one.ground(rules)
        if ink is not None and ground is not None:
            words = f"“{plain.excerpt(one.text, 40)}”"
            yield words, colours.contrast(ink, ground), one.large


def pictures(sample: Sample) -> tuple[Remark, ...]:
    """Look at what stands there when pictures are not shown."""
    check = Check("Pictures")
    found = sample.page.all("img")
    names = {part.identifier for part in sample.parts if part.identifier}
    for one in found:
        source = one.attributes.get("src", "")
        if "alt" not in one.attributes:
            check.warn(f"no alternative text: “{source[:60]}”.")
        if not one.attributes.get("width"):
            check.warn(f"no width, so Outlook shows it at full size: “{source[:60]}”.")
        if source.startswith("cid:") and source.removeprefix("cid:") not in names:
            check.block(f"the picture “{source[:60]}” is not in the message.")
        if source.startswith("data:"):
            check.warn("a picture inside the HTML (data:); Gmail and Outlook drop it.")
    return check.remarks(f"{len(found)}, each with alternative text and a width.")


def frame(sample: Sample) -> tuple[Remark, ...]:
    """Look at what surrounds the words: doctype, language, headings, styles."""
    check = Check("Page")
    page = sample.page
    if not sample.html.startswith("<!DOCTYPE html>"):
        check.warn("it does not begin with <!DOCTYPE html>: widths may be off.")
    language = next((one.attributes.get("lang", "") for one in page.all("html")), "")
    if language != sample.one("Content-Language"):
        check.warn("its language is another than the header's.")
    if len(page.all("h1")) > 1:
        check.warn("it has more than one first heading.")
    if not _inlined(sample):
        check.warn("its styles are not inlined; some programs will show it bare.")
    if re.search(r"[\x80-\x9f]", sample.html):
        check.block("it has characters that make Gmail cut it off.")
    if "\ufffd" in sample.html:
        check.warn("it shows � where a letter was lost on its way to us.")
    return check.remarks(f"HTML in “{language}”, styles inlined.")


def _inlined(sample: Sample) -> bool:
    """Whether most texts have styles of their own."""
    cells = [one for one in sample.page.elements if one.text and not one.hidden]
    styled = [one for one in cells if "style" in one.attributes]
    return NOT_INLINED not in sample.html and len(styled) >= STYLED * len(cells)
