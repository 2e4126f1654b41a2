"""Keep what a good visit brought: stories, names that are gone, faults, validators.

Stories are stored in small units; what a conditional GET needs is stored together
with the last of them, so that a crash in between means one more full visit and
never a lost story.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch import __version__
from dispatch.actions.collect_report import SourceReport
from dispatch.actions.take_in import (
    Arrival,
    Fate,
    Intake,
    Taken,
    take_in,
    undated_in_order,
)
from dispatch.collect import decide, identity, match
from dispatch.errors import StoreError
from dispatch.model import Collected, Harvest, Problem, SourceSettings, SourceState
from dispatch.store import Store, Tx, items, problems, sources as visits
from dispatch.store.items import Item
from dispatch.text import fingerprints

EVERY = timedelta(minutes=15)
CHUNK = 8  # stories in one unit of the writer: under 50 ms
UNCOVERED = timedelta(hours=48)
RANDOM_BYTES = 8


@dataclass(frozen=True, slots=True)
class Good:
    """A visit that succeeded, and what was known of the source before it.

    `sources` are the names of all that are configured.
    """

    store: Store
    source: SourceSettings
    state: SourceState
    known: Mapping[str, Item]
    harvest: Harvest
    sources: frozenset[str]
    authority: str
    now: datetime


def keep(visit: Good) -> SourceReport:
    """Store what a visit brought; say what became of it."""
    arrivals = _arrivals(visit)
    intake = _intake(visit)
    taken: list[Taken] = []
    refused: list[Problem] = []
    while len(arrivals) > CHUNK:
        _store(visit, arrivals[:CHUNK], intake, taken, refused)
        arrivals = arrivals[CHUNK:]
    return _store_last(visit, arrivals, intake, taken, refused)


def stamp_mark(source: SourceSettings) -> str:
    """Return what a stamp begins with: items read under other rules are read again."""
    rules = (__version__, source.section, source.language, source.generated_headlines)
    return hashlib.sha256(repr(rules).encode()).hexdigest()[:8] + ":"


def _arrivals(visit: Good) -> list[Arrival]:
    """Return what is new or not as it was."""
    mark = stamp_mark(visit.source)
    found = undated_in_order(identity.distinct(visit.harvest.found), visit.now)
    return [
        Arrival(one, mark + one.stamp, secrets.token_hex(RANDOM_BYTES))
        for one in found
        if not _as_it_was(visit, one, mark)
    ]


def _as_it_was(visit: Good, one: Collected, mark: str) -> bool:
    item = visit.known.get(one.locator)
    return (
        item is not None
        and item.stamp == mark + one.stamp
        and item.missing_since is None
    )


def _intake(visit: Good) -> Intake:
    found = visit.harvest.found
    is_feed = visit.source.kind != "folder"
    last = visit.state.last_success_at
    return Intake(
        visit=match.Visit(
            source=visit.source.name,
            present=_present(visit),
            bodies={
                one.locator: fingerprints.fingerprint(one.content.html) for one in found
            },
            sources=visit.sources,
        ),
        terms=decide.Terms(
            visit.source.name,
            hold_generated=visit.source.generated_headlines == "hold",
            bounded=is_feed,
        ),
        authority=visit.authority,
        now=visit.now,
        baseline=last is None and visit.source.first_contact == "baseline",
        old_before=last - UNCOVERED if is_feed and last is not None else None,
    )


def _present(visit: Good) -> frozenset[str]:
    """Return every name that the source shows now, as far as that can be known."""
    if visit.harvest.present is not None:
        return visit.harvest.present
    shown = frozenset(one.locator for one in visit.harvest.found)
    # Of a folder that could not be listed whole, nothing is known to be gone.
    return shown if visit.source.kind != "folder" else shown | visit.known.keys()


def _store(
    visit: Good,
    arrivals: Sequence[Arrival],
    intake: Intake,
    taken: list[Taken],
    refused: list[Problem],
) -> None:
    """Store some stories; one that the database refuses fails alone."""

    def unit(tx: Tx) -> list[Taken]:
        visits.lock(tx)
        return take_in(tx, arrivals, intake)

    try:
        taken.extend(visit.store.write(unit))
    except StoreError as error:
        if not visit.store.writable:
            raise
        if len(arrivals) == 1:
            locator = arrivals[0].story.locator
            refused.append(Problem(locator, f"It could not be stored. {error}"))
        for one in arrivals if len(arrivals) > 1 else ():
            _store(visit, [one], intake, taken, refused)


def _store_last(
    visit: Good,
    arrivals: Sequence[Arrival],
    intake: Intake,
    taken: list[Taken],
    refused: list[Problem],
) -> SourceReport:
    """Store the last stories and, in the same unit, that the visit was good."""

    def unit(tx: Tx) -> SourceReport:
        visits.lock(tx)
        return _settle(visit, tx, [*taken, *take_in(tx, arrivals, intake)], refused)

    try:
        return visit.store.write(unit)
    except StoreError:
        _store(visit, arrivals, intake, taken, refused)
        arrivals = ()
        return visit.store.write(unit)


def _settle(
    visit: Good, tx: Tx, taken: Sequence[Taken], refused: Sequence[Problem]
) -> SourceReport:
    """Note what is gone and what is wrong, and that the source was read."""
    name, now = visit.source.name, visit.now
    missing = _missing(visit, tx)
    told = [*visit.harvest.problems, *refused, *_copies(visit, taken)]
    standing = {one.where for one in problems.standing(tx, name)}
    fresh = problems.settle(
        tx, name, told, now=now, gone=_mended(visit, standing, taken)
    )
    visits.succeeded(
        tx, name, visit.harvest, now=now, every=visit.source.every or EVERY
    )
    fates = Counter(one.fate for one in taken)
    return SourceReport(
        name,
        new=fates[Fate.NEW],
        changed=fates[Fate.CHANGED],
        unchanged=fates[Fate.UNCHANGED] + _untouched(visit),
        copies=fates[Fate.COPY],
        drafts=fates[Fate.DRAFT],
        waiting=visit.harvest.waiting,
        missing=missing,
        problems=fresh,
        known_problems=len(problems.standing(tx, name)) - len(fresh),
    )


def _missing(visit: Good, tx: Tx) -> int:
    """Mark what is gone and what is back; return how many went just now."""
    present = visit.harvest.present
    if present is None:
        return 0
    gone = {
        one.locator
        for one in visit.known.values()
        if one.missing_since is None and one.locator not in present
    }
    items.miss(tx, visit.source.name, gone, now=visit.now)
    items.find_again(tx, visit.source.name, present & visit.known.keys())
    return _lost(visit, tx, gone) if gone else 0


def _lost(visit: Good, tx: Tx, gone: Collection[str]) -> int:
    """Count the files that went; one that only has another name now did not."""
    here = {
        one.article
        for one in items.known(tx, visit.source.name).values()
        if one.missing_since is None
    }
    articles = (visit.known[locator].article for locator in gone)
    return sum(article is None or article not in here for article in articles)


def _copies(visit: Good, taken: Sequence[Taken]) -> list[Problem]:
    """Name the files that hold another file's story; feeds repeat rightly."""
    if visit.source.kind != "folder":
        return []
    return [
        Problem(
            one.locator,
            f"It has the same words as “{one.of}”, and counts as that story. "
            "Remove one of the two, or change its text.",
        )
        for one in taken
        if one.fate is Fate.COPY
    ]


def _mended(visit: Good, standing: set[str], taken: Sequence[Taken]) -> set[str]:
    """Return the places that are good now: read again, or no longer there."""
    if visit.harvest.same:
        return set()
    if visit.source.kind != "folder":  # read as a whole
        return standing
    read_again = {one.locator for one in taken}
    present = visit.harvest.present
    return {
        place
        for place in standing
        if place in read_again or (present is not None and place not in present)
    }


def _untouched(visit: Good) -> int:
    """Return how many stories were not even looked at."""
    if visit.harvest.same:
        return len(visit.known)
    as_they_were = sum(
        _as_it_was(visit, one, stamp_mark(visit.source)) for one in visit.harvest.found
    )
    return visit.harvest.unchanged + as_they_were
