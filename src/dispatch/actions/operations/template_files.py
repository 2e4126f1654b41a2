"""Shipped templates beside config.toml: copied to be changed, never overwritten."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch import resources
from dispatch.errors import UsageError


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and what stayed because it was there."""

    folder: Path
    copied: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed: a file that was there is none."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        there = [f"{name}: is there already, and stays as it is." for name in self.kept]
        if not self.copied:
            return [*there, f"Nothing was copied to {self.folder}."]
        files = f"{len(self.copied)} file{'s' if len(self.copied) > 1 else ''}"
        said = (
            f"Copied {files} to {self.folder}. What you do not change, delete again: "
            "the shipped file then counts, and gets better with each version."
        )
        return [*there, *self.copied, said]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "folder": str(self.folder),
            "copied": list(self.copied),
            "kept": list(self.kept),
        }


def copy(publication: Path, wanted: Sequence[str]) -> Copied:
    """Copy shipped mail templates into the publication's folder.

    `wanted` are kinds ("digest"), folders of one ("digest/front-page") or single
    files; none means all. Raises UsageError for what is not shipped, or where nothing
    can be written.
    """
    shipped = resources.shipped("templates") / "email"
    own = publication / "templates" / "email"
    if own.resolve() == shipped.resolve():
        raise UsageError(
            f"{own}: these are the shipped templates themselves. Change them in a "
            "publication of your own: dispatch init DIR."
        )
    names = sorted({name for one in wanted or ("",) for name in _files(shipped, one)})
    there = {name for name in names if (own / name).exists()}
    try:
        for name in names:
            if name not in there:
                (own / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(shipped / name, own / name)
    except OSError as error:
        raise UsageError(f"{own}: cannot be written ({error.strerror}).") from error
    return Copied(
        own, tuple(name for name in names if name not in there), tuple(sorted(there))
    )


def _files(shipped: Path, wanted: str) -> Iterator[str]:
    """Yield the shipped files that a kind, a folder or a file's name stands for."""
    place = shipped / wanted.strip("/")
    if not place.resolve().is_relative_to(shipped.resolve()) or not place.exists():
        kinds = ", ".join(sorted(one.name for one in shipped.iterdir()))
        raise UsageError(
            f"{wanted}: there is no such mail template. There are {kinds}."
        )
    for file in [place] if place.is_file() else sorted(place.rglob("*")):
        if file.is_file():
            yield file.relative_to(shipped).as_posix()
