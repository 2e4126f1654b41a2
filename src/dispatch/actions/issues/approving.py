"""Approve an issue: write down who did, and let it go at its time.

The approval is durable before anything is composed, so that a crash in between
loses nothing: the next tick goes on.
"""

from collections.abc import Sequence

from dispatch.actions.issues import compose, steering
from dispatch.actions.issues.compose_report import ComposeReport
from dispatch.compose.press import Press
from dispatch.errors import UsageError
from dispatch.model import (
    Clock,
    Edit,
    EditKind,
    Issue,
    IssueState,
    NewsletterSettings,
)
from dispatch.store import Store, Tx, edits, issues, newsletters


def approve(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    clock: Clock,
    by: str = "operator",
    kind: EditKind = EditKind.APPROVE,
) -> ComposeReport:
    """Release a held issue, composing it anew when that had failed.

    It leaves at its slot, or at once when that is over or `kind` is SEND; its expiry
    counts from then. Raises UsageError when it is not held, or its newsletter is no
    longer in the config.
    """
    newsletter = steering.newsletter_of(configured, issue)
    now = clock.now()
    approved = Edit(
        issue.newsletter, kind, by, now, issue=issue.id, revision=issue.revision
    )
    store.write(lambda tx: _approve(tx, newsletter, approved))
    return compose.compose_issue(store, press, newsletter, issue.id, clock=clock)


def _approve(tx: Tx, newsletter: NewsletterSettings, edit: Edit) -> None:
    """Write an approval down and let the issue be composed: nothing can be lost."""
    newsletters.lock(tx, newsletter.name)
    issue = issues.by_id(tx, edit.issue)
    to_send = edit.kind is EditKind.SEND
    states = {IssueState.HELD, IssueState.READY} if to_send else {IssueState.HELD}
    if issue is None or issue.state not in states:
        state = issue.state if issue else "gone"
        raise UsageError(f"{edit.issue} is {state}, not held: nothing to approve.")
    if issue.revision != edit.revision:
        raise UsageError(
            f"{issue.id} was changed meanwhile: look at it again, then approve it."
        )
    edits.record(tx, edit)
    if to_send:
        issues.set_departure(tx, issue.id, edit.at)
    leaves_at = edit.at if to_send else max(edit.at, issue.slot)
    issues.set_expiry(tx, issue.id, leaves_at + newsletter.expires)
    if issue.state is IssueState.HELD:
        issues.change_state(
            tx, issue.id, IssueState.HELD, IssueState.DRAFT, now=edit.at
        )
