"""A story's text while rules take from it what is not its body.

A manuscript is a list of blocks; a block is what stands between two blank lines, or
one top-level element of an HTML file, whose markup it then carries.
"""

import re
from dataclasses import dataclass, replace

from dispatch.text import html as markup, plain


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
    """The blocks of a story, taken from the top one line at a time."""

    blocks: list[Block]

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
    return Manuscript(
        [
            Block((plain.squash(part.text),), part.tag or "text", part.html)
            for part in markup.parts(body)
        ]
    )


def _lines(part: str) -> list[str]:
    """Return the lines that say something; a Markdown line may end in two spaces."""
    return [line for line in part.split("\n") if line.strip()]
