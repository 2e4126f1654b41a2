"""Compose the issues that slots open, or that an editor asks for.

Composing can be repeated: `slots` has opened the issue durably before. An
issue that cannot be composed is held with the reason, never lost.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from dispatch.actions.issues import flooding, slots
from dispatch.actions.issues.compose_report import ComposeReport
from dispatch.actions.issues.variants import variant_for
from dispatch.compose import approval, due, edits as editors
from dispatch.compose.press import Press
from dispatch.errors import DispatchError, PreflightError
from dispatch.model import (
    Choice,
    Clock,
    Issue,
    IssueState,
    NewsletterSettings,
    Slot,
)
from dispatch.store import Store, Tx, corrections, edits, issues, newsletters

BY_HAND = "made by hand; approve it to send it"
NOTHING_LEFT = "none of its stories can be shown any more"
ALL_DROPPED = "editors dropped all of its stories: put one back, or skip it"
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
            slots.open_early(store, newsletter, now=clock.now())
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
    return _compose(
        store, press, newsletter, opened, now=now, hold="" if send else BY_HAND
    )


def _whole_second(now: datetime) -> datetime:
    """Round up: what came in a moment ago must not be later than the slot."""
    whole = now.replace(microsecond=0)
    return whole if whole == now else whole + timedelta(seconds=1)


def compose_issue(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    issue: str,
    *,
    clock: Clock,
) -> ComposeReport:
    """Compose one issue if it waits for that; what became of it.

    Whoever comes first composes it: the command or page that changed it, or the next
    tick.
    """
    with store.read() as tx:
        found = issues.by_id(tx, issue)
    if found is None or found.state is not IssueState.DRAFT:
        return ComposeReport(issues=() if found is None else (found,))
    return _compose(store, press, newsletter, found, now=clock.now())


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
        done = _compose(store, press, newsletter, issue, now=now)
        if done.issues[0] != issue:  # still held for the same reason: said before
            report += done
    return report


def _in_other_hands(
    newsletter: NewsletterSettings, issue: Issue, now: datetime
) -> bool:
    """Whether a command that is running just now makes and releases this issue."""
    return (
        issue.state is IssueState.DRAFT
        and issue.revision == 1
        and now - issue.created_at < BY_HAND_WITHIN
        and _by_hand(newsletter, issue)
    )


def _by_hand(newsletter: NewsletterSettings, issue: Issue) -> bool:
    return not due.is_slot(newsletter.schedule, newsletter.timezone, issue.slot)


def _compose(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    issue: Issue,
    *,
    now: datetime,
    hold: str | None = None,
) -> ComposeReport:
    """Freeze what most readers get; then READY, or HELD with the reason.

    Whoever knows why it waits says so in `hold`; else the editors and the settings do.
    """
    choice = Choice(from_position=issue.from_position)
    subject, count = issue.subject, 0
    notes: tuple[str, ...] = ()
    by_hand = _by_hand(newsletter, issue)
    doubt = BY_HAND if by_hand else flooding.doubt(store, newsletter, issue)
    store.write(lambda tx: _take_corrections(tx, issue, now))
    try:
        made = variant_for(
            store, press, issue, newsletter, choice, now=now, examined=True
        )
    except PreflightError as error:
        hold = str(error)
    except DispatchError as error:
        hold = f"it could not be composed: {error}"
    except Exception as error:
        # A story or a template that breaks the renderer must not lose the issue.
        log.exception("composing failed unexpectedly issue=%s", issue.id)
        hold = f"it could not be composed ({type(error).__name__}); the log says more"
    else:
        subject = made.subject if made else subject
        count = len(made.articles) + made.more if made else 0
        hold = hold if made else NOTHING_LEFT
        if made and made.left_out:
            notes = (f"{issue.id}: {made.left_out}",)

    def unit(tx: Tx) -> None:
        newsletters.lock(tx, issue.newsletter)
        why = _standing(tx, newsletter, issue, doubt) if hold is None else hold
        dropped = editors.fold(edits.of_issue(tx, issue.id)).dropped
        if why == NOTHING_LEFT and dropped:
            why = ALL_DROPPED
        _release(tx, issue, subject, hold=why, now=now)

    store.write(unit)
    with store.read() as tx:
        composed = issues.by_id(tx, issue.id) or issue
    return ComposeReport(issues=(composed,), stories={issue.id: count}, notes=notes)


def _take_corrections(tx: Tx, issue: Issue, now: datetime) -> None:
    """Let the issue tell what no issue of its newsletter has told yet."""
    state = newsletters.lock(tx, issue.newsletter)
    if state is None or issue.to_position <= state.mark:
        return  # nothing new, so it is not for all: they are to be told, too
    found = corrections.waiting(tx, issue.newsletter, now=now)
    corrections.carry(tx, issue.newsletter, issue.id, found)


def _standing(tx: Tx, newsletter: NewsletterSettings, issue: Issue, doubt: str) -> str:
    """Return why an issue waits for a human even when it is well composed."""
    said = approval.verdict(edits.of_issue(tx, issue.id), issue.revision)
    return approval.why_held(newsletter, said, doubt=doubt)


def _release(tx: Tx, issue: Issue, subject: str, *, hold: str, now: datetime) -> None:
    """Make a composed issue READY, or HELD with the reason.

    One that a story left while it was composed stays as it is, to be composed again.
    """
    if not issues.set_content(tx, issue.id, issue.revision, subject, now=now):
        return
    if hold:
        if hold != issue.held_reason:
            issues.hold(tx, issue.id, hold, now=now)
        return
    issues.change_state(tx, issue.id, issue.state, IssueState.READY, now=now)
