"""A drop folder as a source: every text, Markdown, HTML and Word file is a story.

A picture and a side-car of the same name belong to the story; folders are sections.
A file is left alone until it has been still for `settle`. What cannot be read is
named once per visit as a `Problem`; everything else goes on.

Where nothing was written since the last visit, which the listing's digest tells,
no file is compared one by one and the store is not asked what it knows.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.collect import (
    drafting,
    leftovers,
    listing,
    manifest,
    memory,
    newsroom,
    reading,
    stamps,
)
from dispatch.collect.drafting import KINDS, PICTURES
from dispatch.collect.listing import Entry, Listing
from dispatch.collect.manifest import Row
from dispatch.collect.memory import Memory
from dispatch.errors import SourceError
from dispatch.model import Collected, Errand, Harvest, Problem, SourceSettings
from dispatch.text import plain

FOREIGN = plain.lexicon(".doc .docm .odt .rtf .pdf .pages .wpd .gdoc .rst .eml")


@dataclass(slots=True)
class _Visit:
    """One look into the folder, as far as it has come."""

    errand: Errand
    desk: drafting.Desk
    beside: Mapping[str, list[Entry]]
    moving: list[str]  # the folders whose manifest cannot be read yet
    found: list[Collected] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    waiting: int = 0
    again: bool = False  # something is to be looked at again, written to or not


def read(errand: Errand) -> Harvest:
    """Collect what is new or changed in the folder of `errand.source`.

    `known` maps places to the stamps they were collected with; such files are not
    opened again. Raises SourceError when the folder itself cannot be read.
    """
    looked = look(errand.source)
    before = memory.recall(errand.cursor)
    if before.holds(looked, errand):
        return Harvest(same=True, unchanged=before.stories, cursor=errand.cursor)
    _mark_unmounted(looked, before, errand)
    return _read_all(looked, errand)


def look(source: SourceSettings) -> Listing:
    """List the folder of a source. Raises SourceError when it cannot be read."""
    if source.path is None:
        raise SourceError("It has no path; name its folder.")
    try:
        return listing.look(source.path, source.ignore)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"The folder {source.path} cannot be read ({reason}). Make it, mount it, "
            "or mend `path`."
        ) from error


def beside(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Group pictures and side-cars by the stem they share with a story."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.extension in PICTURES or entry.extension in reading.SIDECARS:
            groups[entry.stem].append(entry)
    for group in groups.values():
        group.sort(key=lambda one: (*PICTURES, *reading.SIDECARS).index(one.extension))
    return groups


def conflicts(entries: list[Entry]) -> dict[str, str]:
    """Return the places that are copies of others, made by a shared drive."""
    places = {one.relpath for one in entries}
    found = {}
    for place in places:
        folder, slash, name = place.rpartition("/")
        siblings = leftovers.Beside(places, folder + slash)
        if original := leftovers.conflict(name, siblings):
            found[place] = original
    return found


@dataclass(slots=True)
class Tables:
    """What the manifests say of files; `moving` are the folders where one cannot yet.

    A manifest that is being written to, or that somebody's table program has locked,
    takes nothing from the stories below it: they wait, as for a side-car.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)


def manifests(entries: list[Entry], errand: Errand) -> Tables:
    """Read the manifests that lie in a folder; the nearest to a file counts."""
    tables = Tables()
    found = [one for one in entries if manifest.is_one(one.relpath)]
    for entry in sorted(found, key=lambda one: one.relpath.count("/")):
        moving = not stamps.is_settled(entry, errand)
        try:
            tables.rows |= manifest.read(reading.table(entry), entry.relpath)
        except reading.MovingError:
            moving = True
        except ValueError as problem:
            moving |= isinstance(problem, reading.LockedError)
            tables.problems.append(Problem(entry.relpath, str(problem)))
        if moving:
            tables.moving.append(entry.relpath.rpartition("/")[0])
    return tables


def _read_all(looked: Listing, errand: Errand) -> Harvest:
    entries = looked.entries
    copies = conflicts(entries)
    entries = [one for one in entries if one.relpath not in copies]
    tables = manifests(entries, errand)
    visit = _Visit(
        errand,
        drafting.Desk(errand, {one.relpath: one for one in entries}, tables.rows),
        beside(entries),
        tables.moving,
        problems=looked.problems + tables.problems,
    )
    stories = [one for one in entries if one.extension in KINDS]
    for entry in stories:
        _visit_story(entry, visit)
    visit.problems.extend(_misfits(entries, copies))
    return Harvest(
        found=tuple(visit.found),
        problems=tuple(visit.problems),
        unchanged=visit.unchanged,
        present=frozenset(one.relpath for one in stories) if looked.complete else None,
        waiting=visit.waiting,
        cursor=_cursor(looked, stories, visit),
    )


def _cursor(looked: Listing, stories: list[Entry], visit: _Visit) -> str:
    """Return what the next visit is told; one that must look again, only the disks."""
    settled = looked.complete and not visit.waiting and not visit.again
    made = memory.make(looked, visit.errand, len(stories), visit.found)
    return memory.write(made if settled else Memory(mounts=made.mounts))


def _misfits(entries: list[Entry], copies: Mapping[str, str]) -> list[Problem]:
    """Name what somebody may take for a story and what is none."""
    foreign = [
        Problem(one.relpath, "cannot be read; save it as .docx, .txt, .md or .html")
        for one in entries
        if one.extension in FOREIGN
    ]
    doubled = [
        Problem(
            place,
            f"is a conflicted copy of {original}, made by the shared drive; compare "
            "the two and delete one",
        )
        for place, original in sorted(copies.items())
    ]
    return foreign + doubled


def _visit_story(entry: Entry, visit: _Visit) -> None:
    """Collect one file with what belongs to it, or say why not."""
    company = visit.beside.get(entry.stem, ())
    stamp = visit.desk.stamp(entry, company)
    known = visit.errand.known.get(entry.relpath)
    if known is not None and stamps.unchanged(known, stamp, visit.errand.now):
        visit.unchanged += 1
    elif not _is_settled((entry, *company), visit):
        visit.waiting += 1
    else:
        _collect(entry, list(company), stamp, visit)


def _is_settled(files: tuple[Entry, ...], visit: _Visit) -> bool:
    """Whether nobody writes to a story, its company, or a manifest above it."""
    place = f"/{files[0].relpath}"
    return all(stamps.is_settled(one, visit.errand) for one in files) and not any(
        place.startswith(f"/{folder}/" if folder else "/") for folder in visit.moving
    )


def _collect(entry: Entry, company: list[Entry], stamp: str, visit: _Visit) -> None:
    try:
        made = drafting.draft(entry, company, stamp, visit.desk)
    except reading.MovingError:
        visit.waiting += 1
    except (reading.SetAsideError, newsroom.NoStoryError) as problem:
        visit.again |= isinstance(problem, reading.LockedError)
        visit.problems.append(Problem(entry.relpath, str(problem)))
    else:
        visit.found.append(made.story)
        visit.problems.extend(made.problems)
        visit.again |= made.postponed


def _mark_unmounted(looked: Listing, before: Memory, errand: Errand) -> None:
    """Notice a disk below the folder that is gone: its stories are not."""
    for place in before.mounts - set(looked.mounts):
        lost = sum(one.startswith(f"{place}/") for one in errand.known)
        if lost and not any(one.startswith(f"{place}/") for one, _ in looked.files):
            looked.complete = False
            looked.problems.append(
                Problem(
                    place,
                    "was a disk of its own and is no longer mounted; what came from "
                    f"it stays ({lost} so far). Mount it again, or remove the folder",
                )
            )
