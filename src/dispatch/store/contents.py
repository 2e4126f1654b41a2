"""Content and findings as JSON values, and back. Unknown keys are ignored.

A stored article outlives the program that stored it: a field that is new since
then takes its default.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from dispatch.model import Content, Enclosure, Finding, HeadlineSource, Image

T = TypeVar("T", Image, Enclosure, Finding)


def to_json(content: Content) -> dict[str, Any]:
    """Return `content` as a JSON value."""
    return asdict(content)


def from_json(stored: Mapping[str, Any]) -> Content:
    """Return the content that `to_json` made `stored` of."""
    known = {one.name for one in fields(Content)}
    values = {name: value for name, value in stored.items() if name in known}
    values["headline_source"] = HeadlineSource(values["headline_source"])
    for name in ("bylines", "tags"):
        values[name] = tuple(values[name])
    image = values["image"]
    values["image"] = None if image is None else _build(Image, image)
    values["enclosures"] = tuple(_build(Enclosure, e) for e in values["enclosures"])
    return Content(**values)


def findings_to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return `findings` as a JSON value."""
    return [asdict(finding) for finding in findings]


def findings_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return the findings that `findings_to_json` made `stored` of."""
    return tuple(_build(Finding, one) for one in stored)


def _build(kind: type[T], stored: Mapping[str, Any]) -> T:
    known = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in stored.items() if name in known})
