"""Plan every READY issue: freeze its audience into deliveries, and let them go.

Runs in chunks, each one transaction with its books and marks, so that it can be
killed anywhere and repeated: what was planned stays planned, nobody is planned twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dispatch.actions.issues import preflight, proofing, refit
from dispatch.actions.issues.depart import DepartReport, watch_canaries
from dispatch.actions.issues.variants import variant_for
from dispatch.compose import cadence, edits as editors, precedence
from dispatch.compose.press import Press
from dispatch.errors import DispatchError
from dispatch.model import (
    Choice,
    Clock,
    Departure,
    Issue,
    IssueState,
    NewsletterSettings,
)
from dispatch.store import (
    Store,
    Tx,
    audience,
    carrying,
    edits,
    elsewhere,
    entries,
    issues,
    mailings,
    tallies,
)
from dispatch.store.elsewhere import Elsewhere
from dispatch.text import address

MOST, FEW = 500, 200  # readers of one unit; few where their mails are looked at


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What was planned: issue → recipients; and what could not be, with reasons."""

    planned: tuple[tuple[str, int], ...] = ()
    errors: tuple[str, ...] = ()
    waiting: tuple[tuple[str, datetime], ...] = ()  # planned, in their undo window
    departed: DepartReport = field(default_factory=DepartReport)

    @property
    def ok(self) -> bool:
        """Whether every READY issue was planned, and no canary is in trouble."""
        return not self.errors and self.departed.ok

    def lines(self) -> list[str]:
        """Say it in sentences; nothing at all when there was nothing to plan."""
        told = [
            f"Issue {issue}: planned for {_recipients(count)}."
            for issue, count in self.planned
        ]
        told += [_undo(issue, moment) for issue, moment in self.waiting]
        return [*told, *self.departed.lines(), *self.errors]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {
            "planned": dict(self.planned),
            "errors": list(self.errors),
            "waiting": {id_: at.isoformat() for id_, at in self.waiting},
            "departures": self.departed.to_json(),
        }


def plan_ready(
    store: Store,
    press: Press,
    newsletters: Sequence[NewsletterSettings],
    *,
    clock: Clock,
) -> PlanReport:
    """Plan every READY issue and let it be sent. One issue's failure stops no other.

    An issue whose newsletter is no longer configured is left as it is. One with an
    undo window leaves when that is over, the rest of one with a canary when it was
    quiet: see `actions.issues.depart`.
    """
    report = PlanReport()
    configured = {newsletter.name: newsletter for newsletter in newsletters}
    with store.read() as tx:
        waiting = issues.in_state(tx, IssueState.READY, IssueState.PLANNED)
    for issue in precedence.in_order(waiting, configured):
        newsletter = configured.get(issue.newsletter)
        if newsletter is None:
            continue
        with store.read() as tx:
            if not _may_leave(tx, newsletter, issue, clock.now()):
                continue
        if why := _hold(store, press, newsletter, issue, clock.now()):
            report = replace(report, errors=(*report.errors, why))
            continue
        try:
            after = _plan(store, press, issue, newsletter, clock)
        except (DispatchError, ValueError) as error:
            failed = f"Issue {issue.id} cannot be planned: {error}"
            report = replace(report, errors=(*report.errors, failed))
        else:
            report = _with(report, issue, after)
    departed = watch_canaries(store, newsletters, clock=clock)
    return replace(report, departed=departed)


def _with(report: PlanReport, before: Issue, after: Issue) -> PlanReport:
    if before.state is IssueState.READY or after.state is not IssueState.PLANNED:
        told = (*report.planned, (after.id, after.planned or 0))
        report = replace(report, planned=told)
    if after.state is IssueState.PLANNED and after.leaves_at:
        waiting = (*report.waiting, (after.id, after.leaves_at))
        report = replace(report, waiting=waiting)
    return report


def _may_leave(
    tx: Tx, newsletter: NewsletterSettings, issue: Issue, now: datetime
) -> bool:
    """Whether the time has come that the editors were told, and they were told."""
    if issue.state is not IssueState.READY or issue.leaves_at is None:
        return True
    return issue.leaves_at <= now and proofing.may_leave(tx, newsletter, issue)


def _hold(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    issue: Issue,
    now: datetime,
) -> str:
    """Hold an issue that must not leave after all; return what is to be said of it."""
    if issue.state is not IssueState.READY:
        return ""
    why = preflight.at_release(store, press, newsletter, issue, now=now)
    if not why:
        return ""

    def unit(tx: Tx) -> bool:
        begun = issues.planning(tx, issue.id)  # by another process, meanwhile
        return not begun and issues.hold(tx, issue.id, why, now=now)

    return f"Issue {issue.id} is held: {why}" if store.write(unit) else ""


def _plan(
    store: Store,
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    clock: Clock,
) -> Issue:
    """Plan one issue to its end; return it as it is then."""
    departure = Departure(newsletter.undo, newsletter.canary)
    sender = address.sender(newsletter.sender).address
    mailing = store.write(
        lambda tx: mailings.open_issue_mailing(
            tx, issue, sender=sender, on_unknown=newsletter.on_unknown
        )
    )
    begun = cadence.begun(issue.slot, newsletter.timezone or press.site.timezone)
    others = _elsewhere(store, newsletter, issue)
    bodies: dict[Choice, str] = {}

    def unit(tx: Tx) -> audience.Chunk:
        chunk = audience.plan_chunk(
            tx,
            issue,
            mailing,
            bodies,
            begun=begun,
            others=others,
            most=FEW if others.mailings else MOST,
            departure=departure,
        )
        if chunk.finished:
            _postpone(tx, issue, clock.now())
        return chunk

    while not (chunk := store.write(unit)).finished:
        for choice in sorted(chunk.missing, key=lambda asked: asked.key):
            made = variant_for(store, press, issue, newsletter, choice, now=clock.now())
            bodies[choice] = made.body if made else ""
    with store.read() as tx:
        old = refit.outdated(tx, issue)  # planned before a story went
    refit.fit(store, press, issue, newsletter, old, clock=clock)
    return store.write(lambda tx: _let_go(tx, issue))


def _elsewhere(store: Store, newsletter: NewsletterSettings, issue: Issue) -> Elsewhere:
    """Return the mails by which readers may have had this issue's stories."""
    if not newsletter.not_if_in:
        return Elsewhere()
    with store.read() as tx:
        places = elsewhere.places(
            tx, issue.newsletter, issue.to_position, slot=issue.slot
        )
        return elsewhere.read(tx, newsletter.not_if_in, places, slot=issue.slot)


def _postpone(tx: Tx, issue: Issue, now: datetime) -> None:
    """Give what editors dropped from this issue a place in the next; once."""
    current = issues.by_id(tx, issue.id)
    if current is None or current.state in issues.UNPLANNED:
        return  # it is composed anew, and its editors may think better of it
    if issues.was_covered(tx, issue):
        return  # all others had these stories, and are not to have them again
    dropped = editors.fold(edits.of_issue(tx, issue.id)).postponed
    for place in entries.between(
        tx, issue.newsletter, issue.from_position, issue.to_position
    ):
        if place.article in dropped:
            carrying.place_anew(tx, issue.newsletter, place.article, now=now)


def _let_go(tx: Tx, issue: Issue) -> Issue:
    """Release a planned issue, unless a story has gone, or it can be called back."""
    if not refit.outdated(tx, issue):
        mailings.start_sending(tx, issue.id)
    tallies.finish(tx)  # an issue that nobody gets is done
    return issues.by_id(tx, issue.id) or issue


def _undo(issue: str, leaves_at: datetime) -> str:
    return (
        f"Issue {issue} leaves at {leaves_at:%H:%M:%S} UTC; until then it can be "
        f"called back whole: dispatch issue cancel {issue}"
    )


def _recipients(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"
