"""Summaries, rule T14: what the desk wrote, or the top of the story."""

from dispatch.collect import lede
from dispatch.collect.fields import Fields
from dispatch.text import plain

FEWEST_WORDS, MOST_WORDS = 12, 45
LONGEST = 280  # characters


def offer(fields: Fields, paragraphs: list[str]) -> None:
    """Offer the deck, the first paragraph, or its first sentences."""
    fields.offer("summary", fields.text("deck"), "T14", 0.9, "the deck")
    if not paragraphs:
        return
    first = plain.squash(lede.without_dateline(paragraphs[0]))
    if FEWEST_WORDS <= len(first.split()) <= MOST_WORDS:
        fields.offer("summary", first, "T14", 0.8, "the first paragraph")
        return
    if len(first.split()) < FEWEST_WORDS and len(paragraphs) > 1:
        first = f"{first} {plain.squash(paragraphs[1])}"
    fields.offer("summary", _top(first), "T14", 0.7, "the first sentences")


def _top(text: str) -> str:
    """Return as many whole sentences as fit, at least part of one."""
    kept = ""
    for sentence in plain.sentences(text[: 10 * LONGEST]):
        if kept and len(kept) + 1 + len(sentence) > LONGEST:
            break
        kept = f"{kept} {sentence}".strip()
    return plain.excerpt(kept, LONGEST)
