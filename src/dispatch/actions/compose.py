"""Compose the issues that slots open, or that an editor asks for.

Composing can be repeated: `actions.slots` has opened the issue durably before. An
issue that cannot be composed is held with the reason, never lost.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.actions import slots
from dispatch.actions.compose_report import ComposeReport
from dispatch.actions.variants import variant_for
from dispatch.compose import due
from dispatch.compose.press import Press
from dispatch.errors import DispatchError, UsageError
from dispatch.model import (
    Choice,
    Clock,
    Issue,
    IssueState,
    NewsletterSettings,
    Slot,
)
from dispatch.store import Store, Tx, corrections, issues, newsletters

BY_HAND = "made by hand; approve it to send it"
BY_HAND_WITHIN = timedelta(minutes=2)  # later, the command that made it has died

log = logging.getLogger(__name__)


def tick(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    *,
    clock: Clock,
    only: str = "",
) -> ComposeReport:
    """Settle all slots since the last settled one, and compose what opens.

    Safe to repeat, and safe in two processes at once. One newsletter's failure
    does not touch the others. `only` names a newsletter to leave the others for later.
    """
    slots.register(store, configured, clock=clock)
    report = ComposeReport()
    for newsletter in configured:
        if only not in {"", newsletter.name}:
            continue
        try:
            settled = ComposeReport(
                slots=slots.settle_due(store, newsletter, now=clock.now())
            )
            composed = _compose_drafts(store, press, newsletter, now=clock.now())
        except DispatchError as error:
            failed = ComposeReport(errors=(f"{newsletter.name}: {error}",))
            report += failed
        else:
            report += settled + composed
    return report


def compose_now(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    *,
    clock: Clock,
    send: bool,
) -> ComposeReport:
    """Make an issue outside the schedule: held, or released when `send`."""
    now = clock.now()
    slots.register_one(store, newsletter, now=now)
    slot = _whole_second(now)
    opened = store.write(
        lambda tx: slots.open_slot(tx, newsletter, slot, now=now, by_hand=True)
    )
    if isinstance(opened, Slot):
        return ComposeReport(notes=(f"{newsletter.name}: {opened.reason}.",))
    hold = "" if send else BY_HAND
    return _compose(store, press, newsletter, opened, now=now, hold=hold)


def _whole_second(now: datetime) -> datetime:
    """Round up: what came in a moment ago must not be later than the slot."""
    whole = now.replace(microsecond=0)
    return whole if whole == now else whole + timedelta(seconds=1)


def approve(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    clock: Clock,
) -> ComposeReport:
    """Release a held issue, composing it anew when that had failed.

    Its expiry counts from now. Raises UsageError when it is not held, or its
    newsletter is no longer in the config.
    """
    if issue.state is not IssueState.HELD:
        raise UsageError(f"{issue.id} is {issue.state}, not held: nothing to approve.")
    found = [one for one in configured if one.name == issue.newsletter]
    if not found:
        raise UsageError(
            f"{issue.id}: the newsletter {issue.newsletter} is not in config.toml."
        )
    now = clock.now()
    return _compose(
        store,
        press,
        found[0],
        issue,
        now=now,
        hold="",
        expires_at=now + found[0].expires,
    )


def _compose_drafts(
    store: Store, press: Press, newsletter: NewsletterSettings, *, now: datetime
) -> ComposeReport:
    """Compose what has no content yet: just opened, left by a crash, or failed before.

    What waited for too long expires.
    """
    expired = store.write(lambda tx: issues.expire(tx, newsletter.name, now=now))
    report = ComposeReport(notes=tuple(f"{id_}: expired unsent." for id_ in expired))
    with store.read() as tx:
        waiting = issues.unfinished(tx, newsletter.name)
    for issue in waiting:
        if _in_other_hands(newsletter, issue, now):
            continue
        hold = _standing_hold(newsletter, issue)
        done = _compose(store, press, newsletter, issue, now=now, hold=hold)
        if done.issues[0] != issue:  # still held for the same reason: said before
            report += done
    return report


def _in_other_hands(
    newsletter: NewsletterSettings, issue: Issue, now: datetime
) -> bool:
    """Whether a command that is running just now makes and releases this issue."""
    return (
        issue.state is IssueState.DRAFT
        and now - issue.created_at < BY_HAND_WITHIN
        and _standing_hold(newsletter, issue) == BY_HAND
    )


def _standing_hold(newsletter: NewsletterSettings, issue: Issue) -> str:
    """Return why an issue waits for a human even when it is well composed."""
    if not due.is_slot(newsletter.schedule, newsletter.timezone, issue.slot):
        return BY_HAND
    return "waits for approval" if newsletter.approval == "required" else ""


def _compose(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    issue: Issue,
    *,
    now: datetime,
    hold: str,
    expires_at: datetime | None = None,
) -> ComposeReport:
    """Freeze what most readers get; then READY, or HELD with the reason."""
    choice = Choice(from_position=issue.from_position)
    subject, count = issue.subject, 0
    store.write(lambda tx: _take_corrections(tx, issue, now))
    try:
        made = variant_for(store, press, issue, newsletter, choice, now=now)
    except DispatchError as error:
        hold = f"it could not be composed: {error}"
    except Exception as error:
        # A story or a template that breaks the renderer must not lose the issue.
        log.exception("composing failed unexpectedly issue=%s", issue.id)
        hold = f"it could not be composed ({type(error).__name__}); the log says more"
    else:
        subject = made.subject if made else subject
        count = len(made.articles) + made.more if made else 0
        hold = hold if made else "none of its stories can be shown any more"
    store.write(
        lambda tx: _release(
            tx, issue, subject, hold=hold, now=now, expires_at=expires_at
        )
    )
    with store.read() as tx:
        composed = issues.by_id(tx, issue.id) or issue
    return ComposeReport(issues=(composed,), stories={issue.id: count})


def _take_corrections(tx: Tx, issue: Issue, now: datetime) -> None:
    """Let the issue tell what no issue of its newsletter has told yet."""
    newsletters.lock(tx, issue.newsletter)
    found = corrections.waiting(tx, issue.newsletter, now=now)
    corrections.carry(tx, issue.newsletter, issue.id, found)


def _release(
    tx: Tx,
    issue: Issue,
    subject: str,
    *,
    hold: str,
    now: datetime,
    expires_at: datetime | None,
) -> None:
    """Make a composed issue READY, or HELD with the reason.

    One that a story left while it was composed stays as it is, to be composed again.
    """
    if not issues.set_content(tx, issue.id, issue.revision, subject, now=now):
        return
    if hold:
        if hold != issue.held_reason:
            issues.hold(tx, issue.id, hold, now=now)
        return
    if issues.change_state(tx, issue.id, issue.state, IssueState.READY, now=now):
        issues.set_expiry(tx, issue.id, expires_at or issue.expires_at)
