"""What can be said of looks without looking: contrast, pictures, the frame."""

import re

from dispatch.compose.preflight.remark import Check, Remark, named
from dispatch.compose.preflight.sample import Sample
from dispatch.text import colours, plain

ENOUGH, ENOUGH_LARGE = 4.5, 3.0  # WCAG 2.2, 1.4.3
UNREADABLE = 1.5
NOT_INLINED = "data-premailer"
STYLED = 0.5  # of the cells with words


def contrast(sample: Sample) -> tuple[Remark, ...]:
    """Look for words that can hardly be told from their ground."""
    check = Check("Contrast")
    looked = 0
    weak: dict[str, float] = {}
    for one in sample.page.elements:
        ink, ground = one.ink, one.ground
        if not one.text or one.hidden or ink is None or ground is None:
            continue
        looked += 1
        ratio = colours.contrast(ink, ground)
        if ratio < (ENOUGH_LARGE if one.large else ENOUGH):
            weak[plain.excerpt(one.text, 40)] = ratio
    gone = [words for words, ratio in weak.items() if ratio < UNREADABLE]
    if gone:
        check.block(f"cannot be seen: {named(f'“{words}”' for words in gone)}.")
    pale = [f"“{words}” ({ratio:.1f})" for words, ratio in weak.items()]
    if pale and not gone:
        check.warn(f"less than {ENOUGH} to 1: {named(pale)}.")
    return check.remarks(f"{looked} texts, all at least {ENOUGH} to 1.")


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
    if NOT_INLINED in sample.html or not _styled(sample):
        check.warn("its styles are not inlined; some programs will show it bare.")
    if re.search(r"[\x80-\x9f\ufffd]", sample.html):
        check.block("it has characters that make Gmail cut it off.")
    return check.remarks(f"HTML in “{language}”, styles inlined.")


def _styled(sample: Sample) -> bool:
    cells = [one for one in sample.page.elements if one.text and not one.hidden]
    styled = [one for one in cells if "style" in one.attributes]
    return len(styled) >= STYLED * len(cells)
