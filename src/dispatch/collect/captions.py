"""Captions that end in the credit of their picture."""

from dispatch.collect import credit
from dispatch.text import plain


def parted(caption: str) -> tuple[str, str]:
    """Cut "The bridge at dusk. (Photo by Ann Lee)" into caption and credit.

    Either may be empty; what is no credit stays in the caption.
    """
    if found := credit.match(caption):
        return "", found.text
    before, bracket, inside = caption.rpartition("(")
    if bracket and inside.endswith(")") and (found := credit.match(inside[:-1])):
        return before.strip(), found.text
    *others, last = plain.sentences(caption) or [""]
    if others and (found := credit.match(last)):
        return " ".join(others), found.text
    return caption, ""
