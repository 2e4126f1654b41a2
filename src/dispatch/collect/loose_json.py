"""JSON of strangers: what has the wrong type is taken as absent, and nothing raises."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dispatch.text import plain

Value = Any
Object = Mapping[str, Any]
LARGEST = 2**53  # what JSON numbers hold exactly


def parse(body: bytes) -> Value:
    """Return what a document holds. Raises ValueError, as a phrase, for no JSON."""
    try:
        return json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise ValueError("something that is not JSON") from error


def text(of: Value, *path: str) -> str:
    """Return the text at a path of keys; a number counts, anything else is "".

    Lone surrogates, which JSON can spell, are gone.
    """
    value = get(of, *path)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value) if -LARGEST <= value <= LARGEST else ""
    return plain.FORBIDDEN.sub("", value) if isinstance(value, str) else ""


def number(of: Value, *path: str) -> int:
    """Return the whole number at a path, 0 for none or a negative one."""
    value = get(of, *path)
    if isinstance(value, str):
        value = int(value) if re.fullmatch("[0-9]{1,15}", value) else 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value <= LARGEST else 0


def objects(of: Value, *path: str) -> list[Object]:
    """Return the objects of the list at a path; an object alone is a list of one."""
    value = get(of, *path)
    found = [value] if isinstance(value, dict) else value
    return [one for one in sequence(found) if isinstance(one, dict)]


def texts(of: Value, *path: str) -> tuple[str, ...]:
    """Return the texts of the list at a path; a text alone is a list of one."""
    value = get(of, *path)
    found = [value] if isinstance(value, str) else sequence(value)
    return tuple(one for one in (text(item) for item in found) if one.strip())


def sequence(value: Value) -> Sequence[Value]:
    """Return the list that a value is, or an empty one."""
    return value if isinstance(value, list) else ()


def get(of: Value, *path: str) -> Value:
    """Return what stands at a path of keys, or None."""
    for key in path:
        of = of.get(key) if isinstance(of, dict) else None
    return of
