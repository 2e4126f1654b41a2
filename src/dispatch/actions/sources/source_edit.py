"""Write sources into config.toml, and the list of them for other programs (OPML)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from dispatch import config
from dispatch.actions.sources import source_check
from dispatch.collect import opml
from dispatch.errors import SourceError, UsageError
from dispatch.model import Fetch, Settings, SourceSettings
from dispatch.text import plain, urls

RELOAD = "A daemon that runs takes it up at SIGHUP; else: dispatch collect"


@dataclass(frozen=True, slots=True)
class EditReport:
    """What was written, or would be."""

    sentences: tuple[str, ...]
    added: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    data: dict[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was done: it was, or there is no report."""
        return True

    def lines(self) -> list[str]:
        """Say it, what was passed over last."""
        return [*self.sentences, *(f"Passed over: {one}" for one in self.passed_over)]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        passed_over = list(self.passed_over)
        return {"added": list(self.added), "passed_over": passed_over, **self.data}


def add(
    file: Path,
    target: str,
    settings: Settings,
    fetch: Fetch,
    *,
    now: datetime,
    name: str = "",
) -> EditReport:
    """Add the source at an address or a folder to the config at `file`.

    It is read once, so that it is known to work; nothing is stored. Raises UsageError
    when it is there already, SourceError when it cannot be read, and ConfigError,
    with the file as it was, when it does not fit.
    """
    found = source_check.check(target, settings, fetch, now=now)
    if found.known_as:
        raise UsageError(f"Source {found.known_as} reads {found.place} already.")
    source = replace(found.source, name=name) if name else found.source
    source = _relative(source, file)
    config.add_sources(file, [config.source_block(source, comment=found.title)])
    return EditReport(
        (
            f"Added source {source.name} to {file}:",
            "",
            source_check.block(source, found.title),
            *found.tail(),
            RELOAD,
        ),
        added=(source.name,),
    )


def import_opml(
    file: Path, opml_file: Path, settings: Settings, *, dry_run: bool = False
) -> EditReport:
    """Add every feed of an OPML file to the config at `file`; a folder is a section.

    Feeds that are there already are named and passed over. Nothing is fetched, and
    with `dry_run` nothing is written. Raises SourceError for what is no list,
    ConfigError, with the file as it was, when it does not fit.
    """
    listing = _listing(opml_file)
    added: list[SourceSettings] = []
    known: list[str] = []
    for feed in listing.feeds:
        made = _source(feed, settings, [one.name for one in added])
        name = source_check.known_as(made, settings)
        if name:
            known.append(f"{urls.shown(feed.url)} is source {name} already.")
        else:
            added.append(made)
    if added and not dry_run:
        titles = {feed.url: feed.title for feed in listing.feeds}
        config.add_sources(
            file,
            [config.source_block(one, comment=titles[one.url]) for one in added],
        )
    did = "Would add" if dry_run else "Added"
    number = plain.count(len(added), "source")
    sentences = [f"{did} {number} to {file}."]
    sentences += [f"  {one.name}: {urls.shown(one.url)}" for one in added]
    if added and not dry_run:
        sentences.append(RELOAD)
    return EditReport(
        tuple(sentences),
        added=tuple(one.name for one in added),
        passed_over=(*known, *listing.passed_over),
        data={"dry_run": dry_run},
    )


def export_opml(settings: Settings) -> bytes:
    """Return the feeds among the sources as OPML; sections become folders."""
    return opml.write(
        (
            opml.Listed(one.url, one.name, one.section)
            for one in settings.source
            if one.kind == "feed"
        ),
        title=f"{settings.site.title}: sources",
    )


def _listing(file: Path) -> opml.Listing:
    try:
        with file.open("rb") as opened:
            data = opened.read(opml.MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror}).") from error
    try:
        return opml.read(data)
    except SourceError as error:
        raise SourceError(f"{file}: {error}") from error


def _source(
    feed: opml.Listed, settings: Settings, taken: Sequence[str]
) -> SourceSettings:
    wish = feed.title or source_check.wish(SourceSettings("", "feed", url=feed.url))
    return SourceSettings(
        name=source_check.free_name(wish, settings, taken),
        kind="feed",
        url=feed.url,
        section=plain.squash(feed.folder),
    )


def _relative(source: SourceSettings, file: Path) -> SourceSettings:
    """Write a folder within the publication as it is seen from there."""
    folder = file.absolute().parent
    if source.path is None or not source.path.is_relative_to(folder):
        return source
    return replace(source, path=source.path.relative_to(folder))
