"""A story's text while rules take from it what is not its body.

A manuscript is a list of blocks; a block is what stands between two blank lines, or
one top-level element of an HTML file or a Word document, whose markup it then carries.
"""

import re
from dataclasses import dataclass, replace

from dispatch.text import html as markup, plain

HEAD_LINE = 200  # characters; a longer line is the story itself
CROSSHEAD = 60  # characters
BREAK = re.compile(r"<br\s*/?>")
SHORT_LINES = re.compile(
    r"<p>(?P<lines>(?:(?!</?p>).){0,2000}?<br\s*/?>.{0,2000}?)</p>"
)
BOLD = re.compile(r"<p><strong>(?:(?!</?strong>).)*</strong></p>")


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines that belong together. `tag` and `markup` only for HTML."""

    lines: tuple[str, ...]
    tag: str = ""
    markup: str = ""

    @property
    def text(self) -> str:
        """The words on one line."""
        return plain.squash(" ".join(self.lines))


@dataclass(slots=True)
class Manuscript:
    """The blocks of a story, taken from the top one line at a time.

    `ranked`: its markup says what a heading is, so a plain paragraph is none. Not so
    in Word, where most people write one line below the other.
    """

    blocks: list[Block]
    ranked: bool = False

    @property
    def line(self) -> str:
        """The first line that is left, or nothing."""
        return self.blocks[0].lines[0].strip() if self.blocks else ""

    @property
    def stands_alone(self) -> bool:
        """Whether the first line is a block of its own."""
        return bool(self.blocks) and len(self.blocks[0].lines) == 1

    def following(self, count: int) -> list[str]:
        """Return the next lines below the first one: of its block, or whole blocks."""
        if not self.blocks:
            return []
        rest = list(self.blocks[0].lines[1:])
        return (rest or [block.text for block in self.blocks[1 : count + 1]])[:count]

    def take(self) -> str:
        """Remove the first line and return it; an HTML block goes as a whole."""
        first = self.blocks[0]
        rest = () if first.markup else first.lines[1:]
        self.blocks[:1] = [replace(first, lines=rest)] if rest else []
        return first.text if first.markup else first.lines[0].strip()


def from_text(text: str) -> Manuscript:
    """Cut a text at its blank lines."""
    blocks = (tuple(_lines(part)) for part in re.split(r"\n(?:[^\S\n]*\n)+", text))
    return Manuscript([Block(lines) for lines in blocks if lines])


def from_html(body: str) -> Manuscript:
    """Cut a body at its top-level elements."""
    return Manuscript(_elements(body), ranked=True)


def from_word(body: str) -> Manuscript:
    """Cut a Word document at its paragraphs, and at the line breaks of short ones.

    A short paragraph all in bold, once the story has begun, is a crosshead.
    """
    found = _elements(SHORT_LINES.sub(_parted, body))
    last = len(found) - 1
    begun = next(
        (at for at, one in enumerate(found) if len(one.text) > CROSSHEAD * 2), last
    )
    return Manuscript(
        [
            _crosshead(block) if begun < at < last and _is_bold(block) else block
            for at, block in enumerate(found)
        ]
    )


def _elements(body: str) -> list[Block]:
    return [
        Block((plain.squash(part.text),), part.tag or "text", part.html)
        for part in markup.parts(body)
    ]


def _parted(found: re.Match[str]) -> str:
    """Make paragraphs of lines, unless one of them is long or breaks an element."""
    lines = BREAK.split(found["lines"])
    longest = max(len(markup.unescape_title(line)) for line in lines)
    if longest > HEAD_LINE or any(line.count("<") % 2 for line in lines):
        return found[0]
    return "".join(f"<p>{line}</p>" for line in lines)


def _is_bold(block: Block) -> bool:
    bare = block.text
    return (
        BOLD.fullmatch(block.markup) is not None
        and 0 < len(bare) <= CROSSHEAD
        and bare[-1:] not in ".,;:"
    )


def _crosshead(block: Block) -> Block:
    inside = block.markup.removeprefix("<p><strong>").removesuffix("</strong></p>")
    return Block(block.lines, "h3", f"<h3>{inside}</h3>")


def _lines(part: str) -> list[str]:
    """Return the lines that say something; a Markdown line may end in two spaces."""
    return [line for line in part.split("\n") if line.strip()]
