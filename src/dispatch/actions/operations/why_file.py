"""Say why a file of a drop folder is no story, or not yet."""

import os
from dataclasses import dataclass
from pathlib import Path

from dispatch.actions.collection import commits
from dispatch.collect import drafting, folder, leftovers, newsroom, reading, stamps
from dispatch.collect.listing import Entry
from dispatch.errors import SourceError, UnreachableError
from dispatch.model import (
    Clock,
    Errand,
    PubStatus,
    Response,
    Settings,
    SourceSettings,
)
from dispatch.store import Store, items
from dispatch.store.items import Item


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file of a source and why it is no story, or that nothing keeps it out."""

    source: str
    place: str
    says: tuple[str, ...]
    article: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the question could be answered."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        return [f"{self.place} of {self.source}", *self.says]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "source": self.source,
            "file": self.place,
            "article": self.article,
            "reasons": list(self.says),
        }


def file(
    store: Store, settings: Settings, clock: Clock, name: str
) -> FileReport | None:
    """Explain a file, named by its path or its place in a source's folder.

    None for what is no file of any folder source.
    """
    for source in settings.source:
        place = _place(source, name)
        if place:
            return _explained(store, settings, source, clock, place)
    return None


def _place(source: SourceSettings, name: str) -> str:
    """Return where in the source's folder the file lies, or nothing."""
    if source.kind != "folder" or source.path is None or "\0" in name:
        return ""
    root = Path(os.path.realpath(source.path))
    for given in (Path(name), root / name):
        whole = Path(os.path.realpath(given.parent)) / given.name
        if os.path.lexists(whole) and whole != root and whole.is_relative_to(root):
            return whole.relative_to(root).as_posix()
    return ""


def _explained(
    store: Store, settings: Settings, source: SourceSettings, clock: Clock, place: str
) -> FileReport:
    with store.read() as tx:
        known = items.one(tx, source.name, place)
    article = known.article if known else None
    if ignored := leftovers.Ignore(source.ignore).reason(place):
        says: tuple[str, ...] = (f"It is passed over: {ignored}.",)
    else:
        errand = Errand(
            source,
            _no_fetch,
            clock.now(),
            timezone=source.timezone or settings.site.timezone,
            language=settings.site.language,
            commits=commits.first_seen,
        )
        says = tuple(_looked(errand, place, known))
    return FileReport(source.name, place, says, article)


def _no_fetch(*_: object, **__: object) -> Response:
    raise UnreachableError("A file needs no network.")


def _looked(errand: Errand, place: str, known: Item | None) -> list[str]:
    """Look into the folder as a visit would."""
    try:
        looked = folder.look(errand.source)
    except SourceError as error:
        return [str(error)]
    if told := [one.what for one in looked.problems if one.where == place]:
        return [f"It {what}." for what in told]
    entries = {one.relpath: one for one in looked.entries}
    entry = entries.get(place)
    if entry is None:
        return ["It is a folder, a link to one, or nothing that can be read."]
    copy = folder.conflicts(list(entries.values())).get(place)
    if copy:
        return [f"It is a conflicted copy of {copy}; compare the two, delete one."]
    if entry.extension not in drafting.KINDS:
        return [_no_story(entry, entries)]
    return _judged(entry, entries, errand, known)


def _no_story(entry: Entry, entries: dict[str, Entry]) -> str:
    companion = entry.extension in drafting.PICTURES
    if companion or entry.extension in reading.SIDECARS:
        story = next(
            (
                one.relpath
                for one in entries.values()
                if one.stem == entry.stem and one.extension in drafting.KINDS
            ),
            "",
        )
        what = "picture" if companion else "side-car"
        if story:
            return f"It is the {what} of {story}, which has the same name."
        return f"It is a {what}, and no story has the same name."
    kinds = ", ".join(drafting.KINDS)
    return f"Stories are read from {kinds}; {entry.extension or 'it'} is none of them."


def _judged(
    entry: Entry, entries: dict[str, Entry], errand: Errand, known: Item | None
) -> list[str]:
    """Read the file as a visit would, and say what came of it."""
    company = folder.beside(list(entries.values())).get(entry.stem, [])
    young = [one for one in (entry, *company) if not stamps.is_settled(one, errand)]
    if young:
        age = int((errand.now - stamps.modified(young[0])).total_seconds())
        still = errand.source.settle.total_seconds()
        say = f"{young[0].relpath} was written {max(age, 0)} s ago; it is taken once "
        return [f"{say}it has been still for {still:g} s (`settle`)."]
    tables = folder.manifests(list(entries.values()), errand)
    desk = drafting.Desk(errand, entries, tables.rows)
    try:
        made = drafting.draft(entry, company, desk.stamp(entry, company), desk)
    except reading.MovingError:
        return ["Somebody is writing to it; it is taken once it is still."]
    except (reading.SetAsideError, newsroom.NoStoryError) as problem:
        return [f"It {problem}."]
    return [
        *(f"{one.where} {one.what}." for one in made.problems),
        *_fate(made.story.status, known),
    ]


def _fate(status: PubStatus, known: Item | None) -> list[str]:
    if known is not None and known.article is not None:
        return [f"It holds story {known.article}."]
    if status is PubStatus.DRAFT:
        return ["It is a draft: it waits for a line “Status: ready” at its top."]
    return ["Nothing keeps it out: the next visit takes it."]
