"""Front matter and side-cars, rules T1 and T2: YAML, TOML or JSON as plain texts.

The only file that knows PyYAML, and only its BaseLoader: nothing becomes a date, a
number or a truth value behind the editor's back. What does not parse is read line
by line, so that `title: A: B` works.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from dispatch.collect import headers

LARGEST = 64_000  # characters; nobody writes more about a story
MOST_ITEMS = 100
FENCES = {"---": "yaml", "+++": "toml"}
CLOSING = {"---": r"(?:---|\.\.\.)", "+++": r"\+\+\+"}
KEY_LINE = re.compile(r"\s*[\"']?([^\W\d_][\w \-]*?)[\"']?\s*[:=]\s*(.*?)\s*,?\s*$")

Values = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stood above a story. `mended` tells that it was read line by line.

    `problem` says why it does not parse, or "", also where that took no harm.
    """

    values: Values
    rest: str
    problem: str = ""
    mended: bool = False


def take(text: str) -> FrontMatter | None:
    """Take the front matter off the top of `text`; None where there is none."""
    top = text.lstrip("\n")
    fence = top[:3]
    if fence in FENCES and re.match(r"[-+]{3}[ \t]*\n", top):
        return _fenced(top, fence)
    if top.startswith("{"):
        return _json(top)
    return None


def read(text: str, kind: str) -> FrontMatter:
    """Read a side-car file of kind yaml, toml or json."""
    return _read(text, kind, "")


def _fenced(top: str, fence: str) -> FrontMatter | None:
    _, inside = top.split("\n", 1)
    closing = re.search(rf"^{CLOSING[fence]}[ \t]*$", inside[:LARGEST], re.MULTILINE)
    if closing is None:
        return _unclosed(inside, fence)
    block, rest = inside[: closing.start()], inside[closing.end() :].lstrip("\n")
    if not KEY_LINE.match(block.lstrip("\n").partition("\n")[0]) and fence == "---":
        first = block.strip()[:1]
        if first.isalpha() or (first and first in "“\"'‘"):
            return None  # prose between two rules
    return _read(block, FENCES[fence], rest)


def _unclosed(inside: str, fence: str) -> FrontMatter | None:
    """Read front matter whose end is missing up to the first blank line."""
    found = headers.take(inside) if fence == "---" else None
    if found is None:
        return None
    problem = f"front matter has no end: a line {fence} is missing"
    return FrontMatter(found.values, found.rest, problem, mended=True)


def _json(top: str) -> FrontMatter | None:
    try:
        _, end = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(
            top[:LARGEST]
        )
    except (ValueError, RecursionError):
        block, closing, rest = top[:LARGEST].partition("\n}\n")
        if not closing or not re.match(r"\{\s*\"", top):
            return None
        return _read(block + "\n}", "json", rest)
    return _read(top[:end], "json", top[end:].lstrip("\n"))


def _read(block: str, kind: str, rest: str) -> FrontMatter:
    if not block.strip():
        return FrontMatter({}, rest)
    try:
        return FrontMatter(_texts(_parse(block[:LARGEST], kind)), rest)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        values = _by_line(block[:LARGEST])
        problem = f"front matter is no {kind.upper()}: {_brief(error)}"
        if values and all(map(_is_plain, filter(str.strip, block.split("\n")))):
            problem = ""  # only a colon too many: nothing is lost
        return FrontMatter(values, rest, problem, mended=bool(values))


def _parse(block: str, kind: str) -> Mapping[str, Any]:
    parsers: dict[str, Callable[[str], Any]] = {
        "yaml": lambda text: yaml.load(text, Loader=yaml.BaseLoader),  # noqa: S506 - builds texts only
        "toml": lambda text: tomllib.loads(text, parse_float=str),
        "json": json.loads,
    }
    found = parsers[kind](block)
    if not isinstance(found, Mapping):
        raise ValueError(f"it holds {type(found).__name__}, not key: value")  # noqa: TRY004 - a fault of the text
    return found


def _texts(found: Mapping[Any, Any]) -> Values:
    return {str(key): texts for key, value in found.items() if (texts := _text(value))}


def _text(value: Any) -> tuple[str, ...]:
    """Return a value as texts; of a mapping its name, of deeper things nothing."""
    if isinstance(value, list):
        items = (_item(item) for item in value[:MOST_ITEMS])
        return tuple(item for item in items if item)
    one = _item(value)
    return (one,) if one else ()


def _item(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("name", value.get("title", ""))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, (list, Mapping)) else str(value)


def _by_line(block: str) -> Values:
    """Read what looks like `key: value`; the rest of a broken block is lost."""
    values: Values = {}
    for line in block.split("\n"):
        found = KEY_LINE.match(line)
        if found and (value := found[2].strip("\"' ")):
            values.setdefault(found[1], (value,))
    return values if any(headers.known(key) for key in values) else {}


def _is_plain(line: str) -> bool:
    """Whether a line is `key: value` and its value means what it says."""
    found = KEY_LINE.match(line)
    return found is not None and found[2][:1] not in tuple("[{&*!|>%@`")


def _brief(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error) or "nested too deeply"
    mark = getattr(error, "problem_mark", None)
    where = f" in line {mark.line + 1}" if mark is not None else ""
    return f"{' '.join(str(problem).split())[:120]}{where}"
