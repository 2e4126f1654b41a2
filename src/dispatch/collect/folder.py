"""A drop folder as a source: every text, Markdown and HTML file is a story.

A picture and a side-car of the same name belong to the story; folders are sections.
A file is left alone until it has been still for `settle`. What cannot be read is
named once per visit as a `Problem`; everything else goes on.
"""

import posixpath
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dispatch.collect import (
    assemble,
    furniture,
    listing,
    newsroom,
    reading,
)
from dispatch.collect.assemble import Attachment
from dispatch.collect.listing import Entry
from dispatch.collect.newsroom import Kind
from dispatch.collect.release import Circumstances
from dispatch.errors import SourceError
from dispatch.model import Collected, Errand, Harvest, Problem, SourceSettings
from dispatch.text import plain

STORIES = {
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
}
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
FOREIGN = plain.lexicon(".docx .doc .odt .rtf .pdf .pages .wpd")
PICTURES_PER_VISIT = 200_000_000  # bytes held at once; the rest comes next time
CLOCK_SKEW = timedelta(hours=1)  # a share's clock may be ahead of ours by that much


@dataclass(slots=True)
class _Visit:
    """One look into the folder, as far as it has come."""

    source: SourceSettings
    now: datetime
    timezone: str
    language: str
    by_place: dict[str, Entry] = field(default_factory=dict)
    beside: dict[str, list[Entry]] = field(default_factory=dict)
    found: list[Collected] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    waiting: int = 0
    picture_bytes: int = 0


def read(errand: Errand) -> Harvest:
    """Collect what is new or changed in the folder of `errand.source`.

    `known` maps places to the stamps they were collected with; such files are not
    opened again. Raises SourceError when the folder itself cannot be read.
    """
    source, known = errand.source, errand.known
    looked = _look(source)
    visit = _Visit(
        source,
        errand.now,
        errand.timezone,
        errand.language,
        problems=looked.problems,
    )
    visit.by_place = {entry.relpath: entry for entry in looked.entries}
    visit.beside = _beside(looked.entries)
    stories = [entry for entry in looked.entries if entry.extension in STORIES]
    for entry in stories:
        _visit_story(entry, known, visit)
    visit.problems.extend(
        Problem(entry.relpath, "cannot be read; save it as .txt, .md or .html")
        for entry in looked.entries
        if entry.extension in FOREIGN
    )
    present = frozenset(entry.relpath for entry in stories)
    return Harvest(
        found=tuple(visit.found),
        problems=tuple(visit.problems),
        unchanged=visit.unchanged,
        present=present if looked.complete else None,
        waiting=visit.waiting,
    )


def _look(source: SourceSettings) -> listing.Listing:
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


def _beside(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Group pictures and side-cars by the stem they share with a story."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.extension in PICTURES or entry.extension in reading.SIDECARS:
            groups[entry.stem].append(entry)
    for group in groups.values():
        group.sort(key=lambda one: (*PICTURES, *reading.SIDECARS).index(one.extension))
    return dict(groups)


def _visit_story(entry: Entry, known: Mapping[str, str], visit: _Visit) -> None:
    """Collect one file with what belongs to it, or say why not."""
    company = visit.beside.get(entry.stem, [])
    stamp = "+".join(one.stamp for one in (entry, *company))
    if known.get(entry.relpath) == stamp:
        visit.unchanged += 1
    elif not all(_is_settled(one, visit) for one in (entry, *company)):
        visit.waiting += 1
    else:
        try:
            _collect(entry, company, stamp, visit)
        except reading.MovingError:
            visit.waiting += 1
        except (reading.SetAsideError, newsroom.NoStoryError) as problem:
            visit.problems.append(Problem(entry.relpath, str(problem)))


def _is_settled(entry: Entry, visit: _Visit) -> bool:
    """Whether a file has been still long enough; one from the far future has."""
    age = visit.now - _modified(entry)
    return age >= visit.source.settle or age < -CLOCK_SKEW


def _modified(entry: Entry) -> datetime:
    try:
        return datetime.fromtimestamp(entry.mtime_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _collect(entry: Entry, company: list[Entry], stamp: str, visit: _Visit) -> None:
    decoded = reading.text(entry)
    story = newsroom.read(
        decoded.text,
        STORIES[entry.extension],
        name=posixpath.splitext(posixpath.basename(entry.relpath))[0],
        sidecar=reading.sidecar(company),
    )
    if decoded.repair:
        story.fields.note("body", "T0", 0.8, f"read as {decoded.encoding}")
        story.fields.complain(decoded.repair)
    about = Circumstances(
        source=visit.source,
        relpath=entry.relpath,
        stamp=stamp,
        modified=_modified(entry),
        now=visit.now,
        timezone=visit.timezone,
        language=visit.source.language or visit.language,
    )
    attachment, postponed = _attachment(entry, company, story, visit)
    collected = assemble.assemble(story, about, attachment)
    if postponed:  # another stamp than the file's: the next visit reads it again
        collected = replace(collected, stamp=f"{stamp}?")
    visit.found.append(collected)
    visit.problems.extend(Problem(entry.relpath, one) for one in story.fields.problems)


def _attachment(
    entry: Entry, company: list[Entry], story: newsroom.Story, visit: _Visit
) -> tuple[Attachment | None, bool]:
    """Return the story's picture, and whether there is one that must wait."""
    beside = next((one for one in company if one.extension in PICTURES), None)
    picture = beside or _named_picture(entry, story, visit)
    if picture is None:
        return None, False
    if visit.picture_bytes + picture.size > PICTURES_PER_VISIT:
        return None, True
    try:
        attachment = reading.picture(picture)
    except (ValueError, reading.SetAsideError) as problem:
        what = f"{problem}; the story goes without"
        visit.problems.append(Problem(picture.relpath, what))
        return None, False
    visit.picture_bytes += picture.size
    return attachment, False


def _named_picture(entry: Entry, story: newsroom.Story, visit: _Visit) -> Entry | None:
    """Return the picture that a header or the text names, if it lies in the folder."""
    name = story.fields.text("image") or story.picture
    if not name or not furniture.is_local(name):
        return None
    place = posixpath.normpath(posixpath.join(posixpath.dirname(entry.relpath), name))
    found = visit.by_place.get(place)
    if found is None or found.extension not in PICTURES:
        story.fields.complain(f"names a picture, {name}, that is not in the folder")
        return None
    return found
