"""Plan every READY issue: freeze its audience into deliveries, and let them go.

Runs in chunks, each one transaction with its books and marks, so that it can be
killed anywhere and repeated: what was planned stays planned, nobody is planned twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.actions import refit
from dispatch.actions.variants import variant_for
from dispatch.compose.press import Press
from dispatch.errors import DispatchError
from dispatch.model import Choice, Clock, Issue, IssueState, NewsletterSettings
from dispatch.store import Store, Tx, audience, issues, mailings
from dispatch.text import address


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What was planned: issue → recipients; and what could not be, with reasons."""

    planned: tuple[tuple[str, int], ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every READY issue was planned."""
        return not self.errors

    def lines(self) -> list[str]:
        """Say it in sentences; nothing at all when there was nothing to plan."""
        told = [
            f"Issue {issue}: planned for {_recipients(count)}."
            for issue, count in self.planned
        ]
        return [*told, *self.errors]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        return {"planned": dict(self.planned), "errors": list(self.errors)}


def plan_ready(
    store: Store,
    press: Press,
    newsletters: Sequence[NewsletterSettings],
    *,
    clock: Clock,
) -> PlanReport:
    """Plan every READY issue and let it be sent. One issue's failure stops no other.

    An issue whose newsletter is no longer configured is left as it is.
    """
    report = PlanReport()
    configured = {newsletter.name: newsletter for newsletter in newsletters}
    with store.read() as tx:
        waiting = issues.in_state(tx, IssueState.READY, IssueState.PLANNED)
    for issue in waiting:
        newsletter = configured.get(issue.newsletter)
        if newsletter is None:
            continue
        try:
            count = _plan(store, press, issue, newsletter, clock)
        except (DispatchError, ValueError) as error:
            failed = f"Issue {issue.id} cannot be planned: {error}"
            report = replace(report, errors=(*report.errors, failed))
        else:
            report = replace(report, planned=(*report.planned, (issue.id, count)))
    return report


def _plan(
    store: Store,
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    clock: Clock,
) -> int:
    """Plan one issue to its end; return how many will get it."""
    sender = address.sender(newsletter.sender).address
    mailing = store.write(
        lambda tx: mailings.open_issue_mailing(
            tx, issue, sender=sender, on_unknown=newsletter.on_unknown
        )
    )
    bodies: dict[Choice, str] = {}

    def unit(tx: Tx) -> audience.Chunk:
        return audience.plan_chunk(tx, issue, mailing, bodies)

    while not (chunk := store.write(unit)).finished:
        for choice in sorted(chunk.missing, key=lambda asked: asked.key):
            made = variant_for(store, press, issue, newsletter, choice, now=clock.now())
            bodies[choice] = made.body if made else ""
    with store.read() as tx:
        old = refit.outdated(tx, issue)  # planned before a story went
    refit.fit(store, press, issue, newsletter, old, clock=clock)
    return store.write(lambda tx: _let_go(tx, issue))


def _let_go(tx: Tx, issue: Issue) -> int:
    """Release a planned issue, unless a story has gone meanwhile."""
    if not refit.outdated(tx, issue):
        mailings.start_sending(tx, issue.id)
    mailings.finish(tx)  # an issue that nobody gets is done
    return mailings.issue_tally(tx, issue.id).planned


def _recipients(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"
