"""What mails say to readers, in their language.

`wording/LANGUAGE.toml` is shipped; `_words/LANGUAGE.toml` among a publication's own
mail templates changes single lines of it, or adds a language. The rest is English.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from dispatch.errors import TemplateError
from dispatch.text import languages

Words = Mapping[str, Mapping[str, str]]
"""Lines by section and name, such as words["digest"]["also"]."""

DATES = {"weekdays": 7, "months": 12, "full": 0, "short": 0, "first": 0}
OF_DATES = frozenset({"weekday", "day", "month", "year"})
LARGEST = 200_000  # bytes of a file
PLACE = re.compile(r"\{(\w+)\}")
SEE = "docs/words.md lists what there is."


def of(language: str, folders: Sequence[Path] = ()) -> Words:
    """Return the words of a language; the first of `folders` that has a line wins.

    Of German in Austria, de-at is looked at before de, and English comes last. Raises
    TemplateError for a file of `folders` that will not do, with the reason.
    """
    merged = {section: dict(lines) for section, lines in _shipped("en").items()}
    for tag in _tags(language):
        for section, lines in _shipped(tag).items():
            merged.setdefault(section, {}).update(lines)
        for folder in reversed(folders):
            for section, lines in _own(folder / "_words" / f"{tag}.toml").items():
                merged.setdefault(section, {}).update(lines)
    return merged


def fill(line: str, values: Mapping[str, object]) -> str:
    """Put values into the places of a line, {newsletter} and the like."""
    return PLACE.sub(lambda found: str(values.get(found[1], found[0])), line)


def check(folders: Sequence[Path]) -> Iterator[str]:
    """Yield what is wrong with a publication's own files, a sentence each."""
    for folder in folders:
        for file in sorted((folder / "_words").glob("*.toml")):
            try:
                _own(file)
            except TemplateError as error:
                yield str(error)


def _tags(language: str) -> tuple[str, ...]:
    tag = language.strip().lower().replace("_", "-")
    named = re.fullmatch(r"[a-z0-9-]+", tag)
    return tuple(dict.fromkeys((languages.base(tag), tag))) if named else ()


@cache
def _shipped(tag: str) -> Words:
    file = resources.files(__package__) / "wording" / f"{tag}.toml"
    if not file.is_file():
        return {}
    found: Words = tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def _own(file: Path) -> Words:
    """Read a publication's own file; nothing where there is none."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TemplateError(f"{file} cannot be read ({error.strerror}).") from error
    if len(raw) > LARGEST:
        raise TemplateError(f"{file} is larger than {LARGEST // 1000} kB.")
    try:
        found = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(f"{file}: {error}.") from error
    for section, lines in found.items():
        if not isinstance(lines, dict):
            raise TemplateError(f"{file}: {section} stands in no section. {SEE}")
        for name, line in lines.items():
            _fit(file, section, name, line)
    return found


def _fit(file: Path, section: str, name: str, line: object) -> None:
    """Raise TemplateError for a line that nothing prints, or with an unknown place."""
    at = f"{file}: {section}.{name}"
    if not isinstance(line, str):
        raise TemplateError(f"{at} is no text in quotes.")
    known = _shipped("en").get(section, {})
    if section == "dates" and name in DATES:
        places, count = OF_DATES, DATES[name]
        if count and len(line.split()) != count:
            raise TemplateError(f"{at} needs {count} words, Monday or January first.")
    elif name in known:
        places = frozenset(PLACE.findall(known[name]))
    else:
        raise TemplateError(f"{at} is printed nowhere. {SEE}")
    if odd := sorted({*PLACE.findall(line)} - places):
        raise TemplateError(f"{at}: nothing is filled in for {{{odd[0]}}}. {SEE}")
