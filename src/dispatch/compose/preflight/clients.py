"""What mail programs lack, from public support tables: clients.toml beside this one."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from dispatch.compose.preflight.page import DECLARATION, Element, Page
from dispatch.compose.preflight.remark import Check, Remark, named
from dispatch.compose.preflight.sample import Sample

MOST_STYLE = 16_384  # characters; Gmail drops every block above


@dataclass(frozen=True, slots=True)
class Feature:
    """Something HTML or CSS can do that some programs cannot.

    `breaks` says that a mail looks wrong without it; else it only looks plainer.
    """

    name: str
    where: Literal["style", "kept", "tag", "attribute"]
    pattern: re.Pattern[str]
    lacks: tuple[str, ...]
    breaks: bool


@cache
def features() -> tuple[Feature, ...]:
    """Return the table, in the order of the file."""
    file = resources.files(__package__).joinpath("clients.toml")
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["feature"]
    return tuple(
        Feature(
            name=row["name"],
            where=row["where"],
            pattern=re.compile(row["pattern"], re.IGNORECASE),
            lacks=tuple(row["lacks"]),
            breaks=row["breaks"],
        )
        for row in rows
    )


def support(sample: Sample) -> tuple[Remark, ...]:
    """Look for what some programs cannot show."""
    check = Check("Mail programs")
    plainer: list[str] = []
    for feature in features():
        if not any(map(feature.pattern.search, _places(sample.page, feature.where))):
            continue
        if feature.breaks:
            check.warn(f"{feature.name} does not work in {named(feature.lacks, 9)}.")
        else:
            plainer.append(feature.name)
    if len(sample.page.styles) > MOST_STYLE:
        check.warn("the style blocks are so long that Gmail drops them all.")
    plain = f"; plainer in some for lack of {named(plainer, 9)}" if plainer else ""
    return check.remarks(f"nothing that breaks in any{plain}.")


def _places(page: Page, where: str) -> Iterator[str]:
    """Yield every text in which a feature could stand."""
    match where:
        case "style":
            for one in page.elements:
                yield from _declarations(one)
        case "kept":
            yield page.styles
        case "tag":
            yield from (one.tag for one in page.elements)
        case _:
            for one in page.elements:
                yield from (f"{name}={value}" for name, value in one.attributes.items())


def _declarations(one: Element) -> Iterator[str]:
    """Yield "td padding: 4px" for each declaration of an element."""
    for name, value in DECLARATION.findall(one.attributes.get("style", "")):
        yield f"{one.tag} {name.lower()}: {value.strip()}"
