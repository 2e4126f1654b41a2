"""A story's furniture: what stands around it and is not it (T4 to T8).

Picture, credit line, headline, deck and byline above the story, in whatever order a
newsroom writes them; the tagline below it. Each is taken from the manuscript and
offered to its field.
"""

import re

from dispatch.collect import byline, class_years, credit, headers, headline, manuscript
from dispatch.collect.fields import Fields
from dispatch.collect.manuscript import Manuscript
from dispatch.text import html as markup, plain

PICTURE_MARKS = plain.lexicon(
    "[image] [photo] [picture] [graphic] [illustration] [video] [img]"
)
MARKDOWN_PICTURE = re.compile(
    r"!\[(?P<alt>[^\]]{0,300})\]\(<?(?P<file>[^)<>]{1,300}?)>?"
    r"(?:\s+[\"'](?P<title>[^\"]{0,300})[\"'])?\)"
)
KEY_LINES = plain.lexicon(
    "headline bylines credit caption status section tags date embargo deck"
)


def take(copy: Manuscript, fields: Fields) -> None:
    """Take credit, headline, deck and byline off the top, in whatever order.

    Then the tagline off the end.
    """
    rules = (_picture, _picture_mark, _credit, _byline, _key_line, _headline, _deck)
    while copy.blocks and len(copy.line) <= manuscript.HEAD_LINE:
        if not any(rule(copy, fields) for rule in rules):
            break
    _tagline(copy, fields)


def _picture(copy: Manuscript, fields: Fields) -> bool:
    """Take a picture of the folder's own that stands above the story."""
    block = copy.blocks[0]
    shown = MARKDOWN_PICTURE.fullmatch(copy.line)
    address = shown["file"] if shown else markup.first_image(block.markup)
    if not address or not is_local(address) or len(block.text) > manuscript.HEAD_LINE:
        return False
    if markup.to_text(block.markup.partition("<img")[0]):
        return False  # it stands in a paragraph, not above the story
    if not fields.offer("image", address, "T4", 0.8, "the first picture in the text"):
        return False
    words = (shown["title"] or "") if shown else copy.line
    copy.take()
    found = credit.match(words)
    fields.offer("credit", found.text if found else "", "T4", 0.9, "below the picture")
    fields.offer("caption", "" if found else words, "T4", 0.7, "below the picture")
    fields.offer("alt", shown["alt"] if shown else "", "T4", 0.9)
    return True


def is_local(address: str) -> bool:
    """Whether a picture's address names a file beside the story."""
    return re.match(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//|#)", address) is None


def _picture_mark(copy: Manuscript, fields: Fields) -> bool:
    empty = bool(copy.blocks[0].markup) and not copy.line
    if copy.line.lower() not in PICTURE_MARKS or empty:
        return False
    fields.note("image", "T4", 0.5, f"{copy.take()} marks where a picture belongs")
    return True


def _credit(copy: Manuscript, fields: Fields) -> bool:
    found = credit.match(copy.line)
    if found is None or "<img" in copy.blocks[0].markup:
        return False
    copy.take()
    if found.placeholder:
        fields.note("credit", "T4", 0.9, f"“{found.text}” was never filled in")
        fields.complain(f"has a credit line that was never filled in: “{found.text}”")
    elif not fields.offer("credit", found.text, "T4", 0.95, f"shape “{found.shape}”"):
        fields.note("credit", "T4", 0.6, f"a second credit, “{found.text}”, left out")
    return True


def _byline(copy: Manuscript, fields: Fields) -> bool:
    below = (copy.following(1) or [""])[0]
    found = byline.match(copy.line, below)
    if found is None:
        return False
    for _ in range(found.lines):
        copy.take()
    fields.offer("bylines", found.names, "T8", 0.95)
    return True


def _key_line(copy: Manuscript, fields: Fields) -> bool:
    """Read one `Headline: …` line above a story that has no whole header block."""
    found = headers.LINE.match(copy.line)
    if found is None or not found["value"]:
        return False
    if headers.KNOWN.get(found["key"].lower()) not in KEY_LINES:
        return False
    copy.take()
    headers.apply({found["key"]: (found["value"],)}, fields, "T3", 0.8)
    return True


def _headline(copy: Manuscript, fields: Fields) -> bool:
    known = fields.text("headline")
    if known:
        return _repeated(copy, known)
    if marked := headline.take_marked(copy):
        return fields.offer("headline", _unmarked(marked), "T5", 0.95)
    if not _may_rank(copy) or not headline.is_headline(copy):
        return False
    line = _unmarked(copy.take())
    short = headline.count_words(line) < headline.FEWEST_WORDS
    return fields.offer("headline", line, "T6", 0.5 if short else 0.8)


def _repeated(copy: Manuscript, known: str) -> bool:
    """Drop a first line that says the known headline once more."""
    if _unmarked(copy.line.lstrip("# ")).casefold() != known.casefold():
        return False
    copy.take()
    return True


def _deck(copy: Manuscript, fields: Fields) -> bool:
    below_headline = fields.rule("headline") in {"T5", "T6"}
    wanted = _may_rank(copy) and below_headline and not fields.text("deck")
    if not wanted or not headline.is_deck(copy):
        return False
    return fields.offer("deck", _unmarked(copy.take()), "T7", 0.7)


def _may_rank(copy: Manuscript) -> bool:
    """Whether the first line may be a heading though nothing marks it as one."""
    first = copy.blocks[0]
    return not first.markup or (
        not copy.ranked and first.tag == "p" and "<img" not in first.markup
    )


def _tagline(copy: Manuscript, fields: Fields) -> None:
    """Take the tagline off the end; its names are the byline of last resort."""
    if copy.blocks and (people := byline.tagline(copy.blocks[-1].text)):
        copy.blocks.pop()
        fields.offer("bylines", people, "T8", 0.85, "the tagline at the end")
        fields.note("body", "T8", 0.9, "the tagline at the end is left out")


def _unmarked(line: str) -> str:
    """Return a headline's words without Markdown's marks, its class years tied."""
    bare = markup.unescape_title(line) if "<" in line else line
    return class_years.glue(plain.squash(bare.strip("*_# ").replace("**", "")))
