"""Keep what a good visit brought: stories, names that are gone, faults, validators.

Stories are stored in small units; what a conditional GET needs is stored together
with the last of them, so that a crash in between means one more full visit and
never a lost story.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch import __version__
from dispatch.actions.collection import intake as intakes, missing, storm_watch
from dispatch.actions.collection.collect_report import SourceReport
from dispatch.actions.collection.intake import CHUNK, Arrival, Fate, Intake, Taken
from dispatch.actions.collection.take_in import take_in
from dispatch.collect import identity, match, storm
from dispatch.errors import StoreError
from dispatch.model import (
    Collected,
    Harvest,
    Problem,
    SourceSettings,
    SourceState,
    Validators,
)
from dispatch.store import Store, Tx, holds, problems, sources as visits
from dispatch.store.items import Item
from dispatch.text import fingerprints

AWAY = timedelta(days=7)  # a source that was not even asked for so long starts anew


@dataclass(frozen=True, slots=True)
class Good:
    """A visit that succeeded, and what was known of the source before it.

    `priorities` has every source that is configured. `note` writes down, with the
    last stories, that the visit was good, and what of it the next one is told.
    """

    store: Store
    source: SourceSettings
    state: SourceState
    known: Mapping[str, Item]
    harvest: Harvest
    priorities: Mapping[str, int]
    authority: str
    now: datetime
    note: Callable[[Tx, Harvest], None]


def keep(visit: Good) -> SourceReport:
    """Store what a visit brought; say what became of it.

    While a storm holds the source, or when this visit brings one, stories that are
    nobody's are parked.
    """
    arrivals = _arrivals(visit)
    intake = _watched(visit, arrivals, _intake(visit))
    taken: list[Taken] = []
    refused: list[Problem] = []
    while len(arrivals) > CHUNK:
        _store(visit, arrivals[:CHUNK], intake, taken, refused)
        arrivals = arrivals[CHUNK:]
    return _store_last(visit, arrivals, intake, taken, refused)


def _watched(visit: Good, arrivals: Sequence[Arrival], intake: Intake) -> Intake:
    """Look out for a storm; return the terms that it leaves."""
    last = visit.state.last_success_at
    if visit.state.held_at is not None:
        return replace(intake, parking=True)
    if last is None or intake.baseline or len(arrivals) < storm.FEWEST:
        return intake
    view = storm_watch.View(
        visit.harvest, intake.visit, visit.known.keys(), last, visit.now
    )
    with visit.store.read() as tx:
        found = storm_watch.look(tx, arrivals, view)
    return replace(intake, pairs=found.pairs, parking=found.storm, storm=found.why)


def stamp_mark(source: SourceSettings) -> str:
    """Return what a stamp begins with: items read under other rules are read again."""
    rules = (
        *(__version__, source.section, source.language, source.generated_headlines),
        *(source.timezone, source.future, source.require_ready, source.commit_dates),
    )
    return hashlib.sha256(repr(rules).encode()).hexdigest()[:8] + ":"


def _arrivals(visit: Good) -> list[Arrival]:
    """Return what is new or not as it was."""
    mark = stamp_mark(visit.source)
    found = identity.distinct([identity.complete(one) for one in visit.harvest.found])
    return [
        Arrival(
            one,
            mark + one.stamp,
            intakes.random_part(),
            intakes.undated_in_order(visit.now, index),
        )
        for index, one in enumerate(found)
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
    return Intake(
        visit=match.Visit(
            source=visit.source.name,
            present=_present(visit),
            bodies={
                one.locator: fingerprints.fingerprint(one.content.html) for one in found
            },
            sources=frozenset(visit.priorities),
            priorities=visit.priorities,
        ),
        terms=intakes.terms(visit.source),
        authority=visit.authority,
        now=visit.now,
        baseline=_starts_quietly(visit),
        old_before=intakes.old_before(visit.source, visit.state.last_success_at),
    )


def _starts_quietly(visit: Good) -> bool:
    """Whether what is there now is no news: first contact, or as good as that.

    A source that failed for a week was asked all the time and is known; one that was
    not asked had been taken out of the configuration, or nothing ran.
    """
    asked = visit.state.last_attempt_at
    anew = visit.state.last_success_at is None or (
        asked is not None and visit.now - asked > AWAY
    )
    return anew and visit.source.first_contact == "baseline"


def _present(visit: Good) -> frozenset[str]:
    """Return every name that the source shows now, as far as that can be known."""
    if visit.harvest.present is not None:
        return visit.harvest.present
    shown = frozenset(one.locator for one in visit.harvest.found)
    # Of a folder that could not be listed whole, nothing is known to be gone.
    # Neither of a source that tells only what is new since its cursor.
    partly = visit.source.kind == "folder" or visit.harvest.cursor
    return shown | visit.known.keys() if partly else shown


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
        if intake.storm:
            holds.hold(tx, visit.source.name, intake.storm, now=visit.now)
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
    gone = missing.note(tx, _absence(visit), now=now)
    told = [*visit.harvest.problems, *refused, *_copies(visit, taken)]
    standing = {one.where for one in problems.standing(tx, name)}
    fresh = problems.settle(
        tx, name, told, now=now, gone=_mended(visit, standing, taken)
    )
    visit.note(tx, _unproven(visit) if refused else visit.harvest)
    fates = Counter(one.fate for one in taken)
    return SourceReport(
        name,
        new=fates[Fate.NEW],
        changed=fates[Fate.CHANGED],
        unchanged=fates[Fate.UNCHANGED] + _untouched(visit),
        copies=fates[Fate.COPY],
        drafts=fates[Fate.DRAFT],
        waiting=visit.harvest.waiting,
        parked=fates[Fate.PARKED],
        missing=gone,
        problems=fresh,
        known_problems=len(problems.standing(tx, name)) - len(fresh),
    )


def _unproven(visit: Good) -> Harvest:
    """Return the harvest without what would tell the next visit that all is known.

    A story that the database refused comes again only if its source is read again.
    The cursor of a source that tells what is new goes on all the same: one story must
    not keep back all that come after it.
    """
    harvest = replace(visit.harvest, validators=Validators())
    if harvest.present is None:
        return harvest
    return replace(harvest, cursor=visit.state.cursor)


def _absence(visit: Good) -> missing.Absence:
    return missing.Absence(
        visit.source, visit.known, visit.harvest.present, visit.harvest.gone
    )


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
    mark = stamp_mark(visit.source)
    as_they_were = sum(_as_it_was(visit, one, mark) for one in visit.harvest.found)
    return visit.harvest.unchanged + as_they_were
