"""Let an issue go on: paused, waiting for its canary, or in its undo window."""

from collections.abc import Sequence

from dispatch.actions.issues import depart, refit, replacing
from dispatch.actions.issues.steering import find_issue
from dispatch.compose.press import Press
from dispatch.model import Clock, Issue, IssueState, NewsletterSettings
from dispatch.store import Store, Tx, departures, mailings


def resume(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    clock: Clock,
) -> Issue:
    """Let an issue go on now, with everybody who has not had it.

    One of which nothing has left yet begins with its canary all the same: to end an
    undo window, or to mend a story in it, is no word about the canary.

    Raises UsageError for one that waits for nothing; TemplateError leaves it as it is.
    """
    canary_first = issue.state is not IssueState.SENDING and _untouched(store, issue)
    if issue.state is IssueState.PAUSED and issue.replaced:
        replacing.settle_old(store, issue)
    if not _waits(issue):
        issue = refit.resume_issue(store, press, configured, issue, clock=clock)

    def unit(tx: Tx) -> None:
        departures.let_go(tx, issue.id)
        mailings.start_sending(tx, issue.id)
        if canary_first:
            departures.begin_with_canary(tx, issue.id)

    store.write(unit)
    if issue.canary and not canary_first:
        depart.release(store, issue.id)
    return find_issue(store, issue.id)


def _waits(issue: Issue) -> bool:
    """Whether it is under way, and something but an operator keeps it back."""
    undo = issue.state is IssueState.PLANNED and issue.leaves_at is not None
    return undo or (issue.state is IssueState.SENDING and issue.canary > 0)


def _untouched(store: Store, issue: Issue) -> bool:
    """Whether nobody of its canary has been tried yet."""
    with store.read() as tx:
        seen = departures.sample(tx, issue.id)
    return issue.canary > 0 and seen.untried == seen.tally.planned
