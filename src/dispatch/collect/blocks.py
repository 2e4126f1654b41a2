"""Paragraphs, rule T12: the shape of a plain-text story, told from its lines.

Blank lines part paragraphs. Where there are none, long lines are paragraphs and
lines of even length are one paragraph, wrapped by hand. All text is escaped.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from statistics import median

from dispatch.collect import byline, class_years, credit
from dispatch.collect.manuscript import Block
from dispatch.text import plain

LONG_LINE = 100  # characters; nobody wraps by hand at more
WRAPPED_LINE = 45  # characters; the median of wrapped text is at least that
CLOSING_SHARE = 0.4  # of the lines of wrapped text, fewer end a sentence
SHORT_LAST = 0.7  # of the median: the last line of a wrapped paragraph
CROSSHEAD_LONGEST, CROSSHEAD_WORDS = 60, 8

ENDS_SENTENCE = re.compile(r"[.!?…:][\"'”’)]*$")
RULE = re.compile(r"(?:[*_~=•-]\s?){3,}|\*|§|⁂")
BULLET = re.compile(r"\s*[-*•–·]\s+")
NUMBER = re.compile(r"\s*\d{1,3}[.)]\s+")
LINK = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"“”‘’|\\^`{}]{1,1000}[^\s<>\"“”‘’|\\^`{}.,;:!?)\]])"
    r"|(?<![\w.+-])(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
)


def paragraphs(blocks: Iterable[Block]) -> list[Block]:
    """Return the blocks again, cut where lines are paragraphs, joined where wrapped."""
    return [one for block in blocks for one in _reflowed(block)]


def to_html(blocks: list[Block]) -> str:
    """Return the story's HTML: paragraphs, crossheads, lists, quotations, rules."""
    return "\n".join(
        _element(block, blocks[at + 1] if 0 < at < len(blocks) - 1 else None)
        for at, block in enumerate(blocks)
    )


def is_prose(block: Block) -> bool:
    """Whether a block is a paragraph that a summary may be taken from."""
    first = block.lines[0]
    return not (
        RULE.fullmatch(block.text)
        or first.lstrip().startswith((">", "#", "|", "![", "```"))
        or _is_list(block, BULLET)
        or _is_list(block, NUMBER)
    )


def _reflowed(block: Block) -> Iterator[Block]:
    lines = block.lines
    if len(lines) == 1 or not is_prose(block):
        yield block
        return
    middle = median(map(len, lines))
    closing = sum(ENDS_SENTENCE.search(line) is not None for line in lines) / len(lines)
    even = middle >= WRAPPED_LINE and _is_even(lines)
    if middle > LONG_LINE or (closing > CLOSING_SHARE and not even):
        yield from (Block((line.strip(),)) for line in lines)
    elif middle >= WRAPPED_LINE:
        yield from _unwrapped(lines, middle)
    else:
        yield block  # verse, an address: its lines are meant


def _is_even(lines: tuple[str, ...]) -> bool:
    """Whether lines break inside a sentence only where they are full."""
    broken = [len(line) for line in lines if not ENDS_SENTENCE.search(line)]
    return bool(broken) and min(broken) >= SHORT_LAST * max(map(len, lines))


def _unwrapped(lines: tuple[str, ...], middle: float) -> Iterator[Block]:
    """Join wrapped lines; a short line that ends a sentence ends its paragraph."""
    paragraph: list[str] = []
    for line in lines:
        paragraph.append(line.strip())
        if ENDS_SENTENCE.search(line) and len(line) < middle * SHORT_LAST:
            yield Block((" ".join(paragraph),))
            paragraph = []
    if paragraph:
        yield Block((" ".join(paragraph),))


def _element(block: Block, below: Block | None) -> str:
    if RULE.fullmatch(block.text):
        return "<hr>"
    for pattern, tag in ((BULLET, "ul"), (NUMBER, "ol")):
        if _is_list(block, pattern):
            items = (pattern.sub("", line, count=1) for line in block.lines)
            return (
                f"<{tag}>{''.join(f'<li>{_inline(one)}</li>' for one in items)}</{tag}>"
            )
    if all(line.lstrip().startswith(">") for line in block.lines):
        quoted = " ".join(line.lstrip().lstrip("> ") for line in block.lines)
        return f"<blockquote><p>{_inline(quoted)}</p></blockquote>"
    if below is not None and _is_crosshead(block, below):
        return f"<h3>{_inline(block.text)}</h3>"
    return f"<p>{'<br>'.join(map(_inline, block.lines))}</p>"


def _is_list(block: Block, pattern: re.Pattern[str]) -> bool:
    return len(block.lines) > 1 and all(map(pattern.match, block.lines))


def _is_crosshead(block: Block, below: Block) -> bool:
    text = block.text
    return (
        len(block.lines) == 1
        and len(text) <= CROSSHEAD_LONGEST
        and len(text.split()) <= CROSSHEAD_WORDS
        and (text[:1].isupper() or text[:1].isdigit())
        and text[-1:].isalnum()
        and len(below.text) >= 2 * len(text)
        and credit.match(text) is None
        and byline.match(text) is None
    )


def _inline(line: str) -> str:
    """Escape a line, link its addresses, tie its class years."""
    text = class_years.glue(plain.squash(line))
    made, at = "", 0
    for found in LINK.finditer(text):
        scheme = "mailto:" if found["mail"] else ""
        shown = escape(found[0])
        made += escape(text[at : found.start()], quote=False)
        made += f'<a href="{scheme}{shown}">{shown}</a>'
        at = found.end()
    return made + escape(text[at:], quote=False)
