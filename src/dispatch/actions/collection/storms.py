"""Decide what a held source's new stories are: news, or what was there all along."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dispatch.actions.collection import intake as intakes
from dispatch.actions.collection.intake import CHUNK, Arrival, Fate, Intake
from dispatch.actions.collection.take_in import take_in
from dispatch.collect import match
from dispatch.errors import UsageError
from dispatch.model import Clock, SourceSettings, SourceState
from dispatch.store import Store, Tx, holds, parked, sources as known_sources
from dispatch.store.parked import Parked
from dispatch.text import fingerprints


@dataclass(frozen=True, slots=True)
class StormReport:
    """What became of the stories that a source had parked."""

    source: str
    answer: str  # "released" or "discarded"
    new: int = 0
    known: int = 0  # the stories of others after all

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return True

    def lines(self) -> list[str]:
        """Say it in sentences."""
        stories = f"{self.new} new stories were" if self.new != 1 else "1 new story was"
        told = {
            "released": f"{stories} taken in as news.",
            "discarded": f"{stories} recorded; no newsletter will carry them.",
        }[self.answer]
        more = f" {self.known} were known after all." if self.known else ""
        return [
            f"Source {self.source}: {told}{more} It is visited as before from now on."
        ]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "source": self.source,
            "answer": self.answer,
            "new": self.new,
            "known": self.known,
        }


def release(
    store: Store,
    name: str,
    *,
    sources: Sequence[SourceSettings],
    authority: str,
    clock: Clock,
) -> StormReport:
    """Take in what a held source has parked, as the news it is.

    Those dated more than 48 hours before the storm are published but not mailed, as
    on every visit. Raises UsageError when the source is not held.
    """
    return _settle(store, name, "released", sources, authority, clock)


def discard(
    store: Store,
    name: str,
    *,
    sources: Sequence[SourceSettings],
    authority: str,
    clock: Clock,
) -> StormReport:
    """Take in what a held source has parked as its baseline: recorded, never mailed.

    Raises UsageError when the source is not held.
    """
    return _settle(store, name, "discarded", sources, authority, clock)


def _settle(  # noqa: PLR0917 - private, and each is used once
    store: Store,
    name: str,
    answer: str,
    sources: Sequence[SourceSettings],
    authority: str,
    clock: Clock,
) -> StormReport:
    """Take in unit after unit; the source is let go with the last."""
    now = clock.now()
    source, state = _held(store, name, sources)
    intake = _intake(source, state, sources, authority, now)
    fates: Counter[Fate] = Counter()

    def unit(tx: Tx) -> tuple[list[Fate], bool]:
        known_sources.lock(tx)
        waiting = parked.of(tx, name, limit=CHUNK)
        terms = _terms(intake, waiting, baseline=answer == "discarded")
        taken = take_in(tx, [_arrival(one) for one in waiting], terms)
        parked.remove(tx, name, [one.story.locator for one in waiting])
        done = len(waiting) < CHUNK
        if done:
            holds.let_go(tx, name, answer, now=now)
        return [one.fate for one in taken], done

    done = False
    while not done:
        took, done = store.write(unit)
        fates.update(took)
    new = fates[Fate.NEW]
    return StormReport(name, answer, new=new, known=fates.total() - new)


def _held(
    store: Store, name: str, sources: Sequence[SourceSettings]
) -> tuple[SourceSettings, SourceState]:
    source = next((one for one in sources if one.name == name), None)
    if source is None:
        known = ", ".join(one.name for one in sources) or "none"
        raise UsageError(f"There is no source named {name}. There are: {known}.")
    with store.read() as tx:
        state = known_sources.state(tx, name)
    if state is None or state.held_at is None:
        raise UsageError(f"Source {name} is not held: there is nothing to decide.")
    return source, state


def _intake(
    source: SourceSettings,
    state: SourceState,
    sources: Sequence[SourceSettings],
    authority: str,
    now: datetime,
) -> Intake:
    return Intake(
        visit=match.Visit(
            source=source.name,
            present=frozenset(),
            bodies={},
            sources=frozenset(one.name for one in sources),
            priorities={one.name: one.priority for one in sources},
        ),
        terms=intakes.terms(source),
        authority=authority,
        now=now,
        old_before=intakes.old_before(source, state.held_at),
    )


def _terms(intake: Intake, waiting: Sequence[Parked], *, baseline: bool) -> Intake:
    """Return the terms of one unit; its stories are all still there, as far as known.

    Two that are alike are two, as they were when their source showed both.
    """
    stories = [one.story for one in waiting]
    visit = replace(
        intake.visit,
        present=frozenset(one.locator for one in stories),
        bodies={
            one.locator: fingerprints.fingerprint(one.content.html) for one in stories
        },
    )
    return replace(intake, visit=visit, baseline=baseline)


def _arrival(one: Parked) -> Arrival:
    published = one.story.published_at or one.parked_at
    return Arrival(one.story, one.stamp, intakes.random_part(), published)
