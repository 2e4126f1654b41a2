"""Settle a round of visits: what is counted against whom, and when to come again.

When most hosts cannot be reached at once, our own network is down: that is said
once and counted against nobody. What one address of a host asks for holds for all
sources there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from dispatch.actions.collection.calls import Call, Outcome, Round
from dispatch.actions.collection.collect_report import CollectReport, SourceReport
from dispatch.actions.collection.recorder import Exchange, clock
from dispatch.collect import limits, outage, outlook, redirects
from dispatch.collect.outage import Contact
from dispatch.errors import UnreachableError
from dispatch.store import Tx, hosts, problems, rhythms, sources as known_sources
from dispatch.store.hosts import Closed

SOON = timedelta(minutes=2)  # after an outage of ours
BAD = 400  # and above
DOWN = (
    "Nothing could be reached ({example}): our own network or its name service seems "
    "to be down. It is counted against no source."
)
UP = "The network carries again."


@dataclass(slots=True)
class Books:
    """What a round has come to, before it is written down."""

    down: bool
    up: bool  # again, after an outage that was known before
    closed: Mapping[str, Closed]
    reports: dict[str, SourceReport] = field(default_factory=dict)


def settle(round_: Round, outcomes: Sequence[Outcome]) -> CollectReport:
    """Write down how visits went, all in one transaction; say it.

    Raises StoreError when the database fails: then the visits are made again.
    """
    if not outcomes:
        return CollectReport()
    with round_.store.read() as tx:
        since, closed = hosts.outage(tx), hosts.closed(tx)
        quiet = frozenset(one.call.source.name for one in outcomes if one.good)
        shown = rhythms.shown(tx, quiet) if quiet else {}
        known = Counter(one.source for one in problems.standing(tx)) if quiet else {}
    up = since is not None and any(_reached(one) for one in outcomes)
    books = Books(_down(outcomes, since), up, closed)
    if _worth_a_write(outcomes, books):
        round_.store.write(lambda tx: _write(tx, round_, outcomes, books))
    for one in outcomes:
        name = one.call.source.name
        if one.good:
            books.reports[name] = SourceReport(
                name,
                unchanged=shown.get(name, 0),
                waiting=one.good.harvest.waiting,
                known_problems=known.get(name, 0),
            )
        elif one.report:
            books.reports[name] = one.report
    reports = tuple(books.reports[one.call.source.name] for one in outcomes)
    return CollectReport(reports, remarks=_remarks(outcomes, books))


def _worth_a_write(outcomes: Sequence[Outcome], books: Books) -> bool:
    return (
        books.up
        or bool(books.closed)
        or any(one.good or one.error or _limits(one) for one in outcomes)
    )


def _write(tx: Tx, round_: Round, outcomes: Sequence[Outcome], books: Books) -> None:
    if books.down:
        hosts.outage_began(tx, now=outcomes[0].now)
    elif books.up:
        hosts.outage_ended(tx)
    known_sources.succeeded(tx, *(one.good for one in outcomes if one.good))
    for one in outcomes:
        if one.error:
            spared = books.down and _lost(one) is not None
            report = _spare(tx, one) if spared else _count(tx, one)
            books.reports[report.name] = report
    _note_hosts(tx, round_, outcomes, books)


def _spare(tx: Tx, outcome: Outcome) -> SourceReport:
    """Note a visit that failed for our own network: it is soon made again."""
    name = outcome.call.source.name
    why = "our own network seems to be down"
    known_sources.postponed(tx, [name], now=outcome.now, wait=SOON, why=why)
    return SourceReport(name, error=str(outcome.error), counted=False)


def _count(tx: Tx, outcome: Outcome) -> SourceReport:
    """Count a visit that failed against its source."""
    source, now = outcome.call.source, outcome.now
    name, error = source.name, str(outcome.error)
    state = known_sources.state(tx, name)
    before = state.failures if state else 0
    every = timedelta(0) if source.kind == "folder" else source.every
    due = outlook.after_failure(name, every=every, failures=before + 1, now=now)
    failures = known_sources.failed(
        tx, name, error, now=now, next_at=due.at, why=due.why
    )
    if _is_gone(outcome):
        known_sources.gone(tx, name, now=now)
    return SourceReport(name, error=error, failures=failures)


def _is_gone(outcome: Outcome) -> bool:
    """Whether the source itself answered 410: it wants never to be asked again.

    What a temporary redirect led to says nothing of the source, and the last request
    but one only counts when the last was for where the source may be instead.
    """
    address = outcome.call.address
    last, before = outcome.exchanges[-1:], outcome.exchanges[-2:-1]
    return any(_says_gone(one) and one.asked.startswith(address) for one in last) or (
        any(_says_gone(one) and one.asked == address for one in before)
    )


def _says_gone(exchange: Exchange) -> bool:
    hops = exchange.answer.hops if exchange.answer else ()
    lasting = all(hop.status in redirects.PERMANENT for hop in hops)
    return exchange.status == HTTPStatus.GONE and lasting


def _note_hosts(
    tx: Tx, round_: Round, outcomes: Sequence[Outcome], books: Books
) -> None:
    """Close the hosts that asked for quiet, and open those that answer well again."""
    limited: dict[str, tuple[datetime, str]] = {}
    for outcome in outcomes:
        for exchange, limit in _limits(outcome):
            earlier = books.closed.get(exchange.host)
            until = limit.until(outcome.now, strikes=earlier.strikes if earlier else 0)
            limited[exchange.host] = max(
                (until, limit.why), limited.get(exchange.host, (until, limit.why))
            )
    for host, (until, why) in limited.items():
        hosts.close(tx, host, until=until, why=why)
        _wait_for(tx, round_, host, until, why)
    well = {
        exchange.host
        for outcome in outcomes
        for exchange in outcome.exchanges
        if 0 < exchange.status < BAD
    }
    for host in books.closed.keys() & well - limited.keys():
        hosts.reopen(tx, host)


def _wait_for(tx: Tx, round_: Round, host: str, until: datetime, why: str) -> None:
    """Put off every source at that host."""
    states = {one.name: one for one in known_sources.states(tx)}
    told = f"{host} asked to be left alone until {clock(until)}: {why}"
    for source in round_.configured:
        state = states.get(source.name)
        if state is None or Call(source, state, {}).host != host:
            continue
        planned = state.next_at or until
        if planned <= until or state.failures:
            known_sources.put_off(tx, source.name, until=max(planned, until), why=told)


def _limits(outcome: Outcome) -> list[tuple[Exchange, limits.Limit]]:
    """Return what hosts asked for during a visit, in words or by a sudden 403."""
    found = [
        (exchange, limit)
        for exchange in outcome.exchanges
        if exchange.answer
        and (limit := limits.asked_for(exchange.answer, now=outcome.now))
    ]
    last = outcome.exchanges[-1] if outcome.exchanges else None
    well_since = outcome.call.state.last_success_at
    if outcome.error and not found and last and last.answer:
        answer = last.answer
        if limits.suspected(answer, well_since=well_since, now=outcome.now):
            found.append((last, limits.SUSPECTED))
    return found


def _down(outcomes: Sequence[Outcome], since: datetime | None) -> bool:
    """Whether our own network is down, or still is."""
    if since is not None:
        tried = [one for one in outcomes if one.exchanges or _lost(one)]
        return bool(tried) and not any(_reached(one) for one in tried)
    return outage.is_ours(contact for one in outcomes for contact in _contacts(one))


def _contacts(outcome: Outcome) -> list[Contact]:
    steady = outcome.call.state.failures == 0
    if outcome.exchanges:
        return [
            Contact(
                one.host,
                reached=one.answer is not None or one.lost is None,
                nearby=one.lost is not None and one.lost.nearby,
                steady=steady,
            )
            for one in outcome.exchanges
        ]
    host, lost = outcome.call.host, _lost(outcome)
    if not host or (outcome.error and lost is None):
        return []
    near = lost is not None and lost.nearby
    return [Contact(host, reached=lost is None, nearby=near, steady=steady)]


def _reached(outcome: Outcome) -> bool:
    return any(one.reached for one in _contacts(outcome))


def _lost(outcome: Outcome) -> UnreachableError | None:
    """Return the network failure that ended a visit."""
    if outcome.exchanges:
        return outcome.exchanges[-1].lost if outcome.error else None
    error = outcome.error
    return error if isinstance(error, UnreachableError) else None


def _remarks(outcomes: Sequence[Outcome], books: Books) -> tuple[str, ...]:
    if books.down:
        example = next((_lost(one) for one in outcomes if _lost(one)), None)
        return (DOWN.format(example=str(example).rstrip(".")),)
    return (UP,) if books.up else ()
