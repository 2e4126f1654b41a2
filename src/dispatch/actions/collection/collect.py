"""Visit the sources and store what they bring.

A source that cannot be read is named, tried again later, and delays no other. One
round: `due` says whom to visit, `visits.visit` visits, `settle_visits.settle` writes
down how it went. `collect` does all three, one source after the other; the daemon
visits side by side (`worker.gather`).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from dispatch.actions.collection import settle_visits, visits
from dispatch.actions.collection.calls import Call, Outcome, Round
from dispatch.actions.collection.collect_report import CollectReport, SourceReport
from dispatch.actions.collection.recorder import clock as said
from dispatch.errors import UsageError
from dispatch.model import Clock, Fetch, SiteSettings, SourceSettings, SourceState
from dispatch.store import Store, Tx, hosts, sources as known_sources

__all__ = ["CollectReport", "SourceReport", "Starting", "Urgency", "collect", "due"]

Starting = Callable[[str, int, int], None]
"""Told before each visit: the source's name, which visit it is, and of how many."""


class Urgency(IntEnum):
    """Why sources are visited, and so what may keep us from it."""

    DUE = 0  # only those whose time has come
    FRESH = 1  # whatever their interval: an edition is about to be made
    ASKED = 2  # an operator names it: nothing keeps us


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to visit, and who is left alone, with the reason where it is one."""

    calls: tuple[Call, ...] = ()
    left: tuple[SourceReport, ...] = ()


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
    starting: Starting | None = None,
) -> CollectReport:
    """Visit every source whose time has come; with `only`, just that one.

    `sources` are always all that are configured: a story belongs to the source that
    brought it first, as long as there is that source. `force` visits feeds before
    their time, but for servers that asked to be left alone; with `only`, those too.
    `starting` is told of each visit. Safe to repeat: a second visit changes nothing.
    Raises UsageError for an unknown `only`, StoreError when the database fails.
    """
    names = [source.name for source in sources]
    if only and only not in names:
        raise UsageError(
            f"There is no source named {only}. There are: {', '.join(names) or 'none'}."
        )
    round_ = Round(store, fetch, site, authority, tuple(sources), clock)
    urgency = Urgency(force + bool(force and only))
    plan = due(round_, urgency=urgency, only=only)
    outcomes: list[Outcome] = []
    try:
        for number, call in enumerate(plan.calls, start=1):
            if starting is not None:
                starting(call.source.name, number, len(plan.calls))
            outcomes.append(visits.visit(call, round_))
    finally:
        settled = settle_visits.settle(round_, outcomes)
    reports = {one.name: one for one in (*plan.left, *settled.sources)}
    ordered = tuple(reports[name] for name in names if name in reports)
    return CollectReport(ordered, remarks=settled.remarks)


def due(round_: Round, *, urgency: Urgency, only: str = "") -> Plan:
    """Say whom to visit now, from one reading of the store."""
    now = round_.clock.now()
    with round_.store.read() as tx:
        states = {one.name: one for one in known_sources.states(tx)}
        closed = {
            name: one.not_before
            for name, one in hosts.closed(tx).items()
            if one.not_before > now
        }
    wanted = [one for one in round_.configured if only in {"", one.name}]
    _introduce(round_, wanted, states, now)
    calls, left = [], []
    for source in wanted:
        shut = {} if urgency >= Urgency.ASKED else closed
        call = Call(source, states[source.name], shut)
        why = _why_not(call, urgency, now)
        if why is None:
            calls.append(call)
        else:
            left.append(SourceReport(source.name, visited=False, left=why))
    return Plan(tuple(calls), tuple(left))


def _introduce(
    round_: Round,
    wanted: Sequence[SourceSettings],
    states: dict[str, SourceState],
    now: datetime,
) -> None:
    """Note the sources that are new, and those that have another address."""
    fresh = [one for one in wanted if _is_news(one, states.get(one.name))]
    if not fresh:
        return

    def unit(tx: Tx) -> None:
        for source in fresh:
            state = known_sources.ensure(tx, source.name, source.kind, now=now)
            address, before = _address(source), state.courtesy.address
            if address != before:
                states[source.name] = known_sources.readdress(
                    tx, source.name, address, keep=not before
                )
            else:
                states[source.name] = state

    round_.store.write(unit)


def _is_news(source: SourceSettings, state: SourceState | None) -> bool:
    if state is None or state.kind != source.kind:
        return True
    return state.courtesy.address != _address(source)


def _address(source: SourceSettings) -> str:
    """Return the mark of where a source is; an address may hold a password."""
    parts = (source.kind, source.url, source.host, source.username, source.mailbox)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _why_not(call: Call, urgency: Urgency, now: datetime) -> str | None:
    """Say why a source is left alone; an empty text for "not yet", None for a visit."""
    state = call.state
    if call.source.kind == "folder" or urgency >= Urgency.ASKED:
        return None
    fresh = urgency >= Urgency.FRESH
    if not fresh and state.next_at is not None and now < state.next_at:
        return ""
    if state.gone_at is not None:
        return "it is gone for good (410)." if fresh else ""
    if call.host in call.closed:
        return f"{call.host} is left alone until {said(call.closed[call.host])}."
    return None
