"""Change a line of config.toml, or add a block, and leave the rest as it stands."""

import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from dispatch.config import faults, reading
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


def add_sources(file: Path, blocks: Sequence[str]) -> None:
    """Add [[source]] blocks after the last one, or at the end of the file.

    The changed file is looked at whole before it takes the old one's place. Raises
    ConfigError with every problem it would have, or when it cannot be written; the
    file is then as it was.
    """
    text = "\n".join(blocks)
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            before = opened.read()
        changed = with_sources(before, text)
        found = reading.read(file, changed).faults
        if found:
            raise ConfigError(faults.lines(found))
        _replace(file, changed)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(
            f"{file}: cannot be changed ({why}). Add these lines yourself:\n\n{text}"
        ) from error


def with_sources(text: str, blocks: str) -> str:
    """Return the text with blocks added where they mean what they say.

    That is after the last [[source]]. Where the file is written in an unusual way,
    it is at the end. Raises ConfigError where that does not do either.
    """
    end = "\r\n" if text.count("\r\n") else "\n"
    added = blocks.replace("\n", end)
    lines = text.splitlines(keepends=True)
    for place in (_after_sources(lines), len(lines)):
        above, below = "".join(lines[:place]), "".join(lines[place:])
        if above and not above.endswith(("\n", "\r")):
            above += end
        gap = end if below.strip() and not below.startswith(("\n", "\r")) else ""
        changed = f"{above}{end if above else ''}{added}{gap}{below}"
        if _adds(text, changed, blocks):
            return changed
    raise ConfigError(
        "The file is written so that nothing can be added to it. Write every source "
        f"as a [[source]] of its own, and add these lines:\n\n{blocks}"
    )


def _after_sources(lines: Sequence[str]) -> int:
    """Return the line below the last [[source]], and below the remarks on it."""
    place, inside = len(lines), False
    for number, line in enumerate(lines):
        if found := _TABLE.match(line):
            inside = found[1] == "source"
        if inside and line.strip() and not line.lstrip().startswith("#"):
            place = number + 1
    while place < len(lines) and lines[place].lstrip().startswith("#"):
        place += 1
    return place


def _adds(before: str, after: str, blocks: str) -> bool:
    """Whether the only difference in meaning is what the blocks say, at the end."""
    try:
        old, new = (
            tomllib.loads(one.removeprefix("\ufeff")) for one in (before, after)
        )
    except tomllib.TOMLDecodeError:
        return False
    old["source"] = [*old.get("source", ()), *tomllib.loads(blocks)["source"]]
    return new == old


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
