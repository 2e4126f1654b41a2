"""Why a story's fields are what they are, in sentences an editor can act on.

Of each field: which rule set it and how sure it is, and what the other rules saw.
"""

from collections.abc import Sequence

from dispatch.model import Article, Content, Finding

FIELDS = {
    "headline": "Headline",
    "bylines": "Byline",
    "credit": "Photo credit",
    "date": "Date",
    "section": "Section",
    "image": "Picture",
    "caption": "Caption",
    "deck": "Deck",
    "summary": "Summary",
    "status": "Status",
    "embargo": "Embargo",
    "correction": "Correction",
    "body": "Text",
}
ALWAYS = ("headline", "bylines", "credit", "date", "section")
RULES = {
    "T0": "how its bytes were read",
    "T1": "the side-car file",
    "T2": "front matter",
    "T3": "a header line",
    "T4": "a line that reads as a credit",
    "T5": "a line marked as the title",
    "T6": "the first line, which reads as a headline",
    "T7": "the line below the headline",
    "T8": "a line that reads as a byline",
    "T9": "the dateline",
    "T10": "what is known of its date",
    "T11a": "the file's name",
    "T11b": "the manifest",
    "T11c": "the story's first words",
    "T12": "the shape of the paragraphs",
    "T14": "the top of the story",
    "T15": "a paragraph that reads as a correction",
    "T16": "a notice of the desk",
    "Word": "the Word document's properties",
    "folder": "the folder it lies in",
    "config": "the source's settings",
}
SURENESS = (
    (0.95, "certain"),
    (0.8, "sure"),
    (0.6, "likely"),
    (0.3, "a guess"),
    (0.0, "a wild guess"),
)


def sentences(article: Article, findings: Sequence[Finding]) -> list[str]:
    """Return a line for each field, the ones an editor asks about first."""
    if not findings:
        return []
    named = dict.fromkeys((*FIELDS, *(one.field for one in findings)))
    lines = []
    for field in named:
        of_field = [one for one in findings if one.field == field]
        if of_field or field in ALWAYS:
            lines.append(_line(field, article, of_field))
    return lines


def sureness(confidence: float) -> str:
    """Return a confidence in words."""
    return next(word for least, word in SURENESS if confidence >= least)


def _line(field: str, article: Article, findings: Sequence[Finding]) -> str:
    label = FIELDS.get(field, field[:1].upper() + field[1:])
    chosen = next((one for one in findings if one.confidence > 0), None)
    others = "".join(f" {_other(one)}" for one in findings if one is not chosen)
    if field in article.edited:
        return f"{label}: {_value(field, article.content)}an editor wrote it.{others}"
    if chosen is None:
        return f"{label}: no rule found one.{others}"
    note = f" ({chosen.note})" if chosen.note else ""
    by = f"{RULES.get(chosen.rule, 'its source')}{note}, rule {chosen.rule}"
    sure = sureness(chosen.confidence)
    return f"{label}: {_value(field, article.content)}from {by}; {sure}.{others}"


def _other(found: Finding) -> str:
    by = RULES.get(found.rule, "its source")
    return f"Also {by} ({found.rule}): {found.note or 'the same'}."


def _value(field: str, content: Content) -> str:
    """Return what the field is, where it is short."""
    image = content.image
    values = {
        "headline": content.headline,
        "bylines": ", ".join(content.bylines),
        "credit": image.credit if image else "",
        "section": content.section,
        "deck": content.deck,
    }
    value = values.get(field, "")
    return f"“{value}”, " if value else ""
