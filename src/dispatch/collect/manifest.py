"""Manifests, rule T11b: a table beside the files that says what each of them is.

A content system's export often is a folder of texts and one `manifest.csv` or
`manifest.json` with their headlines. A row names a file by its place below the
manifest, in a column `file`; the other columns are header keys like any others. What
the file says itself is stronger.
"""

import csv
import hashlib
import io
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.text import plain

NAMES = plain.lexicon("manifest.csv manifest.json")
FILE_COLUMNS = ("file", "filename", "path")
MOST_ROWS = 20_000
LARGEST = 5_000_000  # bytes

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """What a manifest says of one file; `stamp` changes when that does."""

    values: Values
    stamp: str


def is_one(place: str) -> bool:
    """Whether a file is a manifest, by its name."""
    return place.rpartition("/")[2].lower() in NAMES


def read(text: str, place: str) -> dict[str, Row]:
    """Return the rows of the manifest at `place`, by the place of their file.

    Raises ValueError, as a phrase, for a table that names no file.
    """
    try:
        rows = list(_rows(text, place))
    except (ValueError, RecursionError, csv.Error) as error:
        raise ValueError("is no table that can be read; mend or remove it") from error
    found = {where: _row(row) for where, row in _placed(rows, place)}
    if not found:
        raise ValueError("names no file; give it a column or key “file”")
    return found


def _rows(text: str, place: str) -> Iterator[Mapping[str, Any]]:
    if place.lower().endswith(".csv"):
        top = text.partition("\n")[0]
        parted = max(",;\t", key=top.count)
        yield from csv.DictReader(io.StringIO(text), delimiter=parted)
        return
    said = json.loads(text)
    if isinstance(said, Mapping):
        for name, row in said.items():
            yield {"file": name, **(row if isinstance(row, dict) else {"title": row})}
    elif isinstance(said, list):
        yield from (row for row in said if isinstance(row, dict))


def _placed(
    rows: Iterable[Mapping[str, Any]], place: str
) -> Iterator[tuple[str, dict[str, tuple[str, ...]]]]:
    folder = posixpath.dirname(place)
    for row in list(rows)[:MOST_ROWS]:
        values = {str(key).strip(): _texts(value) for key, value in row.items() if key}
        values = {key: value for key, value in values.items() if value}
        low = {key.lower(): key for key in values}
        named = next((low[one] for one in FILE_COLUMNS if one in low), None)
        if named is not None:
            file = values.pop(named)[0].replace("\\", "/").lstrip("/")
            yield posixpath.normpath(posixpath.join(folder, file)), values


def _texts(value: Any) -> tuple[str, ...]:
    several = value if isinstance(value, list) else [value]
    texts = (plain.squash(str(one)) for one in several if isinstance(one, str | int))
    return tuple(one for one in texts if one)


def _row(values: dict[str, tuple[str, ...]]) -> Row:
    said = json.dumps(values, sort_keys=True)
    return Row(values, hashlib.sha256(said.encode()).hexdigest()[:8])
