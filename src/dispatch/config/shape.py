"""One table of config.toml against its dataclass: known keys, right types.

Strict: "8" is no number and 8 no text. Lengths of time are read here, because
only the dataclass tells which keys they are.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from dispatch.config import durations, secrets
from dispatch.config.faults import Fault, UnfitError, did_you_mean, shorten

SECRET = frozenset({"password", "client_secret", "refresh_token"})
HIDDEN = SECRET | {"pem", "file"}  # fields that are no keys of the file
REMEDIES = {
    "string_type": ("is not text", 'Put it in quotes: "…".'),
    "path_type": ("is not a path", 'Put it in quotes: "…".'),
    "int_type": ("is not a whole number", "Write it without quotes, as in 8."),
    "int_from_float": ("is not a whole number", "Write it without a fraction."),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "tuple_type": ("is not a list", 'Put it in square brackets: ["…"].'),
    "dataclass_type": ("is not a table", "Write it under a heading of its own."),
}


@dataclass(frozen=True, slots=True)
class Shaped:
    """A table after the look at its keys and types.

    `value` is an instance of the dataclass; None when it could not be built. `good`
    holds the keys that are there and have the right type, so that the rules can
    look at them all the same.
    """

    value: Any
    good: Mapping[str, Any]
    faults: tuple[Fault, ...]


@cache
def keys(cls: type) -> tuple[str, ...]:
    """Return the keys a table of this kind may have."""
    names = (field.name for field in dataclasses.fields(cls))
    return tuple(name for name in names if name not in HIDDEN)


@cache
def _durations(cls: type) -> frozenset[str]:
    hints = get_type_hints(cls)
    return frozenset(
        name
        for name in keys(cls)
        if timedelta in (hints[name], *get_args(hints[name]))  # timedelta | None, too
    )


@cache
def _adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def shape(cls: type, table: object, *, file: str, at: str) -> Shaped:
    """Build a `cls` from a table of the file; `at` is what messages call it."""
    if not isinstance(table, Mapping):
        remedy = f"Write [{at}] on a line of its own and its settings below."
        return Shaped(None, {}, (Fault(file, at, "is not a table.", remedy),))
    faults = list(_unknown(cls, table, file, at))
    known = {key: value for key, value in table.items() if key in keys(cls)}
    lengths, bad = _read_durations(cls, known, file, at)
    faults.extend(bad)
    value, bad = _build(cls, lengths, file, at)
    faults.extend(bad)
    wrong = {fault.key for fault in faults}
    good = {
        field: getattr(value, field) if value else lengths[field]
        for field in lengths
        if not any(f"{key}.".startswith(f"{at}.{field}.") for key in wrong)
    }
    return Shaped(None if faults else value, good, tuple(faults))


def build_of(cls: type, good: Mapping[str, Any], *, file: str, at: str) -> Any:
    """Build a `cls` from what is good of a table alone; None where that is too little.

    So that the rest of a file with problems can be looked at all the same.
    """
    return _build(cls, good, file, at)[0]


def _unknown(
    cls: type, table: Mapping[str, Any], file: str, at: str
) -> Iterator[Fault]:
    for key in table:
        if key in SECRET and f"{key}_file" in keys(cls):
            yield Fault(
                file,
                f"{at}.{key}",
                "does not belong in this file.",
                f"Put the {key.replace('_', ' ')} into a file of its own and name that "
                f"file with {key}_file, or set {secrets.variable(at, key)}.",
            )
        elif key not in keys(cls):
            remedy = did_you_mean(key, keys(cls))
            yield Fault(file, f"{at}.{key}", "is not a setting.", remedy)


def _read_durations(
    cls: type, table: Mapping[str, Any], file: str, at: str
) -> tuple[dict[str, Any], list[Fault]]:
    """Turn "10s" into a timedelta; what is none is left out and told."""
    read = dict(table)
    faults = []
    for key in _durations(cls) & table.keys():
        try:
            read[key] = durations.parse(_text(table[key]))
        except UnfitError as unfit:
            del read[key]
            faults.append(unfit.at(file, f"{at}.{key}"))
    return read, faults


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise UnfitError(f"{shorten(value)} is not a length of time.", durations.REMEDY)


def _build(
    cls: type, table: Mapping[str, Any], file: str, at: str
) -> tuple[Any, list[Fault]]:
    """Validate as strict JSON: the only mode in which a list may become a tuple."""
    text = json.dumps(table, default=_encode)
    try:
        return _adapter(cls).validate_json(text, strict=True), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
        return None, [_fault(details, file, at) for details in found]


def _encode(value: object) -> object:
    if isinstance(value, timedelta):
        return f"PT{int(value.total_seconds())}S"
    if isinstance(value, date | time):  # TOML has dates; no key of ours is one
        return {"date": str(value)}
    return str(value)


def _fault(details: ErrorDetails, file: str, at: str) -> Fault:
    # A list of tables is told by its key and theirs: newsletter.daily.section.show.
    key = ".".join(part for part in details["loc"] if isinstance(part, str))
    where = f"{at}.{key}" if key else at
    shown = shorten(details["input"])
    match details["type"]:
        case "missing":
            remedy = f"Add a line {key.rpartition('.')[2]} = …."
            return Fault(file, where, "is missing.", remedy)
        case "unexpected_keyword_argument":
            return Fault(file, where, "is not a setting.")
        case "literal_error":
            return _not_one_of(details, file, where)
        case kind if kind in REMEDIES:
            what, remedy = REMEDIES[kind]
            return Fault(file, where, f"{shown} {what}.", remedy)
        case _:
            return Fault(file, where, f"{shown}: {details['msg']}.")


def _not_one_of(details: ErrorDetails, file: str, where: str) -> Fault:
    """Say which words are allowed, as they are written in the file."""
    allowed = details.get("ctx", {}).get("expected", "").replace("'", '"')
    what = f"{shorten(details['input'])} is not one of the words allowed here."
    return Fault(file, where, what, f"Write {allowed}.")
