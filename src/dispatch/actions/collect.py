"""Visit the sources and store what they bring.

A source that cannot be read is named, tried again later, and delays no other.
Stories are stored in small units; what a conditional GET needs is stored together
with the last of them, so that a crash in between means one more full visit and
never a lost story.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.actions import keep_harvest
from dispatch.actions.collect_report import CollectReport, SourceReport
from dispatch.actions.keep_harvest import Good
from dispatch.actions.readers import READERS
from dispatch.errors import SourceError, UsageError
from dispatch.model import (
    Clock,
    Errand,
    Fetch,
    Harvest,
    SiteSettings,
    SourceSettings,
    SourceState,
)
from dispatch.store import Store, items, sources as visits
from dispatch.store.items import Item

__all__ = ["CollectReport", "SourceReport", "collect"]

EVERY = timedelta(minutes=15)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What is the same for every source of one round."""

    store: Store
    fetch: Fetch
    site: SiteSettings
    authority: str
    sources: frozenset[str]
    now: datetime


def collect(
    store: Store,
    sources: Sequence[SourceSettings],
    fetch: Fetch,
    *,
    clock: Clock,
    site: SiteSettings,
    authority: str,
    only: str = "",
    force: bool = False,
) -> CollectReport:
    """Visit every source whose time has come; with `only`, just that one.

    `sources` are always all that are configured: a story belongs to the source that
    brought it first, as long as there is that source. `force` visits feeds before
    their time. Safe to repeat: a second visit changes nothing. Raises UsageError
    for an unknown `only`, StoreError when the database fails.
    """
    names = [source.name for source in sources]
    if only and only not in names:
        raise UsageError(
            f"There is no source named {only}. There are: {', '.join(names) or 'none'}."
        )
    reports = []
    for source in sources:
        if only in {"", source.name}:
            now = clock.now()
            round_ = Round(store, fetch, site, authority, frozenset(names), now)
            reports.append(_visit(source, round_, force=force))
    return CollectReport(tuple(reports))


def _visit(source: SourceSettings, round_: Round, *, force: bool) -> SourceReport:
    """Visit one source; whatever it brings, the others go on."""
    state, known = _remembered(source, round_)
    if source.kind != "folder" and not force and _too_early(state, round_.now):
        return SourceReport(source.name, visited=False)
    try:
        harvest = _read(source, round_, state, known)
    except SourceError as error:
        return _failed(source, round_, str(error))
    except Exception:  # a fault of ours that one source's input brought to light
        log.exception("source failed unexpectedly name=%s", source.name)
        return _failed(source, round_, "An unexpected error; the log has the details.")
    return keep_harvest.keep(
        Good(
            store=round_.store,
            source=source,
            state=state,
            known=known,
            harvest=harvest,
            sources=round_.sources,
            authority=round_.authority,
            now=round_.now,
        )
    )


def _remembered(
    source: SourceSettings, round_: Round
) -> tuple[SourceState, dict[str, Item]]:
    with round_.store.read() as tx:
        state = visits.state(tx, source.name)
        known = items.known(tx, source.name)
    if state is None or state.kind != source.kind:
        state = round_.store.write(
            lambda tx: visits.ensure(tx, source.name, source.kind, now=round_.now)
        )
    return state, known


def _too_early(state: SourceState, now: datetime) -> bool:
    return state.next_at is not None and now < state.next_at


def _read(
    source: SourceSettings, round_: Round, state: SourceState, known: Mapping[str, Item]
) -> Harvest:
    mark = keep_harvest.stamp_mark(source)
    harvest = READERS[source.kind](
        Errand(
            source=source,
            fetch=round_.fetch,
            now=round_.now,
            timezone=source.timezone or round_.site.timezone,
            language=round_.site.language,
            known={
                one.locator: one.stamp.removeprefix(mark)
                for one in known.values()
                if one.stamp.startswith(mark)
            },
            validators=state.validators,
            cursor=state.cursor,
        )
    )
    here = sum(one.missing_since is None for one in known.values())
    if here and harvest.present is not None and not harvest.present:
        raise SourceError(
            f"{source.path} is empty, though {here} stories came from there. They "
            "stay published. Is the right disk mounted?"
        )
    return harvest


def _failed(source: SourceSettings, round_: Round, error: str) -> SourceReport:
    every = timedelta(0) if source.kind == "folder" else source.every or EVERY
    state = round_.store.write(
        lambda tx: visits.failed(tx, source.name, error, now=round_.now, every=every)
    )
    return SourceReport(source.name, error=error, failures=state.failures)
