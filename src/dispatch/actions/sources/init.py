"""Lay out a new publication: a config to fill in and a folder to drop stories into."""

from dataclasses import dataclass
from pathlib import Path

from dispatch import resources
from dispatch.errors import StartError, UsageError

FOLDERS = ("articles", "feeds", "templates")


@dataclass(frozen=True, slots=True)
class InitReport:
    """What was made."""

    folder: Path
    made: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it was made: it was, or there is no report."""
        return True

    def lines(self) -> list[str]:
        """Say it, and what comes next."""
        config, stories = self.folder / "config.toml", self.folder / "articles"
        return [
            f"Made {self.folder}: {', '.join(self.made)}.",
            f"Next: fill in {config}, put a story into {stories}, then",
            f"  dispatch --config {config} check",
            f"  dispatch --config {config} run",
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"folder": str(self.folder), "made": list(self.made)}


def init(folder: Path, *, title: str, timezone: str) -> InitReport:
    """Make a publication in `folder`. Nothing that is there is touched.

    Raises UsageError when there is a config already, or a value does not fit into
    one; StartError when the folder cannot be made.
    """
    config = folder / "config.toml"
    if config.exists():
        raise UsageError(f"{config} is there already. Name another folder.")
    text = _filled(title or _title(folder), timezone)
    made = []
    try:
        for name in FOLDERS:
            if not (folder / name).is_dir():
                (folder / name).mkdir(parents=True)
                made.append(f"{name}/")
        config.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartError(
            f"{folder}: the publication cannot be made ({error.strerror}). "
            "Name a folder you may write to."
        ) from error
    return InitReport(folder, ("config.toml", *made))


def _filled(title: str, timezone: str) -> str:
    """Return the shipped blank with the two values every publication must know."""
    blank = (resources.shipped("templates") / "init" / "config.toml").read_text("utf-8")
    for mark, value in (("@TITLE@", title), ("@TIMEZONE@", timezone)):
        if any(character in value for character in '"\\<>') or not value.isprintable():
            raise UsageError(
                f"{value!r}: please without quotes and special characters."
            )
        blank = blank.replace(mark, value)
    return blank


def _title(folder: Path) -> str:
    """Return a title from a folder's name: larkfield-courier, Larkfield Courier."""
    words = folder.absolute().name.replace("-", " ").replace("_", " ").split()
    return " ".join(word.capitalize() for word in words) or "My Publication"
