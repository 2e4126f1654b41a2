"""Pause and cancel: an operator's hand on issues; `actions.issues.refit` resumes."""

from collections.abc import Sequence
from datetime import datetime

from dispatch.actions.issues import slots
from dispatch.errors import UsageError
from dispatch.model import Clock, Issue, IssueState, NewsletterSettings
from dispatch.store import Store, Tx, issues, mailings, marks, newsletters

NEWEST = 100
UNSENT = (IssueState.DRAFT, IssueState.HELD, IssueState.READY, IssueState.PLANNED)


def find_issue(store: Store, reference: str) -> Issue:
    """Return the issue with this id; `last` is the newest, `next` the next to leave.

    Raises UsageError when there is none.
    """
    with store.read() as tx:
        if reference == "last":
            found = next(iter(issues.recent(tx, 1)), None)
        elif reference == "next":
            found = next(iter(issues.in_state(tx, *UNSENT)), None)
        else:
            found = issues.by_id(tx, reference)
        if found is not None:
            return found
        known = ", ".join(one.id for one in issues.recent(tx, 3))
    newest = f" The newest are: {known}." if known else " There is none yet."
    missing = {
        "next": "No issue is waiting to leave.",
        "last": "There is no last issue.",
    }.get(reference, f"There is no issue {reference!r}.")
    raise UsageError(missing + newest)


def newsletter_of(
    configured: Sequence[NewsletterSettings], issue: Issue
) -> NewsletterSettings:
    """Return the newsletter of an issue. Raises UsageError when it has gone."""
    for one in configured:
        if one.name == issue.newsletter:
            return one
    raise UsageError(
        f"{issue.id}: the newsletter {issue.newsletter} is not in config.toml."
    )


def pause_issue(store: Store, issue: Issue, *, clock: Clock) -> Issue:
    """Stop an issue that is planned or being sent: nobody new gets it until resumed."""
    if issue.state not in {IssueState.PLANNED, IssueState.SENDING}:
        raise UsageError(f"{issue.id} is {issue.state}, not sending: nothing to pause.")
    store.write(lambda tx: _change(tx, issue, IssueState.PAUSED, "paused", clock.now()))
    return find_issue(store, issue.id)


def cancel_issue(store: Store, issue: Issue, *, clock: Clock) -> tuple[Issue, int]:
    """End an issue for good; return it and how many will not get it now.

    Its stories count as covered once it was planned, but for readers who have mail
    rarely: they have them with their next. What is at the dot may still
    arrive.
    """

    def unit(tx: Tx) -> int:
        _change(tx, issue, IssueState.CANCELLED, "cancelled", clock.now())
        spared = mailings.cancel(tx, issue.id)
        marks.give_back(tx, issue)
        return spared

    spared = store.write(unit)
    return find_issue(store, issue.id), spared


def pause_newsletter(
    store: Store,
    newsletter: NewsletterSettings,
    *,
    until: datetime | None,
    fresh: bool,
    clock: Clock,
) -> None:
    """Open no issue until a moment, or until it is resumed.

    `fresh` says that the stories of the pause will be in no issue. Raises UsageError
    for a moment that is past.
    """
    now = clock.now()
    if until is not None and until <= now:
        raise UsageError(f"{until:%Y-%m-%d %H:%M} is past: nothing to pause until.")
    slots.register_one(store, newsletter, now=now)
    store.write(
        lambda tx: newsletters.pause(
            tx, newsletter.name, now=now, until=until, fresh=fresh
        )
    )


def _change(
    tx: Tx, issue: Issue, to: IssueState, participle: str, now: datetime
) -> None:
    if to not in issues.TABLE[issue.state] or not issues.change_state(
        tx, issue.id, issue.state, to, now=now
    ):
        raise UsageError(
            f"{issue.id} is {issue.state} and cannot be {participle} any more."
        )
