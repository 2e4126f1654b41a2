"""Settings as they are written in config.toml: one [[source]] block as text.

Only what differs from the defaults is written, in the order of the documentation.
"""

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import cast

from dispatch.config import durations
from dispatch.model import SourceSettings

NEVER = frozenset({"password"})  # secrets that have no place in the file


def source_block(source: SourceSettings, *, comment: str = "") -> str:
    """Return the block of one source, ready to paste; `comment` goes above it.

    An address's password stays in it: this is config.toml's text, not a message.
    """
    lines = [f"# {_one_line(comment)}"] if _one_line(comment) else []
    lines.append("[[source]]")
    for field in dataclasses.fields(source):
        value = getattr(source, field.name)
        if field.name not in NEVER and value != field.default and value is not None:
            lines.append(f"{field.name} = {literal(value)}")
    return "\n".join(lines) + "\n"


def literal(value: object) -> str:
    """Return a value as TOML: text, path, number, flag, length of time, or a list."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case timedelta():
            return _text(durations.write(value))
        case str() | Path():
            return _text(str(value))
        case list() | tuple():
            return f"[{', '.join(literal(one) for one in cast('list[object]', value))}]"
        case _:
            raise TypeError(f"no setting has a value like {value!r}")


def _text(value: str) -> str:
    """Quote a text: JSON's escapes are TOML's, but for U+007F and lone surrogates."""
    whole = value.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    """Return a text that cannot end a comment early."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
