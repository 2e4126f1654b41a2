"""An HTML part as a reader that is not ours takes it: the standard library's parser."""

import re
from collections.abc import Iterator, Mapping, Sequence
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
IMPORTANT = re.compile(r"\s*!\s*important", re.IGNORECASE)
DARK = re.compile(
    r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]*\{[^{}]*\})*)\s*\}"
)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
LARGE, LARGE_BOLD = 24.0, 18.66  # pixels: WCAG 2 asks less of large text
PIXELS = re.compile(r"(\d+(?:\.\d+)?)px")


Rules = Sequence[tuple[str, Mapping[str, str]]]
"""Selectors, an element's name or a class, and what they declare, in order."""


@dataclass(eq=False, slots=True)
class Element:
    """One element: its name, attributes, declarations, and where it stands."""

    tag: str
    attributes: Mapping[str, str]
    style: Mapping[str, str]
    parent: "Element | None" = None
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own words, without those of elements inside."""
        return " ".join("".join(self.texts).split())

    @property
    def names(self) -> frozenset[str]:
        """The selectors that mean it."""
        classes = self.attributes.get("class", "").split()
        return frozenset((self.tag, *(f".{one}" for one in classes)))

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

    def declared(self, names: Sequence[str], over: Rules) -> str:
        """Return what is declared last of some properties; `over` beats its style."""
        mine = self.names
        found = [said for selector, said in over if selector in mine]
        for said in (*reversed(found), self.style):
            for name in names:
                if name in said:
                    return said[name]
        return ""

    def ink(self, over: Rules = ()) -> Colour | None:
        """The colour of its words; None where no style says."""
        for one in self.line():
            said = one.declared(("color",), over) or one.attributes.get("color", "")
            if colours.HEX.fullmatch(said):
                return colours.parse(said)
            if said and said != "inherit":
                return None
        return colours.BLACK

    def ground(self, over: Rules = ()) -> Colour | None:
        """The colour behind it; None for one that cannot be told, as of a picture."""
        for one in self.line():
            said = one.declared(("background-color", "background"), over)
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
            said = one.style.get("font-size", "") or one.style.get("font", "")
            if size := PIXELS.search(said):
                weight = said + one.style.get("font-weight", "")
                bold = re.search(r"bold|[6-9]00", weight)
                return float(size[1]) >= (LARGE_BOLD if bold else LARGE)
        return False


def declarations(text: str) -> dict[str, str]:
    """Read what a style attribute or the inside of a rule declares."""
    found = DECLARATION.findall(text)
    return {name.lower(): IMPORTANT.sub("", value).strip() for name, value in found}


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
        attributes = {name: value or "" for name, value in attrs}
        style = declarations(attributes.get("style", ""))
        found = Element(tag, attributes, style, parent)
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
    def dark(self) -> Rules:
        """The simple rules for a dark screen; others are left out."""
        return tuple(
            (selector.strip(), declarations(inside))
            for block in DARK.findall(self.styles)
            for selectors, inside in RULE.findall(block)
            for selector in selectors.split(",")
        )

    @cached_property
    def words(self) -> str:
        """What somebody reads on it."""
        return " ".join(one.text for one in self.elements if not one.hidden)
