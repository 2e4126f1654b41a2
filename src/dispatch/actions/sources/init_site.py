"""Make a publication of a site that is there already: a config that says what it is.

The publication is laid out in a hidden folder near its place and moved there when it
is whole, so that a site that fails half-way leaves nothing behind.
"""

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from dispatch import config, resources
from dispatch.actions.sources.init import FOLDERS
from dispatch.actions.sources.init_survey import Survey
from dispatch.collect import wordpress_post
from dispatch.config import writing
from dispatch.errors import ConfigError, StartError, UsageError
from dispatch.model import SiteSettings
from dispatch.text import urls

LONGEST_NAME = 40
MARK = re.compile("@([A-Z]+)@")
SENDABLE = re.compile(r"[^\w\s’'&.-]")
NO_DOMAIN = "example.org"


def folder_for(survey: Survey) -> Path:
    """Return where a publication of this title goes when nobody says where."""
    return Path(_slug(survey.title) or "publication")


def refuse_existing(folder: Path) -> None:
    """Raise UsageError when there is a publication already."""
    file = folder / "config.toml"
    if file.exists():
        raise UsageError(f"{file} is there already. Name another folder.")


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give an empty folder to build a publication in; then put it in its place.

    When the block fails, nothing is left. What `folder` holds stays as it is. Raises
    StartError when nothing can be written there, UsageError when a publication came
    there meanwhile.
    """
    folder = folder.absolute()
    near = next(place for place in (folder, *folder.parents) if place.is_dir())
    try:
        place = Path(tempfile.mkdtemp(prefix=".dispatch-init-", dir=near))
        place.chmod(0o755)
    except OSError as error:
        raise _cannot(folder, error) from error
    try:
        yield place
        refuse_existing(folder)
        _put(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def lay_out(
    place: Path, survey: Survey, *, timezone: str = "", private: str = ""
) -> Path:
    """Write the folders and config.toml of a publication; return the config's path.

    `timezone` wins over the site's own; `private` names a host of one's own network
    that may be asked.
    """
    text = config_text(survey, timezone=timezone, private=private)
    file = place / "config.toml"
    found = config.read(file, text).faults
    if found:
        raise ConfigError(
            "The site says something that a config cannot hold. "
            + " ".join(f"{fault.key} {fault.what}" for fault in found)
        )
    try:
        for name in FOLDERS:
            (place / name).mkdir()
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot(place, error) from error
    return file


def config_text(survey: Survey, *, timezone: str = "", private: str = "") -> str:
    """Return the config.toml of a publication made from what was found."""
    values: Mapping[str, object] = {
        "TITLE": survey.title,
        "HOME": survey.home.rstrip("/"),
        "LANGUAGE": survey.language or "en",
        "TIMEZONE": timezone or survey.zone or "UTC",
        "LOGO": survey.logo,
        "ACCENT": survey.accent or SiteSettings().accent,
        "TAGLINE": survey.tagline,
        "SENDER": _sender(survey),
    }
    parts = {name: writing.literal(value) for name, value in values.items()}
    comment = f"{survey.title}, {survey.kind}"
    allowed = writing.literal([private])
    parts |= {
        "NAME": _comment(survey.title),
        "HOST": _comment(urls.shown(survey.home)),
        "SOURCE": config.source_block(survey.source, comment=comment),
        "FEEDS": _feeds(survey),
        "FETCH": f"\n[fetch]\nallow_private = {allowed}\n" if private else "",
    }
    blank = resources.shipped("templates") / "init" / "site.toml"
    return MARK.sub(lambda mark: parts[mark[1]], blank.read_text("utf-8"))


def _feeds(survey: Survey) -> str:
    """Return a feed of everything, and one of each section."""
    blocks = [_feed("all", survey.title, ())]
    taken = {"all"}
    for name in survey.sections:
        slug = _slug(name) or "section"
        if slug not in taken:
            section = wordpress_post.section([name])
            blocks.append(_feed(slug, f"{survey.title}: {name}", (section,)))
            taken.add(slug)
    return "\n".join(blocks)


def _feed(name: str, title: str, sections: tuple[str, ...]) -> str:
    lines = ["[[feed]]", f"name = {writing.literal(name)}"]
    lines.append(f"title = {writing.literal(title)}")
    if sections:
        lines.append(f"sections = {writing.literal(sections)}")
    return "\n".join(lines) + "\n"


def _sender(survey: Survey) -> str:
    """Return a sender at the site's own domain, to be set right by a person."""
    host = (urlsplit(survey.home).hostname or "").removeprefix("www.")
    public = "." in host and not host.replace(".", "").isdigit() and ":" not in host
    name = " ".join(SENDABLE.sub(" ", survey.title).split()) or "News"
    return f"{name} <news@{host if public else NO_DOMAIN}>"


def _slug(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-")[:LONGEST_NAME]


def _comment(text: str) -> str:
    """Return a text that cannot end a comment early."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _put(place: Path, folder: Path) -> None:
    """Move what was built to where it belongs, leaving alone what is there."""
    try:
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            place.rename(folder)
            return
        for made in sorted(place.iterdir(), key=lambda one: one.name == "config.toml"):
            _merge(made, folder / made.name)
    except OSError as error:
        raise _cannot(folder, error) from error


def _merge(made: Path, target: Path) -> None:
    if not target.exists():
        made.rename(target)
    elif made.is_dir() and target.is_dir():
        for inner in made.iterdir():
            _merge(inner, target / inner.name)


def _cannot(folder: Path, error: OSError) -> StartError:
    return StartError(
        f"{folder}: the publication cannot be made ({error.strerror}). "
        "Name a folder you may write to."
    )
