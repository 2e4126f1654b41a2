"""Change one line of config.toml and leave everything else as it was written."""

import os
import re
import stat
import tempfile
import tomllib
from pathlib import Path

from dispatch.errors import ConfigError

_TABLE = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+")
_LIVE = re.compile(r"(\s*live\s*=\s*)(true|false)(.*)", re.DOTALL)


def set_live(file: Path, *, live: bool) -> None:
    """Set `live` in [site], keeping comments, order, line ends and permissions.

    The file is replaced as a whole or not at all. Raises ConfigError when it
    cannot be written, or is written so that the line is not found.
    """
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
        changed = with_live(text, live=live)
        if tomllib.loads(changed) != _expected(text, live=live):
            raise ConfigError(
                f'{file}: the line "live" was not found. '
                f"Write live = {str(live).lower()} under [site] yourself."
            )
        _replace(file, changed)
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be changed ({error.strerror}). "
            f"Write live = {str(live).lower()} under [site] yourself."
        ) from error


def with_live(text: str, *, live: bool) -> str:
    """Return the text with `live` set in [site], or added below the heading."""
    word = "true" if live else "false"
    lines = text.splitlines(keepends=True)
    heading = None
    table = ""
    for number, line in enumerate(lines):
        if found := _TABLE.match(line):
            table = found[1]
            heading = number if table == "site" else heading
        elif table == "site" and (found := _LIVE.fullmatch(line)):
            lines[number] = f"{found[1]}{word}{found[3]}"
            return "".join(lines)
    end = "\r\n" if text.count("\r\n") else "\n"
    if heading is None:
        return f"[site]{end}live = {word}{end}{end}{text}"
    if not lines[heading].endswith(("\n", "\r")):
        lines[heading] += end
    lines.insert(heading + 1, f"live = {word}{end}")
    return "".join(lines)


def _expected(text: str, *, live: bool) -> dict[str, object]:
    """Return what the changed file must mean: the same, but for this one value."""
    meaning = tomllib.loads(text)
    meaning.setdefault("site", {})["live"] = live
    return meaning


def _replace(file: Path, text: str) -> None:
    """Write beside the file, then take its name; through a symbolic link, too."""
    target = file.resolve()
    before = target.stat()
    handle, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(made).chmod(stat.S_IMODE(before.st_mode))
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
