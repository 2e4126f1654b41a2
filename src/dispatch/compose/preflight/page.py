"""An HTML part as a reader that is not ours takes it: the standard library's parser."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from dispatch.text import colours
from dispatch.text.colours import Colour

VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)
SILENT = frozenset({"style", "script", "title", "head"})
DECLARATION = re.compile(r"([a-zA-Z-]+)\s*:\s*([^;]+)")
LARGE, LARGE_BOLD = 24.0, 18.66  # pixels: WCAG 2 asks less of large text
PIXELS = re.compile(r"(\d+(?:\.\d+)?)px")


@dataclass(eq=False, slots=True)
class Element:
    """One element: its name, attributes, and where it stands."""

    tag: str
    attributes: Mapping[str, str]
    parent: "Element | None" = None
    texts: list[str] = field(default_factory=list)

    @property
    def style(self) -> dict[str, str]:
        """Its own declarations, names in small letters."""
        found = DECLARATION.findall(self.attributes.get("style", ""))
        return {name.lower(): value.strip() for name, value in found}

    @property
    def text(self) -> str:
        """Its own words, without those of elements inside."""
        return " ".join("".join(self.texts).split())

    def line(self) -> Iterator["Element"]:
        """Yield it and everything around it, inside out."""
        here: Element | None = self
        while here is not None:
            yield here
            here = here.parent

    @property
    def hidden(self) -> bool:
        """Whether nobody sees it."""
        return any(
            one.tag in SILENT or one.style.get("display", "").startswith("none")
            for one in self.line()
        )

    @property
    def ink(self) -> Colour | None:
        """The colour of its words; None where no style says."""
        for one in self.line():
            said = one.style.get("color", "") or one.attributes.get("color", "")
            if colours.HEX.fullmatch(said):
                return colours.parse(said)
            if said and said != "inherit":
                return None
        return colours.BLACK

    @property
    def ground(self) -> Colour | None:
        """The colour behind it; None for one that cannot be told, as of a picture."""
        for one in self.line():
            style = one.style
            said = style.get("background-color") or style.get("background")
            said = said or one.attributes.get("bgcolor", "")
            if colours.HEX.fullmatch(said):
                return colours.parse(said)
            if said and said not in {"transparent", "none"}:
                return None
        return colours.WHITE

    @property
    def large(self) -> bool:
        """Whether its letters are so large that less contrast will do."""
        for one in self.line():
            style = one.style
            said = style.get("font-size", "") or style.get("font", "")
            if size := PIXELS.search(said):
                bold = re.search(r"bold|[6-9]00", said + style.get("font-weight", ""))
                return float(size[1]) >= (LARGE_BOLD if bold else LARGE)
        return False


class Page(HTMLParser):
    """All elements of a page in order. Broken markup is read as far as it goes."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, open until its end tag."""
        parent = self._open[-1] if self._open else None
        found = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(found)
        if tag not in VOID:
            self._open.append(found)

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest element of that name, and what was left open in it."""
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index].tag == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        """Give words to the element they stand in."""
        if self._open:
            self._open[-1].texts.append(data)

    def all(self, tag: str) -> list[Element]:
        """Return every element of that name."""
        return [one for one in self.elements if one.tag == tag]

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, in order."""
        return tuple(
            one.attributes["href"] for one in self.all("a") if "href" in one.attributes
        )

    @cached_property
    def styles(self) -> str:
        """What its style blocks say."""
        return "\n".join("".join(one.texts) for one in self.all("style"))

    @cached_property
    def words(self) -> str:
        """What somebody reads on it."""
        return " ".join(one.text for one in self.elements if not one.hidden)
