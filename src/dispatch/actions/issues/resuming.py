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

    Raises UsageError for one that waits for nothing; TemplateError leaves it as it is.
    """
    if issue.state is IssueState.PAUSED and issue.replaced:
        replacing.settle_old(store, issue)
    if not _waits(issue):
        issue = refit.resume_issue(store, press, configured, issue, clock=clock)

    def unit(tx: Tx) -> None:
        departures.let_go(tx, issue.id)
        mailings.start_sending(tx, issue.id)

    store.write(unit)
    if issue.canary:
        depart.release(store, issue.id)
    return find_issue(store, issue.id)


def _waits(issue: Issue) -> bool:
    """Whether it is under way, and something but an operator keeps it back."""
    undo = issue.state is IssueState.PLANNED and issue.leaves_at is not None
    return undo or (issue.state is IssueState.SENDING and issue.canary > 0)
