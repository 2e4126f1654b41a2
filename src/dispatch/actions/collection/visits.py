"""Visit one source: read it, keep what it brought, and say how it went.

A good visit is noted in the transaction of its last stories. A bad one, and one that
brought nothing new, is noted by `settle_visits` when the round is over:
only then it is known whether the fault was our own network's.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Generic, TypeVar

from dispatch.actions.collection import commits, keep_harvest, next_visit
from dispatch.actions.collection.calls import Call, Outcome, Round
from dispatch.actions.collection.keep_harvest import Good
from dispatch.actions.collection.next_visit import Seen
from dispatch.actions.collection.readers import READERS
from dispatch.actions.collection.recorder import Exchange, Recorder
from dispatch.collect import redirects
from dispatch.errors import SourceError
from dispatch.model import Errand, Harvest, SourceSettings, Validators
from dispatch.store import items, sources as known_sources
from dispatch.store.items import Item

V = TypeVar("V")

WHOLE = timedelta(days=7)  # no document is asked for conditionally for longer
LOST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
UNEXPECTED = "An unexpected error; the log has the details."

log = logging.getLogger(__name__)


def visit(call: Call, round_: Round) -> Outcome:
    """Visit one source; whatever it brings, the others go on.

    Raises StoreError when the database fails.
    """
    now = round_.clock.now()
    recorder = Recorder(round_.fetch, closed=call.closed, now=now)
    known = Lazy(lambda: _known(call, round_))
    try:
        address, harvest = _read(call, round_, recorder, known, now)
    except SourceError as error:
        return Outcome(call, now, tuple(recorder.exchanges), error=error)
    except Exception:  # a fault of ours that one source's input brought to light
        log.exception("source failed unexpectedly name=%s", call.source.name)
        broken = SourceError(UNEXPECTED)
        return Outcome(call, now, tuple(recorder.exchanges), error=broken)
    exchanges = tuple(recorder.exchanges)
    seen = Seen(address, exchanges)
    good = next_visit.good(call, round_.store, harvest, seen, now=now)
    if _brought_nothing(harvest):
        return Outcome(call, now, exchanges, good=good)
    report = keep_harvest.keep(
        Good(
            store=round_.store,
            source=call.source,
            state=call.state,
            known=known,
            harvest=harvest,
            priorities=round_.priorities,
            authority=round_.authority,
            now=now,
            note=lambda tx, told: known_sources.succeeded(
                tx, replace(good, harvest=told)
            ),
        )
    )
    return Outcome(call, now, exchanges, report=report)


class Lazy(Mapping[str, V], Generic[V]):
    """A mapping that is only made when somebody looks into it.

    Most visits find nothing new and never ask what the source ever showed.
    """

    def __init__(self, make: Callable[[], Mapping[str, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, V]:
        return self._make()

    def __getitem__(self, key: str) -> V:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _known(call: Call, round_: Round) -> dict[str, Item]:
    with round_.store.read() as tx:
        return items.known(tx, call.source.name)


def _stamps(source: SourceSettings, known: Mapping[str, Item]) -> dict[str, str]:
    """Return the stamps of what was read under the rules of today."""
    mark = keep_harvest.stamp_mark(source)
    return {
        one.locator: one.stamp.removeprefix(mark)
        for one in known.values()
        if one.stamp.startswith(mark)
    }


def _brought_nothing(harvest: Harvest) -> bool:
    """Whether nothing is to be stored but that the visit was good."""
    brought = (harvest.found, harvest.problems, harvest.present, harvest.gone)
    return harvest.same and not any(brought) and harvest.present is None


def _read(
    call: Call,
    round_: Round,
    recorder: Recorder,
    known: Mapping[str, Item],
    now: datetime,
) -> tuple[str, Harvest]:
    """Read the source where it is; return its address too.

    An address that is lost or gone is tried where it used to lead, or where it was
    before it moved.
    """

    def attempt(address: str) -> Harvest:
        return _checked(
            call.source,
            known,
            READERS[call.source.kind](
                Errand(
                    source=replace(call.source, url=address),
                    fetch=recorder,
                    now=now,
                    timezone=call.source.timezone or round_.site.timezone,
                    language=round_.site.language,
                    known=Lazy(lambda: _stamps(call.source, known)),
                    validators=_validators(call, address, now),
                    cursor=call.state.cursor,
                    commits=commits.first_seen,
                )
            ),
        )

    address = call.address
    try:
        return address, attempt(address)
    except SourceError:
        other = redirects.elsewhere(
            call.source.url, address, next_visit.trail(call.state)
        )
        if not other or not _lost(recorder.exchanges):
            raise
        try:
            return other, attempt(other)
        except SourceError:
            log.debug("source is not elsewhere either name=%s", call.source.name)
        raise


def _lost(exchanges: Sequence[Exchange]) -> bool:
    return bool(exchanges) and exchanges[-1].status in LOST


def _checked(
    source: SourceSettings, known: Mapping[str, Item], harvest: Harvest
) -> Harvest:
    """Refuse an empty folder that was full. Raises SourceError."""
    if harvest.present is None or harvest.present:
        return harvest
    here = sum(one.missing_since is None for one in known.values())
    if here:
        raise SourceError(
            f"{source.path} is empty, though {here} stories came from there. They "
            "stay published. Is the right disk mounted?"
        )
    return harvest


def _validators(call: Call, address: str, now: datetime) -> Validators:
    """Return what may be asked with: validators belong to one address and our rules.

    Once a week a document is asked for whole: some servers answer 304 for ever.
    """
    known, courtesy = call.state.validators, call.state.courtesy
    if courtesy.validators_for != next_visit.mark(call.source, address):
        return Validators()
    if courtesy.full_at is None or now - courtesy.full_at >= WHOLE:
        return Validators(body_hash=known.body_hash)
    return known
