"""A newsroom's file understood: text in, fields and HTML out, by the rules T1 to T16.

Rules are asked strongest first and every field says which one set it. `manuscript`
holds what is left of the text meanwhile; what no rule takes is the body.
"""

from dataclasses import dataclass
from enum import StrEnum

from dispatch.collect import (
    blocks,
    class_years,
    figures,
    front_matter,
    furniture,
    headers,
    headline,
    lede,
    manuscript,
    markdown,
    notices,
    sanitise,
    summary,
)
from dispatch.collect.fields import Fields
from dispatch.collect.front_matter import FrontMatter
from dispatch.collect.manuscript import Manuscript
from dispatch.text import html as markup, plain

LONGEST = 1_000_000  # characters; a thick novel
META = (
    ("author", "author"),
    ("article:author", "author"),
    ("description", "summary"),
    ("og:description", "summary"),
    ("article:published_time", "date"),
    ("date", "date"),
    ("article:modified_time", "modified"),
    ("article:section", "section"),
    ("keywords", "tags"),
)


class Kind(StrEnum):
    """What a file is written in."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    WORD = "word"  # as HTML, made by `word`


KINDS = {
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".docx": Kind.WORD,
}


@dataclass(frozen=True, slots=True)
class Story:
    """A file understood. `html` is sanitised; `picture` is the body's first, as is."""

    fields: Fields
    html: str
    picture: str = ""


class NoStoryError(ValueError):
    """There is no story in a file: a sentence on what it is, and what would help."""


def read(
    text: str,
    kind: Kind,
    *,
    name: str = "",
    sidecar: FrontMatter | None = None,
    row: headers.Raw | None = None,
    title: str = "",
    base: str = "",
) -> Story:
    """Understand a file; `name` is the file's, without extension.

    `row` is what a manifest says of it; what the file says itself is stronger.
    `title` is what a Word document's properties call it, which is often nothing;
    `base` what its relative addresses are relative to (`figures`).

    Raises NoStoryError for a file without body, with front matter beyond repair, or
    of more than a million characters besides the pictures written into it.
    """
    text = sanitise.without_data(text)
    if len(text) > LONGEST:
        raise NoStoryError(
            f"is {len(text):,} characters long; a story has at most {LONGEST:,}. "
            "Is it something else?"
        )
    fields = Fields()
    copy = _manuscript(_take_headers(text, kind, fields, sidecar), kind, fields)
    headers.apply(row or {}, fields, "T11b", 0.9)
    notices.take(copy, fields)
    furniture.take(copy, fields)
    if not any(block.text for block in copy.blocks):
        raise NoStoryError(_nothing_left(fields))
    if kind is Kind.TEXT:
        copy.blocks[:] = blocks.paragraphs(copy.blocks)
    html = _body_html(copy, kind)
    safe = figures.without_links(sanitise.sanitise(html, base=base))
    prose = _prose(copy, kind, safe)
    if not prose and "<img" not in safe:
        raise NoStoryError(_nothing_left(fields))
    if kind is Kind.HTML and (active := sanitise.banned(html)):
        fields.complain(f"holds {active}; taken without. Mails and feeds carry none")
    _offer_title(title, name, fields)
    _read_lede(prose, name, fields)
    return Story(fields, safe, markup.first_image(html) if kind != Kind.TEXT else "")


def _take_headers(
    text: str, kind: Kind, fields: Fields, sidecar: FrontMatter | None
) -> str:
    """Apply T1, T2 and T3 and return what stands below."""
    if sidecar is not None:
        _apply(sidecar, fields, "T1")
    if kind is Kind.WORD:
        return text
    if (found := front_matter.take(text)) is not None:
        _apply(found, fields, "T2")
        return found.rest
    if (block := headers.take(text)) is not None:
        headers.apply(block.values, fields, "T3")
        return block.rest
    return text


def _apply(found: FrontMatter, fields: Fields, rule: str) -> None:
    if found.problem and not found.mended:
        where = "the side-car" if rule == "T1" else "the file"
        raise NoStoryError(f"{found.problem}. Mend {where}; until then it stays out")
    if found.mended:
        fields.note("header", rule, 0.7, "did not parse; read line by line")
        if found.problem:
            fields.complain(f"{found.problem}. It was read line by line")
    headers.apply(found.values, fields, rule, 0.8 if found.mended else 1.0)


def _manuscript(body: str, kind: Kind, fields: Fields) -> Manuscript:
    if kind is Kind.WORD:
        copy = manuscript.from_word(body)
        _header_lines(copy, fields)
        return copy
    if kind is not Kind.HTML:
        return manuscript.from_text(body)
    page = markup.page(body)
    fields.offer("headline", page.heading, "T5", 0.95, "the page's h1")
    fields.offer("headline", page.meta.get("og:title", ""), "T5", 0.9, "og:title")
    title = headline.from_page_title(page.title)
    fields.offer("headline", title, "T5", 0.7, "the page's title")
    for name, ours in META:
        if page.meta.get(name):
            headers.apply({ours: (page.meta[name],)}, fields, "T2", 0.9)
    fields.offer("language", page.language, "T2", 0.8, "the page's lang")
    return manuscript.from_html(page.body)


def _offer_title(title: str, name: str, fields: Fields) -> None:
    """Offer a Word document's title, if it is more than a name Word made up."""
    bare = headline.from_page_title(title)
    made_up = bare.startswith("Microsoft Word") or bare.casefold() == name.casefold()
    if len(bare.split()) > 1 and not made_up:
        fields.offer("headline", bare, "Word", 0.5, "the document's properties")


def _header_lines(copy: Manuscript, fields: Fields) -> None:
    """Apply T3 to the paragraphs at the top of a Word document, one key each."""
    found: list[str] = []
    for block in copy.blocks:
        line = headers.LINE.match(block.text)
        if line is None or not (found or headers.known(line["key"])):
            break
        found.append(block.text)
    values = headers.lines("\n".join(found)) or {}
    if any(headers.known(key) for key in values):
        del copy.blocks[: len(found)]
        headers.apply(values, fields, "T3")


def _read_lede(prose: list[str], name: str, fields: Fields) -> None:
    """Settle headline and summary with what the story itself says."""
    if prose and (place := lede.dateline(prose[0])):
        fields.offer("dateline", place, "T9", 0.8)
    for slug in (fields.text("slug"), name):
        fields.offer("headline", headline.from_slug(slug), "T11a", 0.6, f"“{slug}”")
    made = lede.headline(prose)
    fields.offer("headline", made, "T11c", 0.4, "made from the lede; wants an editor")
    if not fields.text("headline"):
        last = plain.excerpt(class_years.glue(" ".join(prose)), lede.LONGEST)
        fields.offer("headline", last or "Untitled", "T11c", 0.1, "the first words")
    summary.offer(fields, prose)


def _body_html(copy: Manuscript, kind: Kind) -> str:
    match kind:
        case Kind.TEXT:
            return blocks.to_html(copy.blocks)
        case Kind.MARKDOWN:
            lines = ("\n".join(block.lines) for block in copy.blocks)
            return markdown.to_html(class_years.glue("\n\n".join(lines)))
        case Kind.HTML | Kind.WORD:
            return class_years.glue("\n".join(block.markup for block in copy.blocks))


def _prose(copy: Manuscript, kind: Kind, safe: str) -> list[str]:
    """Return the story's paragraphs as plain text."""
    if kind is Kind.TEXT:
        found = (block.text for block in copy.blocks if blocks.is_prose(block))
    else:
        parts = markup.parts(safe)
        found = (part.text for part in parts if part.tag in {"p", ""})
    return [class_years.glue(plain.squash(text)) for text in found if text.strip()]


def _nothing_left(fields: Fields) -> str:
    if fields.text("credit"):
        return "holds a credit line and no story. Add the story below the credit"
    if fields.findings:
        return "holds headers and no story. Add the story below them"
    return "is empty. Write the story into it, or remove it"
