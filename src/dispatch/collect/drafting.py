"""One file of a drop folder and its company made into a story.

Touches the disk through `reading`. What is odd about a story is told beside it; what
makes it none is raised as `reading.SetAsideError` or `newsroom.NoStoryError`.
"""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from dispatch.collect import (
    album,
    assemble,
    figures,
    newsroom,
    reading,
    stamps,
)
from dispatch.collect.listing import Entry
from dispatch.collect.manifest import Row
from dispatch.collect.newsroom import Kind
from dispatch.collect.release import Circumstances
from dispatch.model import Collected, Errand, Problem

KINDS = newsroom.KINDS
PICTURES = album.KINDS


@dataclass(slots=True)
class Desk:
    """What is the same for all files of a visit. `by_place` is what lies there."""

    errand: Errand
    by_place: Mapping[str, Entry]
    rows: Mapping[str, Row] = field(default_factory=dict)
    budget: album.Budget = field(default_factory=album.Budget)
    _committed: Mapping[str, datetime] | None = None

    def stamp(self, entry: Entry, company: Iterable[Entry]) -> str:
        """Return what changes when a file changes, or what is said of it."""
        row = self.rows.get(entry.relpath)
        return stamps.of((entry, *company), row.stamp if row else "")

    def committed(self, entry: Entry) -> datetime | None:
        """Return when git first saw a file, if it may be asked."""
        source, ask = self.errand.source, self.errand.commits
        if not source.commit_dates or source.path is None or ask is None:
            return None
        if self._committed is None:
            self._committed = ask(source.path)
        return self._committed.get(entry.relpath)


@dataclass(slots=True)
class Made:
    """A story, its faults, and whether a later visit must read it again."""

    story: Collected
    problems: list[Problem]
    postponed: bool = False


@dataclass(slots=True)
class _Draft:
    """A file understood, with the pictures that came inside it."""

    story: newsroom.Story
    inside: Mapping[str, bytes] = field(default_factory=dict)
    changed: str = ""


def draft(entry: Entry, company: list[Entry], stamp: str, desk: Desk) -> Made:
    """Read a file with its side-car and its picture. Raises as the module says."""
    made = _understood(entry, company, desk)
    about = Circumstances(
        source=desk.errand.source,
        relpath=entry.relpath,
        stamp=stamp,
        modified=stamps.modified(entry),
        now=desk.errand.now,
        timezone=desk.errand.timezone,
        language=desk.errand.source.language or desk.errand.language,
        changed=made.changed,
        committed=desk.committed(entry),
    )
    pictures = album.Album(entry.relpath, desk.by_place, desk.budget, made.inside)
    lead = pictures.lead(made.story, company)
    html, shown = pictures.body(made.story, lead)
    collected = assemble.assemble(replace(made.story, html=html), about, lead)
    collected = replace(collected, media=(*collected.media, *shown))
    if pictures.postponed:
        # Another stamp than the file's, so that the next visit reads it again.
        collected = replace(collected, stamp=f"{stamp}?")
    faults = [Problem(entry.relpath, one) for one in made.story.fields.problems]
    return Made(collected, pictures.problems + faults, pictures.postponed)


def _understood(entry: Entry, company: list[Entry], desk: Desk) -> _Draft:
    kind = KINDS[entry.extension]
    told = desk.rows.get(entry.relpath)
    read = partial(
        newsroom.read,
        kind=kind,
        name=posixpath.splitext(posixpath.basename(entry.relpath))[0],
        sidecar=reading.sidecar(company),
        row=told.values if told else None,
        base=figures.base(entry.relpath),
    )
    if kind is Kind.WORD:
        found = reading.document(entry)
        story = read(found.html, title=found.title)
        if found.author:
            note = f"the document's own author is {found.author}; not taken"
            story.fields.note("bylines", "Word", 0.0, note)
        return _Draft(story, found.pictures, found.changed)
    decoded = reading.text(entry)
    story = read(decoded.text)
    if decoded.repair:
        story.fields.note("body", "T0", 0.8, f"read as {decoded.encoding}")
        story.fields.complain(decoded.repair)
    return _Draft(story)
